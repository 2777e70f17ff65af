import { isNameOfItsOwn } from "../exact/number.ts";
import { isObject, type JsonObject, setOwn } from "../json.ts";
import type { Segment } from "./syntax.ts";

/** What a definite path selects: undefined if it selects nothing. */
export type Reader = (document: unknown) => unknown;

/** Compiles the segments of a definite path once; what comes back reads without parsing, cloning or throwing. */
export function compileReader(segments: readonly Segment[]): Reader {
  if (segments.length === 0) return (document) => document;
  const readers = segments.map((segment, at) => compileStep(segment, at + 1 === segments.length));
  const [first, second, third] = readers;
  // Most paths are short; a chain of calls beats a loop over closures.
  if (readers.length === 1 && first) return first;
  if (readers.length === 2 && first && second) return (document) => second(first(document));
  if (readers.length === 3 && first && second && third) return (document) => third(second(first(document)));
  return (document) => {
    let value = document;
    for (const reader of readers) value = reader(value);
    return value;
  };
}

function compileStep(segment: Segment, isLast: boolean): Reader {
  switch (segment.kind) {
    case "name":
      return compileNameReader(segment.name);
    case "names":
      return isLast ? (value) => (isObject(value) ? pick(value, segment.names) : undefined) : () => undefined;
    // A negative index is one that no array has.
    case "index":
      return (value) => (Array.isArray(value) ? value[segment.index] : undefined);
    case "fromEnd":
      return (value) => (Array.isArray(value) ? value[value.length + segment.offset] : undefined);
    default:
      throw new TypeError(`a ${segment.kind} segment is not definite`);
  }
}

function compileNameReader(name: string): Reader {
  // Names that every object inherits, or an exact number has, need the slower test for an own property.
  if (name in Object.prototype || isNameOfItsOwn(name)) {
    return (value) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined);
  }
  return (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)[name]
      : undefined;
}

/** Several names at the end give one object with those that are there. */
export function pick(value: JsonObject, names: readonly string[]): JsonObject {
  const picked: Record<string, unknown> = {};
  for (const name of names) if (Object.hasOwn(value, name)) setOwn(picked, name, value[name]);
  return picked;
}
