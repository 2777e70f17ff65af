import { type ErrorExit, meaningOf } from "../../shared/contracts/error-registry.ts";
import { shownErrorInfo } from "../../shared/kernel/error-records.ts";
import { toErrorInfo } from "../../shared/kernel/errors.ts";
import { asTypedHere } from "./invocation.ts";

/** What a verb's process exits with. */
export const ExitCode = {
  succeeded: 0,
  failed: 1,
  badInput: 2,
  blocked: 3,
  cancelled: 4,
  incomplete: 5,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Bad usage or bad input: one clear message, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const EXIT_CODES: Readonly<Record<ErrorExit, ExitCode>> = {
  failed: ExitCode.failed,
  bad_input: ExitCode.badInput,
  cancelled: ExitCode.cancelled,
};

/** The same for an error that ends a verb and for one that ended the run it shows. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof Error ? exitCodeOfName(error.name) : ExitCode.failed;
}

/** @param name of the error that a run failed with */
export function exitCodeOfName(name: string): ExitCode {
  return EXIT_CODES[meaningOf(name)?.exit ?? "failed"];
}

/** `restep: message` on standard error, or the whole record with `--json`. @param store how the command line says which */
export function describeError(error: unknown, isJson: boolean, store?: readonly string[]): string {
  if (!isJson) return `restep: ${asTypedHere(error instanceof Error ? error.message : String(error), store)}`;
  const shown = shownErrorInfo(toErrorInfo(error));
  return JSON.stringify({ error: { ...shown, message: asTypedHere(shown.message, store) } });
}
