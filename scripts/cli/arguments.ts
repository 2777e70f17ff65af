import type * as z from "zod";
import { describeIssues } from "../../shared/contracts/issues.ts";
import { isRunName } from "../../shared/runs/find-run.ts";
import { UsageError } from "./exit-codes.ts";

/** Checks one command-line value. @throws {UsageError} naming it, expected and found */
export function parseArgument<S extends z.ZodType>(schema: S, name: string, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${name}: ${describeIssues(parsed.error, value).replace("the document: ", "")}`);
}

/** Whether a text can name a run at all: said before any store is looked at. @throws {UsageError} */
export function expectRunName(text: string): void {
  if (isRunName(text)) return;
  throw new UsageError(
    `run id: expected a UUID, the beginning of one, or latest, found ${JSON.stringify(text)}; see \`restep list\``,
  );
}

/** @throws {UsageError} unless the text is a whole number of at least `least` and at most `most` */
export function parseCount(name: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new UsageError(`${name}: expected a whole number ${range}; found "${text}"`);
}
