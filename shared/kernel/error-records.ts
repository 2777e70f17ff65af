import { ErrorInfo } from "../contracts/error-info.ts";
import { identityOf, meaningOf } from "../contracts/error-registry.ts";
import { toErrorInfo } from "./errors.ts";
import { toJson } from "./io/json.ts";

/** Any thrown value as an error that can be recorded: what it carries beside its message may not be JSON. */
export function recordableError(error: unknown): ErrorInfo {
  const { details, ...info } = toErrorInfo(error);
  const kept = details === undefined ? undefined : jsonOrNothing(details);
  const whole = ErrorInfo.safeParse({ ...info, ...(kept === undefined ? {} : { details: kept }) });
  if (whole.success) return whole.data;
  return { ...info, name: info.name.slice(0, 256) || "Error", category: "unknown", retryable: info.retryable === true };
}

function jsonOrNothing(value: unknown): ErrorInfo["details"] {
  try {
    return toJson(value, "details") as ErrorInfo["details"];
  } catch {
    return undefined;
  }
}

/** What Lambda reports of a thrown error: its name, and the rest as JSON. @param cause as Step Functions hands it on */
export function errorInfoFromLambda(name: string, cause: string): ErrorInfo {
  return { ...identityOf(name), message: messageIn(cause) };
}

function messageIn(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return typeof errorMessage === "string" ? errorMessage : cause;
  } catch {
    return cause;
  }
}

/** An error for those who may not see the run's log: the details that its row lets be shown, and no others. */
export function shownErrorInfo({ details, ...info }: ErrorInfo): ErrorInfo {
  const { shown = [] } = meaningOf(info.name) ?? {};
  if (details === null || typeof details !== "object" || Array.isArray(details)) return info;
  const kept = Object.entries(details).filter(([key]) => shown.includes(key));
  return kept.length === 0 ? info : { ...info, details: Object.fromEntries(kept) };
}
