import { accept, type Cursor, expect, fail, isAtEnd, peek, skipSpace, take } from "../cursor.ts";
import { readQuotedName } from "../quoted.ts";
import { pathFunctions } from "./functions.ts";
import { parseCondition } from "./parse-filter.ts";
import { isDefinite, type Path, type PathFunctionName, type PathRoot, type Segment } from "./syntax.ts";

const variableName = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;
/** A name after a dot runs to the next dot, bracket, parenthesis, comma or blank. */
const dottedName = /[^.[\]()\s,]+/uy;
/** Within a filter an operator ends it too. */
const dottedNameInFilter = /[^.[\]()\s,=<>!&|~]+/uy;
const integer = /-?\d+/y;

/**
 * Reads a path: `$.a.b[0]`, `$$.Execution.Id`, `$variable.field`, in the Jayway dialect that Step Functions uses.
 *
 * @throws QuerySyntaxError with the position of the first character that does not fit.
 */
export function parsePath(text: string): Path {
  const cursor: Cursor = { text, position: 0 };
  const path = readPath(cursor);
  if (!isAtEnd(cursor)) fail(cursor, "'.', '[' or the end of the path");
  return path;
}

/** Reads a path that is part of a longer text, such as an argument of an intrinsic function. */
export function readPath(cursor: Cursor): Path {
  const start = cursor.position;
  const root = parseRoot(cursor);
  const segments = parseSegments(cursor);
  return { text: cursor.text.slice(start, cursor.position), root, segments, isDefinite: isDefinite(segments) };
}

function parseRoot(cursor: Cursor): PathRoot {
  expect(cursor, "$");
  if (accept(cursor, "$")) return { kind: "context" };
  const name = take(cursor, variableName);
  return name === undefined ? { kind: "input" } : { kind: "variable", name };
}

/** Reads segments while they follow; stops, without complaint, at a character that starts none. */
export function parseSegments(cursor: Cursor, name: RegExp = dottedName): Segment[] {
  const segments: Segment[] = [];
  while (!isAtEnd(cursor)) {
    if (accept(cursor, "..")) segments.push({ kind: "descend" }, parseStep(cursor, name));
    else if (accept(cursor, ".")) segments.push(parseStep(cursor, name));
    else if (peek(cursor) === "[") segments.push(parseBracket(cursor));
    else break;
    if (segments.at(-1)?.kind === "call") break;
  }
  return segments;
}

function parseStep(cursor: Cursor, namePattern: RegExp): Segment {
  if (peek(cursor) === "[") return parseBracket(cursor);
  if (accept(cursor, "*")) return { kind: "wildcard" };
  const start = cursor.position;
  const name = take(cursor, namePattern);
  if (name === undefined) return fail(cursor, "a field name");
  return peek(cursor) === "(" ? parseCall(cursor, name, start) : { kind: "name", name };
}

function parseCall(cursor: Cursor, name: string, start: number): Segment {
  if (!Object.hasOwn(pathFunctions, name)) {
    return fail(cursor, `one of the functions ${Object.keys(pathFunctions).join(", ")}`, start);
  }
  expect(cursor, "(");
  skipSpace(cursor);
  const argument = take(cursor, integer);
  skipSpace(cursor);
  expect(cursor, ")");
  return {
    kind: "call",
    name: name as PathFunctionName,
    argument: argument === undefined ? undefined : Number(argument),
  };
}

function parseBracket(cursor: Cursor): Segment {
  expect(cursor, "[");
  skipSpace(cursor);
  const segment = parseBracketContent(cursor);
  skipSpace(cursor);
  expect(cursor, "]");
  return segment;
}

function parseBracketContent(cursor: Cursor): Segment {
  if (accept(cursor, "*")) return { kind: "wildcard" };
  if (accept(cursor, "?")) return parseFilter(cursor);
  const next = peek(cursor);
  if (next === "'" || next === '"') return parseNames(cursor);
  if (next === ":" || next === "-" || (next >= "0" && next <= "9")) return parseIndexes(cursor);
  return fail(cursor, "a quoted name, an index, a slice, '*' or '?('");
}

function parseFilter(cursor: Cursor): Segment {
  skipSpace(cursor);
  expect(cursor, "(");
  const test = parseCondition(cursor, (inner) => parseSegments(inner, dottedNameInFilter));
  skipSpace(cursor);
  expect(cursor, ")");
  return { kind: "filter", test };
}

function parseNames(cursor: Cursor): Segment {
  const names = [readQuotedName(cursor)];
  skipSpace(cursor);
  while (accept(cursor, ",")) {
    skipSpace(cursor);
    names.push(readQuotedName(cursor));
    skipSpace(cursor);
  }
  const [name] = names;
  return names.length === 1 && name !== undefined ? { kind: "name", name } : { kind: "names", names };
}

function parseIndexes(cursor: Cursor): Segment {
  const first = parseInteger(cursor);
  if (peek(cursor) === ":") return parseSlice(cursor, first);
  if (first === undefined) return fail(cursor, "an index");
  const indexes = [first];
  while (accept(cursor, ",")) {
    const index = parseInteger(cursor);
    indexes.push(index ?? fail(cursor, "an index"));
  }
  return indexes.length === 1 ? { kind: "index", index: first } : { kind: "indexes", indexes };
}

/** `[from:to]`; a third number is read and, as the dialect has it, not used. */
function parseSlice(cursor: Cursor, from: number | undefined): Segment {
  expect(cursor, ":");
  const to = parseInteger(cursor);
  if (accept(cursor, ":")) parseInteger(cursor);
  return { kind: "slice", from, to };
}

function parseInteger(cursor: Cursor): number | undefined {
  skipSpace(cursor);
  const digits = take(cursor, integer);
  skipSpace(cursor);
  return digits === undefined ? undefined : Number(digits);
}
