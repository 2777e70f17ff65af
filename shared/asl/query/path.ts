import { StatesError } from "../errors.ts";
import { compileIntrinsic } from "./intrinsics/compile.ts";
import { shownJson } from "./json-size.ts";
import { explainMiss } from "./jsonpath/evaluate.ts";
import { compileLookup, rootReader } from "./jsonpath/lookup.ts";
import { parsePath } from "./jsonpath/parse.ts";
import type { Path } from "./jsonpath/syntax.ts";
import type { Query, Scope } from "./scope.ts";

/** Fields whose value may be an intrinsic call as well as a path (ASL: Fail state). */
const fieldsWithIntrinsics: ReadonlySet<string> = new Set(["ErrorPath", "CausePath"]);

/**
 * Compiles the value of a path field such as InputPath, OutputPath, ItemsPath, SecondsPath or ErrorPath. An
 * indefinite path over data that is not there gives an empty list.
 *
 * @param field the field's name: it decides the error and the words of its cause.
 * @throws QuerySyntaxError now, if `text` is no path; the query throws StatesError if the path selects nothing.
 */
export function compilePath(text: string, field: string): Query {
  if (fieldsWithIntrinsics.has(field) && text.startsWith("States.")) return compileIntrinsic(text);
  const path = parsePath(text);
  const lookup = compileLookup(path);
  return (scope) => {
    const value = lookup(scope);
    return value === undefined ? failMissing(path, field, scope) : value;
  };
}

/** As {@link compilePath}, for the value of a template key that ends in `.$`: there an index past the end is null. */
export function compileTemplatePath(text: string, key: string): Query {
  const path = parsePath(text);
  const lookup = compileLookup(path);
  const readRoot = rootReader(path.root);
  return (scope) => {
    const value = lookup(scope);
    if (value !== undefined) return value;
    if (explainMiss(path.segments, readRoot(scope)).kind === "past") return null;
    throw notFoundInInput(path, key, scope);
  };
}

function failMissing(path: Path, field: string, scope: Scope): never {
  switch (field) {
    case "ErrorPath":
    case "CausePath":
      throw notFoundInInput(path, field, scope);
    case "SecondsPath":
    case "TimestampPath":
      throw runtimeError(`The ${field} parameter does not reference an input value: ${path.text}`);
    case "ItemsPath":
      throw referencePathConflict(lastStep(path), rootReader(path.root)(scope));
    default: {
      const { reason } = explainMiss(path.segments, rootReader(path.root)(scope));
      throw runtimeError(`Invalid path '${path.text}' : ${reason}`);
    }
  }
}

function notFoundInInput(path: Path, field: string, scope: Scope): StatesError {
  const searched = shownJson(rootReader(path.root)(scope) ?? scope.input);
  const cause = `The JSONPath '${path.text}' specified for the field '${field}' could not be found in the input '${searched}'`;
  return runtimeError(cause);
}

function runtimeError(cause: string): StatesError {
  return new StatesError("States.Runtime", cause);
}

/** AWS's error for a reference path that does not fit its document, in ItemsPath and in ResultPath. */
export function referencePathConflict(step: string, document: unknown): StatesError {
  return conflict(`step "${step}"`, document);
}

/** The same for ResultPath where the input is no object: nothing can be put into it. */
export function referencePathMisfit(path: string, document: unknown): StatesError {
  return conflict(`ReferencePath ${path}`, document);
}

function conflict(what: string, document: unknown): StatesError {
  const cause = `Unable to apply ${what} to input ${shownJson(document)}`;
  return new StatesError("States.ReferencePathConflict", cause, { isWhole: true });
}

function lastStep(path: Path): string {
  const last = path.segments.at(-1);
  if (last?.kind === "name") return last.name;
  return last?.kind === "index" ? String(last.index) : path.text;
}
