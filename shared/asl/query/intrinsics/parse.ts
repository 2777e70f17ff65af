import { accept, type Cursor, expect, fail, isAtEnd, peek, skipSpace, take } from "../cursor.ts";
import { readPath } from "../jsonpath/parse.ts";
import { intrinsics } from "./functions.ts";
import type { Argument, Call } from "./syntax.ts";

const functionName = /States\.[A-Za-z0-9]+/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /[A-Za-z]+/y;

/** Calls may be nested this deep (AWS developer guide, intrinsic functions). */
const deepestNesting = 10;

/**
 * Reads an intrinsic call such as `States.Format('{} of {}', $.index, $$.Execution.Name)`.
 *
 * @throws QuerySyntaxError with the position of the first character that does not fit.
 */
export function parseIntrinsic(text: string): Call {
  const cursor: Cursor = { text, position: 0 };
  const call = readCall(cursor, 1);
  skipSpace(cursor);
  if (!isAtEnd(cursor)) fail(cursor, "the end of the call");
  return call;
}

function readCall(cursor: Cursor, depth: number): Call {
  const start = cursor.position;
  const name = take(cursor, functionName) ?? fail(cursor, "an intrinsic function such as States.Format");
  if (!Object.hasOwn(intrinsics, name)) fail(cursor, `one of ${Object.keys(intrinsics).join(", ")}`, start);
  if (depth > deepestNesting) fail(cursor, `at most ${deepestNesting} nested intrinsic functions`, start);
  skipSpace(cursor);
  expect(cursor, "(");
  return { kind: "call", name, arguments: readArguments(cursor, depth) };
}

function readArguments(cursor: Cursor, depth: number): Argument[] {
  const list: Argument[] = [];
  skipSpace(cursor);
  if (accept(cursor, ")")) return list;
  for (;;) {
    skipSpace(cursor);
    list.push(readArgument(cursor, depth));
    skipSpace(cursor);
    if (accept(cursor, ")")) return list;
    if (!accept(cursor, ",")) fail(cursor, "',' or ')'");
  }
}

function readArgument(cursor: Cursor, depth: number): Argument {
  const next = peek(cursor);
  if (next === "'") return readString(cursor);
  if (next === "$") return { kind: "path", path: readPath(cursor) };
  if (cursor.text.startsWith("States.", cursor.position)) return readCall(cursor, depth + 1);
  const digits = take(cursor, number);
  if (digits !== undefined) return { kind: "literal", value: Number(digits) };
  const start = cursor.position;
  const name = take(cursor, word);
  if (name === "true" || name === "false") return { kind: "literal", value: name === "true" };
  if (name === "null") return { kind: "literal", value: null };
  return fail(cursor, "a path, a string in single quotes, a number, true, false, null or a nested call", start);
}

/** `\'`, `\{`, `\}` and `\\` are the only escapes; another backslash is an error (ASL: Intrinsic Functions). */
function readString(cursor: Cursor): Argument {
  expect(cursor, "'");
  let value = "";
  let template = "";
  while (!accept(cursor, "'")) {
    if (isAtEnd(cursor)) return fail(cursor, "a closing '");
    const isEscape = accept(cursor, "\\");
    const character = peek(cursor);
    if (isEscape && !["'", "{", "}", "\\"].includes(character)) fail(cursor, "', {, } or \\ after a backslash");
    value += character;
    template += isEscape && character !== "'" ? `\\${character}` : character;
    cursor.position += 1;
  }
  return { kind: "string", value, template };
}
