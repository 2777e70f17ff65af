import { QuerySyntaxError } from "./errors.ts";
import { isObject, withField } from "./json.ts";
import { parsePath } from "./jsonpath/parse.ts";
import type { Path } from "./jsonpath/syntax.ts";
import { referencePathConflict, referencePathMisfit } from "./path.ts";

type Step = string | number;

/** Puts a state's result into its input. Changes neither: what is not on the way to the result is shared. */
export type ResultPathQuery = (input: unknown, result: unknown) => unknown;

/**
 * Reads a reference path: one that names a single place, by names and indexes only (ASL: Reference Paths).
 *
 * @throws QuerySyntaxError if the text is no path, or one with a wildcard, slice, filter or other many-valued step.
 */
export function parseReferencePath(text: string): Path {
  const path = parsePath(text);
  const misfit = path.segments.find((segment) => {
    // A field's name may end so in other paths; in these, the guide says, functions are not supported.
    return segment.kind === "name" ? segment.name.endsWith("()") : segment.kind !== "index";
  });
  if (misfit !== undefined) {
    throw new QuerySyntaxError(`Expected a reference path, of names and indexes only: ${text}`, text, 0);
  }
  return path;
}

/**
 * Compiles ResultPath: `null` keeps the input, `$` or nothing takes the result, and a path sets one place, creating
 * the objects that are missing on the way.
 *
 * @throws QuerySyntaxError now; the query throws States.ReferencePathConflict where the input does not fit.
 */
export function compileResultPath(text: string | null | undefined): ResultPathQuery {
  if (text === null) return (input) => input;
  if (text === undefined || text === "$") return (_input, result) => result;
  const path = parseReferencePath(text);
  if (path.root.kind !== "input") throw new QuerySyntaxError(`ResultPath must start at '$': ${text}`, text, 0);
  const steps = path.segments.map((segment): Step => {
    if (segment.kind === "index") return segment.index;
    return segment.kind === "name" ? segment.name : "";
  });
  const isField = typeof steps[0] === "string";
  return (input, result) => {
    if (isField && !isObject(input)) throw referencePathMisfit(text, input);
    return withResult(input, steps, 0, result, input);
  };
}

function withResult(target: unknown, steps: readonly Step[], at: number, result: unknown, input: unknown): unknown {
  const step = steps[at];
  if (step === undefined) return result;
  if (typeof step === "number") {
    if (!Array.isArray(target) || step < 0 || step >= target.length) throw referencePathConflict(String(step), input);
    return target.with(step, withResult(target[step], steps, at + 1, result, input));
  }
  if (target !== undefined && !isObject(target)) throw referencePathConflict(step, input);
  const own = target !== undefined && Object.hasOwn(target, step) ? target[step] : undefined;
  return withField(target, step, withResult(own, steps, at + 1, result, input));
}
