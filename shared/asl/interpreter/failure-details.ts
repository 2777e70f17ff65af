import type { StatesError } from "../errors.ts";
import type { FailureDetails } from "../history/kinds.ts";

/** Error and cause as events carry them: an empty one is left out. */
export function failureDetails({ error, cause }: StatesError): FailureDetails {
  return { ...text("error", error), ...text("cause", cause) };
}

/**
 * Error and cause of what a task threw. An error of the states language says both itself; of any other error the class
 * name, which `Retry` and `Catch` then match, and the message.
 */
export function failureOf(thrown: unknown): FailureDetails {
  if (typeof thrown !== "object" || thrown === null) return { error: "Error", cause: String(thrown) };
  const { error, cause, name, message } = thrown as Record<string, unknown>;
  if (typeof error === "string") return { ...text("error", error), ...text("cause", cause) };
  return { ...text("error", typeof name === "string" ? name : "Error"), ...text("cause", message) };
}

/** UTF-16 units of what an event says (API reference, `ExecutionFailedEventDetails`). The rest is cut off. */
const LONGEST = { error: 256, cause: 32_768 } as const;

const text = (field: keyof typeof LONGEST, value: unknown): Record<string, string> =>
  typeof value === "string" && value !== "" ? { [field]: value.slice(0, LONGEST[field]) } : {};
