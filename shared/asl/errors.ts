import type { Diagnostic } from "./validate/diagnostic.ts";

/**
 * An error as the Amazon States Language knows it: a name that `Retry` and `Catch` match, and a cause for people.
 * Everything in this room that can fail while an execution runs throws one of these.
 *
 * A query (path, template, intrinsic function, JSONata expression) leaves out of `cause` which state it ran in; the
 * interpreter, which knows it, puts "An error occurred while executing the state ..." in front.
 */
export class StatesError extends Error {
  /** The error name, such as `States.Runtime` or `States.QueryEvaluationError`. */
  readonly error: string;
  /** What went wrong; empty where the thrower gave nothing, as a Fail state without `Cause`. */
  override readonly cause: string;
  /** The field of the state that could not be evaluated, such as `Output/result`; EvaluationFailed reports it. */
  readonly location: string | undefined;
  /** AWS says this cause as it is, without the state it is of in front. */
  readonly isWhole: boolean;

  constructor(error: string, cause: string, options: { readonly location?: string; readonly isWhole?: boolean } = {}) {
    super(cause === "" ? error : `${error}: ${cause}`);
    this.name = error;
    this.error = error;
    this.cause = cause;
    this.location = options.location;
    this.isWhole = options.isWhole ?? false;
  }
}

/** A state machine definition that cannot be run; `diagnostics` says what is wrong with it, and where. */
export class DefinitionError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(message: string, diagnostics: readonly Diagnostic[] = []) {
    super(message);
    this.name = "DefinitionError";
    this.diagnostics = diagnostics;
  }
}

/** An input with which no execution can be started. */
export class ExecutionInputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ExecutionInputError";
  }
}

/** A history that cannot be continued: it is not of this definition, or cannot be read. */
export class HistoryError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "HistoryError";
  }
}
