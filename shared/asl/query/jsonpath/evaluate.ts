import { isObject, setOwn } from "../json.ts";
import { filterOperators } from "./filter-operators.ts";
import { pathFunctions } from "./functions.ts";
import { type Condition, type FilterPath, isDefinite, type Operand, type Segment } from "./syntax.ts";
import { visit } from "./visits.ts";

/** What a path selects from a document: undefined if a definite path selects nothing, a list if it is indefinite. */
export type Selector = (document: unknown) => unknown;

/** Compiles segments once; what comes back reads without parsing, cloning or throwing. */
export function compileSelector(segments: readonly Segment[]): Selector {
  if (segments.length === 0) return (document) => document;
  const last = segments.at(-1);
  if (last?.kind === "call") return compileCall(segments.slice(0, -1), last);
  if (!isDefinite(segments)) return (document) => collect(segments, document);
  const readers = segments.map(compileReader);
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

function compileCall(segments: readonly Segment[], call: Segment & { readonly kind: "call" }): Selector {
  const select = compileSelector(segments);
  const apply = pathFunctions[call.name];
  return (document) => {
    const value = select(document);
    return value === undefined ? undefined : apply(value, call.argument);
  };
}

function compileReader(segment: Segment): Selector {
  switch (segment.kind) {
    case "name":
      return compileNameReader(segment.name);
    case "names":
      return (value) => pick(value, segment.names);
    case "index":
      return (value) => (Array.isArray(value) ? value.at(segment.index) : undefined);
    default:
      throw new TypeError(`a ${segment.kind} segment is not definite`);
  }
}

function compileNameReader(name: string): Selector {
  // Names that every object inherits need the slower test for an own property.
  if (name in Object.prototype) {
    return (value) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined);
  }
  return (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)[name]
      : undefined;
}

/** Several names at the end give one object with those that are there. */
function pick(value: unknown, names: readonly string[]): unknown {
  if (!isObject(value)) return undefined;
  const picked: Record<string, unknown> = {};
  for (const name of names) if (Object.hasOwn(value, name)) setOwn(picked, name, value[name]);
  return picked;
}

function collect(segments: readonly Segment[], document: unknown): unknown[] {
  const found: unknown[] = [];
  walk(segments, 0, document, document, found);
  return found;
}

function walk(segments: readonly Segment[], at: number, value: unknown, root: unknown, found: unknown[]): void {
  visit(1);
  const segment = segments[at];
  if (segment === undefined) {
    found.push(value);
    return;
  }
  if (segment.kind === "descend") descend(segments, at + 1, value, root, found);
  else for (const child of children(segment, value, root)) walk(segments, at + 1, child, root, found);
}

/** Outermost first, in document order. */
function descend(segments: readonly Segment[], at: number, value: unknown, root: unknown, found: unknown[]): void {
  if (typeof value !== "object" || value === null) return;
  walk(segments, at, value, root, found);
  const below = Object.values(value);
  visit(below.length);
  for (const child of below) descend(segments, at, child, root, found);
}

function children(segment: Segment, value: unknown, root: unknown): readonly unknown[] {
  switch (segment.kind) {
    case "name":
      return isObject(value) && Object.hasOwn(value, segment.name) ? [value[segment.name]] : [];
    case "names":
      visit(segment.names.length);
      return isObject(value)
        ? segment.names.filter((name) => Object.hasOwn(value, name)).map((name) => value[name])
        : [];
    case "index":
      return elements(value, [segment.index]);
    case "indexes":
      return elements(value, segment.indexes);
    case "slice":
      return Array.isArray(value) ? value.slice(segment.from, segment.to) : [];
    case "wildcard":
      return typeof value === "object" && value !== null ? Object.values(value) : [];
    case "filter":
      return matching(segment.test, value, root);
    default:
      return [];
  }
}

function elements(value: unknown, indexes: readonly number[]): readonly unknown[] {
  if (!Array.isArray(value)) return [];
  visit(indexes.length);
  return indexes.map((index) => value.at(index)).filter((item) => item !== undefined);
}

/** A filter tests the items of an array, or an object as a whole. */
function matching(test: Condition, value: unknown, root: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.filter((item) => holds(test, item, root));
  return isObject(value) && holds(test, value, root) ? [value] : [];
}

function holds(condition: Condition, item: unknown, root: unknown): boolean {
  visit(1);
  switch (condition.kind) {
    case "and":
      return holds(condition.left, item, root) && holds(condition.right, item, root);
    case "or":
      return holds(condition.left, item, root) || holds(condition.right, item, root);
    case "not":
      return !holds(condition.operand, item, root);
    case "exists":
      return read(condition.path, item, root) !== undefined;
    case "compare": {
      const compare = filterOperators[condition.operator];
      return compare?.(operand(condition.left, item, root), operand(condition.right, item, root)) ?? false;
    }
  }
}

function operand(from: Operand, item: unknown, root: unknown): unknown {
  if (from.kind === "literal") return from.value;
  return from.kind === "pattern" ? from.pattern : read(from.path, item, root);
}

/** What is counted for the condition covers so many. */
const FEW_SEGMENTS = 4;

const selectors = new WeakMap<FilterPath, Selector>();

function read(path: FilterPath, item: unknown, root: unknown): unknown {
  if (path.segments.length > FEW_SEGMENTS) visit(path.segments.length);
  let select = selectors.get(path);
  if (select === undefined) {
    select = compileSelector(path.segments);
    selectors.set(path, select);
  }
  return select(path.fromItem ? item : root);
}
