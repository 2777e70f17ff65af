import { parseJson, setOwn } from "../json.ts";
import { isIndexKey, objectInOrder } from "./key-order.ts";
import { isEscaped, isSpeltOtherwise, mayChange } from "./may-change.ts";
import { ExactNumber, exactNumbersWritten } from "./number.ts";

/**
 * What `JSON.parse` gives, but numbers that a double would spell otherwise are {@link ExactNumber}s, and keys keep their
 * order. {@link stringifyExact} gives the same numbers and keys again.
 *
 * @throws SyntaxError
 */
export function parseExact(text: string): unknown {
  return asSpelt(text, JSON.parse(text));
}

/** The same of a text from outside. @throws SyntaxError as `parseJson` does */
export function parsePayload(text: string): unknown {
  return asSpelt(text, parseJson(text));
}

function asSpelt(text: string, value: unknown): unknown {
  return mayChange(text) ? new SpeltText(text).value() : value;
}

/** What `JSON.stringify` gives, with numbers as they were spelt. */
export function stringifyExact(value: unknown): string {
  const before = exactNumbersWritten();
  const text = JSON.stringify(value);
  return exactNumbersWritten() === before ? text : spelt(value);
}

/** Reads a text that is known to be JSON. */
class SpeltText {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): unknown {
    switch (this.#next()) {
      case "{":
        return this.#object();
      case "[":
        return this.#list();
      case '"':
        return this.#string();
      default:
        return this.#scalar();
    }
  }

  /** The next character that is no blank. */
  #next(): string {
    BLANKS.lastIndex = this.#at;
    BLANKS.test(this.#text);
    this.#at = BLANKS.lastIndex;
    return this.#text.charAt(this.#at);
  }

  /** Steps over a mark. @returns whether it is one that goes on */
  #hasMore(close: string): boolean {
    const mark = this.#next();
    this.#at += 1;
    return mark !== close;
  }

  #object(): unknown {
    this.#at += 1;
    const object: Record<string, unknown> = {};
    const keys: string[] = [];
    let hasIndexes = false;
    if (this.#next() === "}") this.#at += 1;
    else {
      do {
        this.#next();
        const key = this.#string();
        this.#hasMore("");
        keys.push(key);
        if (isIndexKey(key)) hasIndexes = true;
        setOwn(object, key, this.value());
      } while (this.#hasMore("}"));
    }
    return hasIndexes ? objectInOrder(keys.map((key) => [key, object[key]])) : object;
  }

  #list(): unknown {
    this.#at += 1;
    const items: unknown[] = [];
    if (this.#next() === "]") this.#at += 1;
    else {
      do items.push(this.value());
      while (this.#hasMore("]"));
    }
    return items;
  }

  #string(): string {
    const start = this.#at;
    let end = start;
    do end = this.#text.indexOf('"', end + 1);
    while (isEscaped(this.#text, end));
    this.#at = end + 1;
    const inside = this.#text.slice(start + 1, end);
    return inside.includes("\\") ? (JSON.parse(this.#text.slice(start, end + 1)) as string) : inside;
  }

  #scalar(): unknown {
    SCALAR.lastIndex = this.#at;
    SCALAR.test(this.#text);
    const spelling = this.#text.slice(this.#at, SCALAR.lastIndex);
    this.#at = SCALAR.lastIndex;
    const value: unknown = JSON.parse(spelling);
    return typeof value === "number" && isSpeltOtherwise(spelling) ? new ExactNumber(spelling) : value;
  }
}

const BLANKS = /[ \t\r\n]*/y;
const SCALAR = /[\w.+-]+/y;

/** As `JSON.stringify` goes about it. */
function spelt(value: unknown): string {
  if (value instanceof ExactNumber) return value.spelling;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON === "function") return spelt(toJSON.call(value));
  if (Array.isArray(value)) return `[${value.map((item) => spelt(item) ?? "null").join()}]`;
  const fields: string[] = [];
  for (const [key, field] of Object.entries(value)) {
    const text = spelt(field);
    if (text !== undefined) fields.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${fields.join()}}`;
}
