import { QuerySyntaxError } from "./errors.ts";

/** A reading position in a text, for the small recursive-descent parsers of this room. */
export interface Cursor {
  readonly text: string;
  position: number;
}

export function fail(cursor: Cursor, expected: string, position: number = cursor.position): never {
  const found = position < cursor.text.length ? `'${cursor.text[position]}'` : "the end";
  throw new QuerySyntaxError(`Expected ${expected} at position ${position}, found ${found}`, cursor.text, position);
}

export function isAtEnd(cursor: Cursor): boolean {
  return cursor.position >= cursor.text.length;
}

export function peek(cursor: Cursor): string {
  return cursor.text[cursor.position] ?? "";
}

/** Steps over `token` if it comes next. */
export function accept(cursor: Cursor, token: string): boolean {
  if (!cursor.text.startsWith(token, cursor.position)) return false;
  cursor.position += token.length;
  return true;
}

export function expect(cursor: Cursor, token: string): void {
  if (!accept(cursor, token)) fail(cursor, `'${token}'`);
}

export function skipSpace(cursor: Cursor): void {
  while (peek(cursor) !== "" && peek(cursor).trim() === "") cursor.position += 1;
}

/** The longest match of a sticky pattern at the position, or undefined. */
export function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.position;
  const found = pattern.exec(cursor.text)?.[0];
  if (found === undefined) return undefined;
  cursor.position += found.length;
  return found;
}
