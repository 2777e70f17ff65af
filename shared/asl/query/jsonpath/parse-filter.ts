import { accept, type Cursor, enterPart, expect, fail, isAtEnd, peek, skipSpace, take } from "../cursor.ts";
import { QuerySyntaxError } from "../errors.ts";
import { readQuotedName } from "../quoted.ts";
import { filterOperators } from "./filter-operators.ts";
import type { Condition, FilterPath, Operand, Segment } from "./syntax.ts";

/** Given by the caller, because filters stand in paths and paths in filters. */
type ReadSegments = (cursor: Cursor) => readonly Segment[];

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /[a-z]+/y;
const symbol = /===|!==|==|!=|=~|<=|>=|<|>/y;
const flags = /[a-z]*/y;

/** `||` binds least, then `&&`, then `!`. */
export function parseCondition(cursor: Cursor, readSegments: ReadSegments): Condition {
  let left = parseConjunction(cursor, readSegments);
  while (skip(cursor, "||")) left = { kind: "or", left, right: parseConjunction(cursor, readSegments) };
  return left;
}

function parseConjunction(cursor: Cursor, readSegments: ReadSegments): Condition {
  let left = parseTerm(cursor, readSegments);
  while (skip(cursor, "&&")) left = { kind: "and", left, right: parseTerm(cursor, readSegments) };
  return left;
}

function parseTerm(cursor: Cursor, readSegments: ReadSegments): Condition {
  enterPart(cursor);
  if (skip(cursor, "!")) return { kind: "not", operand: parseTerm(cursor, readSegments) };
  if (skip(cursor, "(")) {
    const inner = parseCondition(cursor, readSegments);
    skipSpace(cursor);
    expect(cursor, ")");
    return inner;
  }
  return parseComparison(cursor, readSegments);
}

function parseComparison(cursor: Cursor, readSegments: ReadSegments): Condition {
  const start = cursor.position;
  const left = parseOperand(cursor, readSegments);
  const operator = parseOperator(cursor);
  if (operator !== undefined) return { kind: "compare", operator, left, right: parseOperand(cursor, readSegments) };
  if (left.kind !== "path") return fail(cursor, "a path such as @.field", start);
  return { kind: "exists", path: left.path };
}

function parseOperator(cursor: Cursor): string | undefined {
  skipSpace(cursor);
  const start = cursor.position;
  const found = take(cursor, symbol) ?? take(cursor, word);
  if (found === undefined) return undefined;
  if (!Object.hasOwn(filterOperators, found)) {
    return fail(cursor, `one of ${Object.keys(filterOperators).join(" ")}`, start);
  }
  return found;
}

function parseOperand(cursor: Cursor, readSegments: ReadSegments): Operand {
  skipSpace(cursor);
  const next = peek(cursor);
  if (next === "@" || next === "$") return { kind: "path", path: parseFilterPath(cursor, readSegments) };
  if (next === "/") return parsePattern(cursor);
  return { kind: "literal", value: parseLiteral(cursor) };
}

function parseFilterPath(cursor: Cursor, readSegments: ReadSegments): FilterPath {
  const fromItem = accept(cursor, "@");
  if (!fromItem) expect(cursor, "$");
  return { fromItem, segments: readSegments(cursor) };
}

function parseLiteral(cursor: Cursor): unknown {
  skipSpace(cursor);
  const next = peek(cursor);
  if (next === "'" || next === '"') return readQuotedName(cursor);
  if (next === "[") return parseList(cursor);
  const digits = take(cursor, number);
  if (digits !== undefined) return Number(digits);
  const start = cursor.position;
  const name = take(cursor, word);
  if (name === "true" || name === "false") return name === "true";
  if (name === "null") return null;
  return fail(cursor, "a path, a string, a number, true, false, null or a list", start);
}

function parseList(cursor: Cursor): unknown[] {
  enterPart(cursor);
  expect(cursor, "[");
  const items: unknown[] = [];
  if (skip(cursor, "]")) return items;
  do items.push(parseLiteral(cursor));
  while (skip(cursor, ","));
  skipSpace(cursor);
  expect(cursor, "]");
  return items;
}

function parsePattern(cursor: Cursor): Operand {
  const start = cursor.position;
  expect(cursor, "/");
  let source = "";
  while (!accept(cursor, "/")) {
    if (isAtEnd(cursor)) return fail(cursor, "a closing /");
    if (peek(cursor) === "\\") {
      source += peek(cursor);
      cursor.position += 1;
    }
    source += peek(cursor);
    cursor.position += 1;
  }
  const letters = take(cursor, flags) ?? "";
  try {
    // The operator asks that the whole value matches.
    return { kind: "pattern", pattern: new RegExp(`^(?:${source})$`, letters), source };
  } catch {
    throw new QuerySyntaxError(`Not a regular expression: /${source}/${letters}`, cursor.text, start);
  }
}

function skip(cursor: Cursor, token: string): boolean {
  skipSpace(cursor);
  return accept(cursor, token);
}
