import type * as z from "zod";
import { describeIssues } from "../contracts/issues.ts";
import { ValidationFailed } from "./errors.ts";

/** @param what names the value in messages @throws {ValidationFailed} naming field, expected and found */
export function parseAs<S extends z.ZodType>(schema: S, value: unknown, what: string): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ValidationFailed(`${what}: ${describeIssues(parsed.error, value)}`);
}
