import type * as z from "zod";
import { keysAt, nearestName } from "./nearest.ts";

/**
 * A schema error in one line: for each field its path, what was expected and what was found.
 * @param document what was parsed, to quote the value found
 * @param schema it was parsed with, to tell which name was meant by one that is not known
 */
export function describeIssues(error: z.ZodError, document: unknown, schema?: z.core.$ZodType): string {
  return error.issues.map((issue) => describeIssue(issue, document, schema)).join("; ");
}

function describeIssue(issue: z.core.$ZodIssue, document: unknown, schema: z.core.$ZodType | undefined): string {
  const field = issue.path.length === 0 ? "the document" : `field ${issue.path.map(String).join(".")}`;
  if (issue.code === "unrecognized_keys") {
    const known = schema === undefined ? [] : keysAt(schema, issue.path);
    const shown = issue.keys.map((key) => {
      const meant = nearestName(key, known);
      return `"${key}"${meant === undefined ? "" : ` (did you mean "${meant}"?)`}`;
    });
    return `${field}: unknown key${issue.keys.length > 1 ? "s" : ""} ${shown.join(", ")}; remove or correct the name`;
  }
  return `${field}: expected ${expectationOf(issue)}; found ${shown(issue.path, valueAt(document, issue.path))}`;
}

/** Where a message is the schema's own, not one of zod's. */
const ZODS_OWN = /^(Invalid|Too big|Too small|Unrecognized)\b/;

/** What a value must be, in words: `at most 64 entries`. */
function expectationOf(issue: z.core.$ZodIssue): string {
  if (!ZODS_OWN.test(issue.message)) return issue.message.replace(/^expected /, "");
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "int" ? "a whole number" : issue.expected;
    case "invalid_value":
      return oneOf(issue.values.map((value) => JSON.stringify(value) ?? String(value)));
    case "too_big":
      return `${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`;
    case "too_small":
      return `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`;
    case "invalid_format":
      return `the format ${issue.format}`;
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_union":
      return oneOf(alternativesOf(issue));
    default:
      return issue.message;
  }
}

function unitOf(origin: string, count: number | bigint): string {
  const isOne = Number(count) === 1;
  if (origin === "string") return isOne ? " character" : " characters";
  return ["array", "set", "map"].includes(origin) ? (isOne ? " entry" : " entries") : "";
}

function alternativesOf(issue: z.core.$ZodIssueInvalidUnion): string[] {
  const { options } = issue as { readonly options?: readonly unknown[] };
  if (options !== undefined) return options.map((option) => JSON.stringify(option));
  return issue.errors.map((issues) =>
    issues
      .map((each) => (each.path.length === 0 ? "" : `${each.path.map(String).join(".")}: `) + expectationOf(each))
      .join(", "),
  );
}

function oneOf(alternatives: readonly string[]): string {
  return [...new Set(alternatives)].join(" or ");
}

/** A value where names of secrets belong may be a secret that was pasted there. */
function shown(path: readonly PropertyKey[], value: unknown): string {
  if (value === undefined) return "nothing (the field is missing)";
  if (path.includes("secrets") && typeof value === "string") {
    return `${value.length} characters that are not shown, for they may be a secret`;
  }
  return abbreviate(value);
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
