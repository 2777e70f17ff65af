/** One call of `lambda:invoke`: what Lambda's Invoke takes (API reference, Invoke). */
export interface LambdaInvocation {
  /** A name or an ARN as it was given; not checked. */
  readonly functionName: unknown;
  readonly event: unknown;
  readonly type: InvocationType;
  /** Version or alias, if it is asked for beside the name. */
  readonly qualifier: string | undefined;
  /** Base64 of a JSON object, as Lambda hands it on. */
  readonly clientContext: string | undefined;
  /** Whether the end of the log is asked for. */
  readonly wantsLog: boolean;
}

const TYPES = ["Event", "DryRun", "RequestResponse"] as const;
type InvocationType = (typeof TYPES)[number];

const LOG_TYPES = ["None", "Tail"] as const;

const QUALIFIER = /^(?:\d+|\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9\-_$]+)$/;
const LONGEST_QUALIFIER = 128;

/** Bytes of a client context (Invoke, API reference). */
const LONGEST_CLIENT_CONTEXT = 3_583;

/**
 * Reads the parameters of a `lambda:invoke` task. Without a payload, or with null for one, the event is `{}`.
 *
 * @throws an error that says `error` and `cause`, as Lambda refuses the call
 */
export function lambdaInvocationOf(input: unknown): LambdaInvocation {
  const { FunctionName, Payload, InvocationType, LogType, Qualifier, ClientContext } = (input ?? {}) as Readonly<
    Record<string, unknown>
  >;
  const logType = oneOf(LOG_TYPES, LogType ?? "None", "logType");
  return {
    functionName: FunctionName,
    event: Payload ?? {},
    type: oneOf(TYPES, InvocationType ?? "RequestResponse", "invocationType"),
    qualifier: qualifierOf(Qualifier, FunctionName),
    clientContext: clientContextOf(ClientContext),
    wantsLog: logType === "Tail",
  };
}

/** A refusal of Lambda's. */
export function lambdaRefusal(code: string, cause: string): Error {
  return Object.assign(new Error(cause), { error: `Lambda.${code}`, cause });
}

function oneOf<Value extends string>(values: readonly Value[], found: unknown, field: string): Value {
  const value = values.find((each) => each === found);
  if (value !== undefined) return value;
  throw invalid(field, found, `Member must satisfy enum value set: [${values.join(", ")}]`);
}

function qualifierOf(found: unknown, functionName: unknown): string | undefined {
  if (found === undefined || found === null) return undefined;
  if (typeof found !== "string" || !QUALIFIER.test(found) || found.length > LONGEST_QUALIFIER) {
    throw invalid("qualifier", found, `Member must satisfy regular expression pattern: ${QUALIFIER.source}`);
  }
  const derived = qualifierIn(functionName);
  if (derived === undefined || derived === found) return found;
  const cause = "The derived qualifier from the function name does not match the specified qualifier.";
  throw lambdaRefusal("InvalidParameterValueException", cause);
}

/** The version or alias within a function's name or ARN. */
export function qualifierIn(functionName: unknown): string | undefined {
  if (typeof functionName !== "string") return undefined;
  return /^(?:(?:.*:)?function:)?(?!function:)[^:]+:([^:]+)$/.exec(functionName)?.[1];
}

function clientContextOf(found: unknown): string | undefined {
  if (found === undefined || found === null) return undefined;
  if (typeof found === "string" && found.length <= LONGEST_CLIENT_CONTEXT && readClientContext(found) !== undefined) {
    return found;
  }
  const cause = `Client context must be a valid Base64-encoded JSON object of at most ${LONGEST_CLIENT_CONTEXT} bytes.`;
  throw lambdaRefusal("InvalidRequestContentException", cause);
}

/** The object that is encoded, if one is. */
export function readClientContext(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64").toString());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function invalid(field: string, found: unknown, constraint: string): Error {
  const shown = typeof found === "string" ? found : JSON.stringify(found);
  const cause = `1 validation error detected: Value '${shown.slice(0, 200)}' at '${field}' failed to satisfy constraint: ${constraint}`;
  return lambdaRefusal("ValidationException", cause);
}
