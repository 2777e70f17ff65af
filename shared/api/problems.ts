import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { meaningOf } from "../contracts/error-registry.ts";
import { toErrorInfo } from "../kernel/errors.ts";
import type { Problem } from "./schemas.ts";

/** Errors that say more to a caller than that something was wrong, here or there. */
const STATUSES: Readonly<Record<string, ContentfulStatusCode>> = {
  NotFoundError: 404,
  ConflictError: 409,
  ConcurrencyError: 409,
  LeaseHeldError: 409,
  LeaseLostError: 409,
  GateRefusal: 409,
  FlowChanged: 409,
  SecretRefused: 422,
  NoSpaceError: 507,
};

/** Any error as an answer: what the caller can mend has a status of 4xx, as it has exit code 2 on the command line. */
export function problemOf(error: unknown): Problem {
  if (error instanceof HTTPException) {
    const detail = error.status === 415 ? "content-type: expected application/json" : error.message;
    return refusal(error.status, "http_refused", detail);
  }
  const { name, code, message } = toErrorInfo(error);
  const status = STATUSES[name] ?? (meaningOf(name)?.exit === "bad_input" ? 400 : 500);
  return { type: "about:blank", title: name, status, detail: message, code };
}

/** @param detail where, what was expected, what was found */
export function refusal(status: number, code: string, detail: string): Problem {
  return { type: "about:blank", title: TITLES[status] ?? "Refused", status, detail, code };
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
};

export function answerProblem(context: Context, problem: Problem, headers: Record<string, string> = {}): Response {
  return context.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    "content-type": "application/problem+json",
    ...headers,
  });
}
