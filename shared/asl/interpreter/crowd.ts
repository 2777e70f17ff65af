import { StatesError } from "../errors.ts";
import { jsonBytes } from "../query/index.ts";
import type { Variables } from "./branch-scope.ts";

/**
 * Bytes of all variables of an execution, as JSON text.
 * https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
 */
export const MOST_VARIABLE_BYTES = 10 * 1024 * 1024;

/**
 * Branches of one execution at once, of which each takes memory: beyond the first number a Map has one iteration under way at
 * a time, and beyond the second the execution fails. A Standard one reaches its limit of events before that.
 */
const MANY_BRANCHES = 25_000;
const MOST_BRANCHES = 100_000;

/** A branch, as far as its variables count. */
interface VariableHolder {
  readonly variables: Variables;
  readonly fork: { readonly running: Iterable<VariableHolder> } | undefined;
}

/** What the branches of one execution take together. */
export class Crowd {
  #branches = 0;
  /** A bound above what the variables take. */
  #variableBytes = 0;

  /** Whether no more branches should begin that can wait. */
  get isLarge(): boolean {
    return this.#branches >= MANY_BRANCHES;
  }

  /** @throws StatesError if there are too many */
  began(): void {
    this.#branches += 1;
    if (this.#branches <= MOST_BRANCHES) return;
    throw new StatesError(
      "States.Runtime",
      `The execution has more than ${MOST_BRANCHES} branches and iterations at once.`,
    );
  }

  ended(): void {
    this.#branches -= 1;
  }

  /** All branches that are to go on begin again. */
  redriven(): void {
    this.#branches = 0;
  }

  /** Whether a branch may assign variables besides all that there are. @param bytes of these, or a bound above them */
  hasRoomFor(bytes: number, assigned: Variables, branch: VariableHolder, root: VariableHolder): boolean {
    this.#variableBytes += bytes;
    if (this.#variableBytes <= MOST_VARIABLE_BYTES) return true;
    this.#variableBytes = variableBytes(root, branch, assigned, undefined);
    return this.#variableBytes <= MOST_VARIABLE_BYTES;
  }
}

/** Of a branch and those below it. What a branch has from the one above counts once. */
function variableBytes(
  branch: VariableHolder,
  assigning: VariableHolder,
  assigned: Variables,
  above: Variables | undefined,
): number {
  const variables = branch === assigning ? { ...branch.variables, ...assigned } : branch.variables;
  let bytes = 0;
  if (variables !== above) {
    for (const [name, value] of Object.entries(variables)) if (value !== above?.[name]) bytes += jsonBytes(value);
  }
  for (const child of branch.fork?.running ?? []) bytes += variableBytes(child, assigning, assigned, branch.variables);
  return bytes;
}
