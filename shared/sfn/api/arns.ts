import { refusals } from "./errors.ts";

/** Where the server pretends to be: the parts of every ARN that tell nothing else. */
export interface Place {
  readonly region: string;
  readonly account: string;
}

export type ResourceKind = "stateMachine" | "execution" | "express" | "activity" | "mapRun";

export interface Arn {
  readonly kind: ResourceKind;
  /** What follows the kind, split at colons: a machine's name and version, or a machine's and an execution's name. */
  readonly names: readonly string[];
}

const kinds: readonly string[] = ["stateMachine", "execution", "express", "activity", "mapRun"];
const arnPattern = /^arn:[\w-]+:states:[\w-]+:\d{12}:(?<kind>\w+):(?<rest>.+)$/;
/**
 * Names may not hold white space, brackets, wildcards, special or control characters, nor halves of surrogate pairs, which no file
 * can keep apart (API reference).
 */
const unsafeInName = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}\ufffe\uffff\u{10ffff}]/u;
const longestName = 80;

export function arnOf({ region, account }: Place, kind: ResourceKind, ...names: readonly string[]): string {
  return `arn:aws:states:${region}:${account}:${kind}:${names.join(":")}`;
}

/**
 * Reads an ARN of Step Functions.
 * @throws ServiceError `InvalidArn` if it is none, or names another kind of thing than those expected.
 */
export function readArn(arn: string, ...expected: readonly ResourceKind[]): Arn {
  const groups = arnPattern.exec(arn)?.groups;
  if (groups === undefined || !kinds.includes(groups.kind!)) throw refusals.badArn(`Invalid ARN prefix: ${arn}`);
  const kind = groups.kind as ResourceKind;
  if (!expected.includes(kind)) throw refusals.badArn(`Resource type not valid in this context: ${kind}`);
  return { kind, names: groups.rest!.split(":") };
}

/** @throws ServiceError `InvalidName` */
export function checkName(name: string): void {
  if (name === "" || [...name].length > longestName || unsafeInName.test(name)) throw refusals.badName(name);
}
