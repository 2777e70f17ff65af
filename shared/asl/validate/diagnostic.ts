/** Diagnostic codes as `ValidateStateMachineDefinition` names them; the first three are warnings. */
export type DiagnosticCode =
  | "NO_DOLLAR"
  | "NO_PATH"
  | "PASS_RESULT_IS_STATIC"
  | "INVALID_JSON_DESCRIPTION"
  | "SCHEMA_VALIDATION_FAILED"
  | "INVALID_RESOURCE"
  | "MISSING_END_STATE"
  | "DUPLICATE_STATE_NAME"
  | "INVALID_STATE_NAME"
  | "DUPLICATE_LABEL_NAME"
  | "INVALID_LABEL_NAME"
  | "MISSING_TRANSITION_TARGET"
  | "TOO_DEEPLY_NESTED"
  | "INVALID_JSONATA_EXPRESSION"
  | "UNSUPPORTED_JSONATA_EXPRESSION";

/** One finding about a definition. An `ERROR` keeps the definition from being created; a `WARNING` does not. */
export interface Diagnostic {
  readonly severity: "ERROR" | "WARNING";
  readonly code: DiagnosticCode;
  readonly message: string;
  /**
   * Where, as AWS writes it: `/` for the whole definition, else `/States/Name/Field` with `[n]` for array elements.
   * Absent where the finding is about no one place (text that is not JSON, no terminal state).
   */
  readonly location?: string;
}

/** `true` if nothing among the diagnostics keeps the definition from being created. */
export function isAcceptable(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.every(({ severity }) => severity !== "ERROR");
}

/**
 * The message of CreateStateMachine's and UpdateStateMachine's `InvalidDefinition` error.
 * AWS prints a missing location as `null`.
 */
export function invalidDefinitionMessage(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "ERROR");
  const findings = errors.map(({ code, message, location }) => `${code}: ${message} at ${location ?? null}`);
  return `Invalid State Machine Definition: '${findings.join(", ")}'`;
}
