import { isObject } from "../json.ts";
import { shownJson } from "../json-size.ts";
import { comparisons } from "./compare.ts";
import { PathFault } from "./path-fault.ts";
import { compileReader, pick, type Reader } from "./reader.ts";
import { type Conjunction, type Criterion, type FilterPath, isDefinite, type Operand, type Segment } from "./syntax.ts";
import { visit, visitKeys } from "./visits.ts";

/** What a walk finds, and why it ended early: a path that any of its ways misses gives nothing at all. */
interface Walk {
  readonly segments: readonly Segment[];
  readonly root: unknown;
  readonly found: unknown[];
  /** Whether somebody reads `reason`, and for it `where` is kept. */
  readonly isExplaining: boolean;
  reason: string;
}

/**
 * What a path selects from a document, segment by segment as json-path 2.0.0 (Jayway) does it; undefined where it ends in
 * what that throws as PathNotFoundException. On the way, `undefined` is what is null in Java: a field's null, and what is
 * behind an array's end; `null` is an item that is null.
 *
 * @throws PathFault
 */
export function walk(segments: readonly Segment[], document: unknown): unknown[] | undefined {
  const walk: Walk = { segments, root: document, found: [], isExplaining: false, reason: "" };
  return step(walk, 0, document, "") ? walk.found : undefined;
}

/** Why a path selects nothing, in the words of that library, which AWS shows to users; undefined where it selects something. */
export function reasonOfMiss(segments: readonly Segment[], document: unknown): string | undefined {
  const walk: Walk = { segments, root: document, found: [], isExplaining: true, reason: "" };
  return step(walk, 0, document, "$") ? undefined : walk.reason;
}

/** False if the way ends in a miss, which ends all ways but those through the items of an array by `*`. */
function step(walk: Walk, at: number, value: unknown, where: string): boolean {
  visit(1);
  const segment = walk.segments[at];
  if (segment === undefined) {
    walk.found.push(value ?? null);
    return true;
  }
  switch (segment.kind) {
    case "name":
      return isObject(value) ? field(walk, at, value, segment.name, where) : notAnObject(walk, segment, where);
    case "names":
      return isObject(value) ? fields(walk, at, value, segment.names, where) : notAnObject(walk, segment, where);
    case "wildcard":
      return everything(walk, at, value, where);
    case "filter":
      return matching(walk, at, value, segment, where);
    case "descend":
      return descend(walk, at + 1, value, where);
    default:
      return elements(walk, at, value, segment, where);
  }
}

function miss(walk: Walk, reason: () => string): false {
  if (walk.isExplaining) walk.reason = reason();
  return false;
}

function notAnObject(walk: Walk, segment: Segment, where: string): false {
  return miss(walk, () => `Property ${fragmentOf(segment)} not found in path ${where}`);
}

function below(walk: Walk, where: string, key: string | number): string {
  if (!walk.isExplaining) return "";
  return typeof key === "number" ? `${where}[${key}]` : `${where}['${key}']`;
}

function field(walk: Walk, at: number, value: Readonly<Record<string, unknown>>, name: string, where: string): boolean {
  const here = below(walk, where, name);
  if (Object.hasOwn(value, name)) return step(walk, at + 1, value[name] ?? undefined, here);
  if (at + 1 === walk.segments.length) return miss(walk, () => `No results for path: ${here}`);
  // Where the rest selects a list, what is not there adds nothing to it.
  if (!isDefinite(walk.segments.slice(Math.max(0, at - 1)))) return true;
  return miss(walk, () => `Missing property in path ${here}`);
}

function fields(
  walk: Walk,
  at: number,
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
  where: string,
): boolean {
  visit(names.length);
  if (at + 1 < walk.segments.length) {
    const fragment = fragmentOf({ kind: "names", names });
    throw new PathFault(`Multi properties can only be used as path leafs: ${where}${fragment}`);
  }
  return step(walk, at + 1, pick(value, names), where);
}

function everything(walk: Walk, at: number, value: unknown, where: string): boolean {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) step(walk, at + 1, value[index], below(walk, where, index));
    return true;
  }
  return !isObject(value) || visitKeys(value).every((key) => field(walk, at, value, key, where));
}

function matching(
  walk: Walk,
  at: number,
  value: unknown,
  segment: Segment & { kind: "filter" },
  where: string,
): boolean {
  const accepts = (item: unknown): boolean => holdsAny(segment.anyOf, item, walk.root);
  if (isObject(value)) return !accepts(value) || step(walk, at + 1, value, where);
  if (!Array.isArray(value)) {
    const rest = fragmentsOf(walk.segments.slice(at));
    throw new PathFault(
      `Filter: ${rest} can not be applied to primitives. Current context is: ${shownValue(value, where)}`,
    );
  }
  return value.every((item, index) => !accepts(item) || step(walk, at + 1, item, below(walk, where, index)));
}

/** Outermost first, in document order. */
function descend(walk: Walk, at: number, value: unknown, where: string): boolean {
  const next = walk.segments[at];
  if (next === undefined || !(isObject(value) || Array.isArray(value))) return true;
  visit(1);
  if (Array.isArray(value)) {
    // The library looks past the next segment at the items of an array, unless that is the last one.
    const isLast = at + 1 === walk.segments.length;
    if (startsHere(walk, next, value)) {
      if (isLast && !step(walk, at, value, where)) return false;
      if (!isLast && !value.every((item, index) => step(walk, at + 1, item ?? undefined, below(walk, where, index))))
        return false;
    }
    return value.every((item, index) => descend(walk, at, item, below(walk, where, index)));
  }
  if (startsHere(walk, next, value) && !step(walk, at, value, where)) return false;
  const fieldsOf = value as Readonly<Record<string, unknown>>;
  return visitKeys(fieldsOf).every((key) => descend(walk, at, fieldsOf[key], below(walk, where, key)));
}

/** Whether a value below `..` is one that the segment behind it is applied to. */
function startsHere(walk: Walk, segment: Segment, value: object): boolean {
  switch (segment.kind) {
    case "name":
      return isObject(value) && Object.hasOwn(value, segment.name);
    case "names":
      return isObject(value) && segment.names.every((name) => Object.hasOwn(value, name));
    case "wildcard":
      return true;
    case "filter":
      return holdsAny(segment.anyOf, value, walk.root);
    case "descend":
      return false;
    default:
      return Array.isArray(value);
  }
}

type Numbered = Extract<Segment, { kind: "index" | "indexes" | "fromEnd" | "slice" }>;

function elements(walk: Walk, at: number, value: unknown, segment: Numbered, where: string): boolean {
  if (value === undefined) return miss(walk, () => `The path ${where} is null`);
  if (!Array.isArray(value)) {
    const rest = fragmentsOf(walk.segments.slice(at));
    throw new PathFault(
      `Filter: ${rest} can only be applied to arrays. Current context is: ${shownValue(value, where)}`,
    );
  }
  const element = (index: number): boolean => step(walk, at + 1, value[index], below(walk, where, index));
  switch (segment.kind) {
    case "index":
      return element(segment.index);
    case "fromEnd":
      return element(value.length + segment.offset);
    case "indexes":
      return segment.indexes.every(element);
    case "slice": {
      const [from, to] = boundsOf(segment, value.length);
      for (let index = from; index < to; index += 1) if (!element(index)) return false;
      return true;
    }
  }
}

/** Only a slice that is open at one end counts from the array's end; `[-2:1]` begins at two places before the array. */
function boundsOf({ from, to }: Segment & { kind: "slice" }, length: number): [number, number] {
  if (from === undefined) return [0, Math.min(length, to === undefined || to >= 0 ? (to ?? length) : length + to)];
  if (to === undefined) return [Math.max(0, from < 0 ? length + from : from), length];
  return length === 0 ? [0, 0] : [from, Math.min(length, to)];
}

/** As Java prints it: a text of a field bare, one of an array as JSON. */
function shownValue(value: unknown, where: string): string {
  return typeof value === "string" && where.endsWith("']") ? value : shownJson(value ?? null);
}

/** The last is looked at first, as the library has it: it decides which of two faults is met. */
function holdsAny(anyOf: readonly Conjunction[], item: unknown, root: unknown): boolean {
  return anyOf.findLast((all) => all.findLast((each) => !holds(each, item, root)) === undefined) !== undefined;
}

function holds(criterion: Criterion, item: unknown, root: unknown): boolean {
  visit(1);
  // Whether something is there is asked of the item, also by a path that starts at `$`.
  if (criterion.kind === "exists") return ((read(criterion.path, item, item) ?? null) !== null) === criterion.wanted;
  const left = operand(criterion.left, item, root);
  const right = operand(criterion.right, item, root);
  if (left === undefined || right === undefined) return false;
  return comparisons[criterion.operator]?.(left, right) ?? false;
}

/** Undefined is a path that selects nothing: no operator holds of it, not even `!=`. */
function operand(from: Operand, item: unknown, root: unknown): unknown {
  if (from.kind === "text") return from.text;
  return from.kind === "pattern" ? from.pattern : read(from.path, item, root);
}

/** What is counted for the criterion covers so many. */
const FEW_SEGMENTS = 4;

const readers = new WeakMap<FilterPath, Reader>();

function read(path: FilterPath, item: unknown, root: unknown): unknown {
  const { segments } = path;
  if (segments.length > FEW_SEGMENTS) visit(segments.length);
  let reader = readers.get(path);
  if (reader === undefined) {
    reader = compileReader(segments);
    readers.set(path, reader);
  }
  const document = path.fromItem ? item : root;
  const value = reader(document);
  // Names alone find something or not; a number may be applied to what is no array, or be that of no item, which is null.
  if (value !== undefined || segments.every(({ kind }) => kind === "name")) return value;
  return reasonOfMiss(segments, document ?? undefined) === undefined ? null : undefined;
}

export function fragmentsOf(segments: readonly Segment[]): string {
  return segments.map(fragmentOf).join("");
}

function fragmentOf(segment: Segment): string {
  switch (segment.kind) {
    case "name":
      return `['${segment.name}']`;
    case "names":
      return `[${segment.names.map((name) => `'${name}'`).join(", ")}]`;
    case "index":
      return `[${segment.index}]`;
    case "fromEnd":
      return `[@.size()${segment.offset}]`;
    case "indexes":
      return `[${segment.indexes.join(",")}]`;
    case "slice":
      return `[${segment.from ?? ""}:${segment.to ?? ""}]`;
    case "wildcard":
      return "[*]";
    case "filter":
      return "[?]";
    case "descend":
      return "..";
  }
}
