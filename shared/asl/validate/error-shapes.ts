import { variables } from "./assignments.ts";
import { jsonataTemplate } from "./expressions.ts";
import { resultPath } from "./paths.ts";
import { type Check, type CheckScope, type Field, reject, type Shape, shaped } from "./shape.ts";
import { decimal, integer, listOf, string, word } from "./values.ts";

const errorNames = { check: listOf(string, { isNonEmpty: true }), required: true } as const;

/** In a catcher, `$states.errorOutput` may be read. */
const ofCatcher =
  (check: Check): Check =>
  (value, location, scope) =>
    check(value, location, { ...scope, statesScope: "errorOutput" });

/** One retrier (ASL: Retrying after error). AWS's own limits: see "Error handling" in the developer guide. */
const retrierFields: Readonly<Record<string, Field>> = {
  ErrorEquals: errorNames,
  IntervalSeconds: { check: integer(1, 99_999_999) },
  MaxAttempts: { check: integer(0, 99_999_999) },
  BackoffRate: { check: decimal(1) },
  MaxDelaySeconds: { check: integer(1, 31_622_400) },
  JitterStrategy: { check: word("FULL", "NONE") },
  Comment: { check: string },
};

/** One catcher (ASL: Fallback states). */
const catcherFields: Readonly<Record<string, Field>> = {
  ErrorEquals: errorNames,
  Next: { check: string, required: true },
  ResultPath: { check: resultPath, only: "JSONPath" },
  Assign: { check: ofCatcher(variables) },
  Output: { check: ofCatcher(jsonataTemplate), only: "JSONata" },
  Comment: { check: string },
};

export const retriers = handlers({ fields: retrierFields });
export const catchers = handlers({ fields: catcherFields });

/** A list of retriers or catchers, in which `States.ALL` stands alone and comes last. */
function handlers(shape: Shape): Check {
  const list = listOf(shaped(shape));
  return (value, location, scope) => {
    list(value, location, scope);
    if (!Array.isArray(value)) return;
    for (const [index, handler] of value.entries()) {
      checkCatchAll(handler?.ErrorEquals, index === value.length - 1, `${location}[${index}]/ErrorEquals`, scope);
    }
  };
}

function checkCatchAll(names: unknown, isLast: boolean, location: string, scope: CheckScope): void {
  if (!Array.isArray(names) || !names.includes("States.ALL")) return;
  if (names.length > 1) reject(scope, "'States.ALL' must appear alone in 'ErrorEquals'", location);
  if (!isLast) reject(scope, "'States.ALL' can only appear in the last element of the list", location);
}
