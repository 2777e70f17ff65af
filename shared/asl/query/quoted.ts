import { accept, type Cursor, fail, isAtEnd, peek } from "./cursor.ts";

/**
 * A name in single or double quotes. A backslash hides the quote and nothing else: AWS takes every other backslash as
 * part of the name.
 */
export function readQuotedName(cursor: Cursor): string {
  const quote = peek(cursor);
  if (quote !== "'" && quote !== '"') return fail(cursor, "a quoted name");
  cursor.position += 1;
  let name = "";
  while (!isAtEnd(cursor)) {
    if (accept(cursor, `\\${quote}`)) name += quote;
    else if (accept(cursor, quote)) return name;
    else {
      name += peek(cursor);
      cursor.position += 1;
    }
  }
  return fail(cursor, `a closing ${quote}`);
}
