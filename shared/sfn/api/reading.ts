import type { $ZodIssue } from "zod/v4/core";
import { refusals } from "./errors.ts";
import { type OperationName, type Request, requests } from "./requests.ts";

/**
 * A request's body as its operation expects it.
 * @throws ServiceError `ValidationException`, in the words AWS uses
 */
export function readRequest<Name extends OperationName>(operation: Name, body: unknown): Request<Name> {
  const read = requests[operation].safeParse(body, { reportInput: true });
  if (read.success) return read.data as Request<Name>;
  const faults = read.error.issues.map((issue) => {
    const place = issue.path.map(placeOf).join(".") || "input";
    const value = issue.input === undefined ? "Value" : `Value '${shown(issue.input)}'`;
    return `${value} at '${place}' failed to satisfy constraint: ${constraintOf(issue)}`;
  });
  const count = `${faults.length} validation error${faults.length === 1 ? "" : "s"} detected`;
  throw refusals.invalid(`${count}: ${faults.join("; ")}`);
}

/** Members of lists are counted from 1. */
function placeOf(step: PropertyKey): string {
  return typeof step === "number" ? `${step + 1}.member` : String(step);
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}

function constraintOf(issue: $ZodIssue): string {
  if (issue.input === undefined) return "Member must not be null";
  const measured = "origin" in issue && (issue.origin === "string" || issue.origin === "array") ? "length" : "value";
  switch (issue.code) {
    case "too_small":
      return `Member must have ${measured} greater than or equal to ${issue.minimum}`;
    case "too_big":
      return `Member must have ${measured} less than or equal to ${issue.maximum}`;
    case "invalid_value":
      return `Member must satisfy enum value set: [${issue.values.join(", ")}]`;
    case "invalid_format":
      return `Member must satisfy regular expression pattern: ${patternOf(issue)}`;
    case "invalid_type":
      return `Member must be of type ${issue.expected}`;
    default:
      return issue.message;
  }
}

/** AWS's messages have it as a Java string would. */
function patternOf(issue: { readonly pattern?: string }): string {
  return (issue.pattern ?? "").replace(/^\/|\/\w*$/g, "").replaceAll("\\", "\\\\");
}
