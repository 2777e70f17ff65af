import { accept, type Cursor, expect, fail, isAtEnd, peek, take } from "../cursor.ts";
import { parseFilter } from "./parse-filter.ts";
import { isDefinite, type Path, type PathRoot, type Segment } from "./syntax.ts";

const variableName = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;
/** A name after a dot may hold anything else, parentheses included: this dialect knows no functions. */
const dottedName = /[^.[\] ]+/y;

/** What decides what stands in brackets is the first of these characters, wherever it is. */
const decisive = /[?'\d:@-]/;

const index = /^-?\d+$/;
const indexes = /^-?\d+(?:,-?\d+)*,?$/;
/** A third number is read and, as the dialect has it, not used. */
const slice = /^(-?\d+)?:(-?\d+)?(?::-?\d*)?$/;
const fromEnd = /^@.([^-]*)(-[^)]*)\)/;

/** Java's int. */
const LARGEST_INDEX = 2 ** 31 - 1;

/**
 * Reads a path: `$.a.b[0]`, `$$.Execution.Id`, `$variable.field`, in the dialect of json-path 2.0.0 (Jayway), which Step
 * Functions runs on: what it accepts is accepted, and what it refuses is refused. See docs/decisions.
 *
 * @throws QuerySyntaxError with the position of the first character that does not fit.
 */
export function parsePath(text: string): Path {
  return parse({ text: text.trimEnd(), position: 0 }, text);
}

/** Reads a path that is an argument of an intrinsic function: to the next comma or closing parenthesis that is not in it. */
export function readPath(cursor: Cursor): Path {
  const start = cursor.position;
  const end = endOfArgument(cursor);
  const text = cursor.text.slice(0, end).trimEnd();
  const path = parse({ text, position: start }, text.slice(start));
  cursor.position = end;
  return path;
}

function parse(cursor: Cursor, text: string): Path {
  const root = parseRoot(cursor);
  const segments = parseSegments(cursor);
  return { text, root, segments, isDefinite: isDefinite(segments) };
}

function endOfArgument({ text, position }: Cursor): number {
  let depth = 0;
  let isQuoted = false;
  for (let at = position; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === "'") isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === "(" || character === "[") depth += 1;
    else if (depth === 0 && (character === "," || character === ")")) return at;
    else if (character === ")" || character === "]") depth -= 1;
  }
  return text.length;
}

function parseRoot(cursor: Cursor): PathRoot {
  expect(cursor, "$");
  if (accept(cursor, "$")) return { kind: "context" };
  const name = take(cursor, variableName);
  return name === undefined ? { kind: "input" } : { kind: "variable", name };
}

/** Reads the segments to the end of the text. Those of a path in a filter have no filter, which would not select one value. */
function parseSegments(cursor: Cursor, isInFilter = false): Segment[] {
  if (!isAtEnd(cursor) && peek(cursor) !== "." && peek(cursor) !== "[") fail(cursor, "'.', '[' or the end of the path");
  const segments: Segment[] = [];
  while (!isAtEnd(cursor)) {
    if (peek(cursor) === "[") segments.push(parseBracket(cursor, isInFilter));
    else if (accept(cursor, "..")) segments.push({ kind: "descend" });
    else segments.push(...parseStep(cursor));
  }
  if (segments.at(-1)?.kind === "descend") fail(cursor, "a field name, '*' or '['");
  return segments;
}

function parseStep(cursor: Cursor): Segment[] {
  // After a bracket or `..` a name may stand without a dot.
  const hasDot = accept(cursor, ".");
  if (hasDot && peek(cursor) === "[") return [];
  if (!hasDot && accept(cursor, "*")) return [{ kind: "wildcard" }];
  const start = cursor.position;
  const name = take(cursor, dottedName) ?? fail(cursor, "a field name, '*' or '['");
  if (name === "*") return [{ kind: "wildcard" }];
  return [name.includes("'") ? ofNames(quotedNames(cursor, start, `'${name}'`)) : { kind: "name", name }];
}

function parseBracket(cursor: Cursor, isInFilter: boolean): Segment {
  const start = cursor.position + 1;
  const end = closingBracket(cursor);
  const content = cursor.text.slice(start, end);
  cursor.position = end + 1;
  if (content === "*") return { kind: "wildcard" };
  const offset = content.search(decisive);
  if (offset < 0) fail(cursor, "a name in single quotes, an index, a slice, '*' or '?('", start);
  const rest = content.slice(offset);
  if (rest.startsWith("?")) {
    if (isInFilter) fail(cursor, "no filter within a filter", start);
    const readSegments = (inner: Cursor) => parseSegments(inner, true);
    return { kind: "filter", anyOf: parseFilter({ text: cursor.text.slice(0, end), position: start }, readSegments) };
  }
  if (rest.startsWith("'")) return ofNames(quotedNames(cursor, start + offset, rest));
  return numbered(rest) ?? fail(cursor, "an index, a list of indexes or a slice", start + offset);
}

/** Brackets in brackets are counted, also those in quotes. */
function closingBracket(cursor: Cursor): number {
  let depth = 0;
  for (let at = cursor.position; at < cursor.text.length; at += 1) {
    if (cursor.text[at] === "[") depth += 1;
    else if (cursor.text[at] === "]" && --depth === 0) return at;
  }
  return fail(cursor, "a closing ']'", cursor.text.length);
}

/** Names are what stands between a quote and the next; no character hides a quote, and what is left open is no name. */
function quotedNames(cursor: Cursor, start: number, text: string): string[] {
  const parts = text.split("'");
  const names = parts.filter((_, position) => position % 2 === 1 && position < parts.length - 1);
  if (names.length === 0 || text.includes("]")) fail(cursor, "a closing '", start + text.length);
  return names;
}

function ofNames(names: readonly string[]): Segment {
  const [name] = names;
  return names.length === 1 && name !== undefined ? { kind: "name", name } : { kind: "names", names };
}

/** What follows the numbers, as in `[0 first]`, is not looked at. */
function numbered(text: string): Segment | undefined {
  if (text.startsWith("@")) {
    const [, called = "", offset = ""] = fromEnd.exec(text) ?? [];
    const name = called.replaceAll(/[ ()]/g, "");
    const [number] = numbersIn(offset.replaceAll(" ", "")) ?? [];
    return number === undefined || (name !== "length" && name !== "size")
      ? undefined
      : { kind: "fromEnd", offset: number };
  }
  const compact = text.replace(/[^\d, :-].*$/s, "").replaceAll(" ", "");
  const [, from, to] = slice.exec(compact) ?? [];
  if (from !== undefined || to !== undefined) {
    const [start] = numbersIn(from ?? "0") ?? [];
    const [end] = numbersIn(to ?? "0") ?? [];
    if (start === undefined || end === undefined) return undefined;
    return { kind: "slice", from: from === undefined ? undefined : start, to: to === undefined ? undefined : end };
  }
  if (!indexes.test(compact)) return undefined;
  const numbers = numbersIn(compact.replace(/,$/, ""));
  const [first] = numbers ?? [];
  if (numbers === undefined || first === undefined) return undefined;
  return numbers.length === 1 ? { kind: "index", index: first } : { kind: "indexes", indexes: numbers };
}

function numbersIn(text: string): number[] | undefined {
  const parts = text.split(",");
  const numbers = parts.map(Number);
  const isWhole = parts.every((part) => index.test(part)) && numbers.every((each) => Math.abs(each) <= LARGEST_INDEX);
  return isWhole ? numbers : undefined;
}
