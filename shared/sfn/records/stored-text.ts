import { createHash } from "node:crypto";
import type { ZodType } from "zod";

/** A name, without extension, for the file of an ARN, which may hold any letters and be longer than a file name can. */
export function fileNameOf(arn: string): string {
  return createHash("sha256").update(arn).digest("hex").slice(0, 40);
}

/** The record of a name as it is stored, or what is wrong with that. */
export function parsed<T extends { readonly arn: string }>(schema: ZodType<T>, name: string, text: string): T | Error {
  try {
    const record = schema.parse(JSON.parse(text));
    return fileNameOf(record.arn) === name ? record : corruption(name, "the record of that name", "another's");
  } catch (cause) {
    return corruption(name, "a record of the local Step Functions server", "something else", cause);
  }
}

export function missing(name: string, because: string): Error {
  return corruption(name, `a record, for there is ${because}`, "none");
}

function corruption(name: string, expected: string, found: string, cause?: unknown): Error {
  const message = `the record ${name} is damaged: expected ${expected}, found ${found}; restore the file from a copy`;
  return Object.assign(new Error(message, { cause }), { name: "CorruptionError" });
}

/** The ARN that a record of that name is of, read from what may be left of it. */
export function arnIn(text: string, name: string): string | undefined {
  for (const [, escaped] of text.matchAll(/"arn":("(?:[^"\\]|\\.)*")/g)) {
    const arn = stringIn(escaped!);
    if (arn !== undefined && fileNameOf(arn) === name) return arn;
  }
  return undefined;
}

function stringIn(json: string): string | undefined {
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}
