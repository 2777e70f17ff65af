import type * as z from "zod";

/**
 * A schema error in one line: for each field its path, what was expected and what was found.
 * @param document what was parsed, to quote the value found
 */
export function describeIssues(error: z.ZodError, document: unknown): string {
  return error.issues.map((issue) => describeIssue(issue, document)).join("; ");
}

function describeIssue(issue: z.core.$ZodIssue, document: unknown): string {
  const field = issue.path.length === 0 ? "the document" : `field ${issue.path.map(String).join(".")}`;
  if (issue.code === "unrecognized_keys") {
    return `${field}: unknown key${issue.keys.length > 1 ? "s" : ""} ${issue.keys.map((key) => `"${key}"`).join(", ")}; remove or correct the name`;
  }
  const found = valueAt(document, issue.path);
  const shown = found === undefined ? "nothing (the field is missing)" : abbreviate(found);
  const reason = issue.message.replace(/^Invalid (input|option|string): /, "").replace(/, received .*$/, "");
  return `${field}: ${reason}; found ${shown}`;
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let value = document;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return value;
}

function abbreviate(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
