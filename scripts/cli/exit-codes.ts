import { toErrorInfo } from "../../shared/kernel/errors.ts";

/** What a verb's process exits with. */
export const ExitCode = { succeeded: 0, failed: 1, badInput: 2, blocked: 3, interrupted: 130 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Bad usage or bad input: one clear message, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Errors that come from what the user handed in, by name: exit code 2. All others: 1. */
const BAD_INPUT = new Set([
  "UsageError",
  "ContractInputMissing",
  "ValidationFailed",
  "ElfError",
  "NotFoundError",
  "ConflictError",
  "InvalidInputError",
  "LayoutError",
  "InvalidPlan",
  "SecretRefused",
  "GateRefusal",
]);

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof Error && BAD_INPUT.has(error.name) ? ExitCode.badInput : ExitCode.failed;
}

/** `restep: message` on standard error, or the whole record with `--json`. */
export function describeError(error: unknown, isJson: boolean): string {
  return isJson
    ? JSON.stringify({ error: toErrorInfo(error) })
    : `restep: ${error instanceof Error ? error.message : error}`;
}
