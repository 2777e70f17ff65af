import type { QueryLanguage, WaitDefinition } from "../../definition.ts";
import { StatesError } from "../../errors.ts";
import { asDouble, compileJsonata, compilePath, parseTimestamp, type Query, shownText } from "../../query/index.ts";
import type { WaitState } from "../machine.ts";

/** Longest wait, in seconds: what a signed 32-bit count of them holds, some 68 years. */
const LONGEST_WAIT_SECONDS = 2 ** 31 - 1;

/** Compiles when a Wait state is over. */
export function compileWait(definition: WaitDefinition, language: QueryLanguage): WaitState["until"] {
  const { Seconds, SecondsPath, Timestamp, TimestampPath } = definition;
  const error = language === "JSONata" ? "States.QueryEvaluationError" : "States.Runtime";
  const fail = (cause: string, location: string): never => {
    throw new StatesError(error, cause, language === "JSONata" ? { location } : {});
  };
  const within = (until: number, startedAt: number, location: string): number =>
    until - startedAt > LONGEST_WAIT_SECONDS * 1000 ? fail("Wait state delay is too long.", location) : until;

  if (SecondsPath !== undefined || Seconds !== undefined) {
    const field = SecondsPath === undefined ? "Seconds" : "SecondsPath";
    const query = compileField(SecondsPath, Seconds, field, language);
    const subject = SecondsPath === undefined ? "The Seconds field" : "The SecondsPath parameter";
    const source = SecondsPath === undefined ? "" : `${SecondsPath} == `;
    return (scope, startedAt) => {
      const given = query(scope);
      const seconds = asDouble(given);
      if (typeof seconds !== "number" || !Number.isInteger(seconds)) {
        return fail(`${subject} cannot be parsed as a long value: ${source}${shownText(given)}`, field);
      }
      if (seconds < 0) return fail(`${subject} references a negative value: ${source}${shownText(given)}`, field);
      return within(startedAt + seconds * 1000, startedAt, field);
    };
  }
  const field = TimestampPath === undefined ? "Timestamp" : "TimestampPath";
  const query = compileField(TimestampPath, Timestamp, field, language);
  return (scope, startedAt) => {
    const text = query(scope);
    const instant = typeof text === "string" ? parseTimestamp(text) : undefined;
    if (instant !== undefined) return within(instant.milliseconds, startedAt, field);
    if (TimestampPath === undefined) {
      return fail(
        `The ${field} field cannot be parsed as an ISO-8601 extended offset date-time format string: ${shownText(text)}`,
        field,
      );
    }
    return fail(
      `The ${field} parameter does not reference a valid ISO-8601 extended offset date-time format string: ${TimestampPath} == ${shownText(text)}`,
      field,
    );
  };
}

function compileField(path: string | undefined, value: unknown, field: string, language: QueryLanguage): Query {
  if (path !== undefined) return compilePath(path, field);
  return language === "JSONata" ? compileJsonata(value, field) : () => value;
}
