import type * as z from "zod";
import { RunId } from "../../shared/contracts/ids.ts";
import { describeIssues } from "../../shared/contracts/issues.ts";
import { UsageError } from "./exit-codes.ts";

/** Checks one command-line value. @throws {UsageError} naming it, expected and found */
export function parseArgument<S extends z.ZodType>(schema: S, name: string, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${name}: ${describeIssues(parsed.error, value).replace("the document: ", "")}`);
}

export function parseRunId(value: string): RunId {
  return parseArgument(RunId, "run id", value.toLowerCase());
}

/** @throws {UsageError} unless the text is a whole number of at least `least` */
export function parseCount(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least) {
    throw new UsageError(`${name}: expected a whole number of at least ${least}; found "${text}"`);
  }
  return value;
}
