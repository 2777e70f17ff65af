import { isObject } from "../json.ts";
import { longestReason } from "./limits.ts";

/** Why an evaluation failed, worded to follow `... threw an error during evaluation`. */
export class EvaluationFailure extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason.length > longestReason ? `${reason.slice(0, longestReason)}...` : reason, options);
    this.name = "EvaluationFailure";
  }
}

/** A value that an expression builds is larger than what is allowed. */
export class MemoryExceeded extends Error {
  constructor() {
    super("Expression evaluation memory limit exceeded: Check for excessive memory usage");
    this.name = "MemoryExceeded";
  }
}

const exceeded = new MemoryExceeded().message;
const timedOut = "Expression evaluation timeout: Check for infinite loop";
const tooDeep =
  "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive.";

/** AWS's words for what the library reports by these codes when a bound is reached. */
const boundMessages: Readonly<Record<string, string>> = {
  D1011: tooDeep,
  D1012: timedOut,
  D2015: exceeded,
};

/** What is said of an expression whose value is a function, in the place of a reason. */
export const unsupportedResult = "returned an unsupported result type.";

/** What is said of an evaluation that had to be ended from outside. */
export const timeoutReason = `: ${timedOut}`;
export const memoryReason = `: ${exceeded}`;

/** Errors of the library have a code and follow a full stop; reached bounds have none and follow a colon. */
export function evaluationFailure(thrown: unknown): EvaluationFailure {
  if (thrown instanceof EvaluationFailure) return thrown;
  const options = { cause: thrown };
  if (thrown instanceof RangeError) {
    return new EvaluationFailure(`: ${/call stack/.test(thrown.message) ? tooDeep : exceeded}`, options);
  }
  if (!isObject(thrown)) return new EvaluationFailure(`: ${String(thrown)}`, options);
  const code = typeof thrown.code === "string" ? thrown.code : "";
  const bound = boundMessages[code];
  if (bound !== undefined) return new EvaluationFailure(`: ${bound}`, options);
  const message = String(thrown.message);
  return new EvaluationFailure(code === "" ? `: ${message}` : `. ${code}: ${message}`, options);
}
