import { StatesError } from "../../errors.ts";
import { isObject, parsePayload } from "../../query/index.ts";
import { itemsIn } from "../map-item.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING_LIST = 0x5b;
const OPENING_OBJECT = 0x7b;
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
/** Bytes of the mark that some put at the beginning of UTF-8. */
const BYTE_ORDER_MARK: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf]);

/**
 * The elements of the array that is a JSON text, as they come: the list may be larger than memory. An object is read whole;
 * its items are its fields.
 *
 * @throws StatesError States.ItemReaderFailed if the text is neither, or not JSON.
 */
export async function* jsonItems(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly unknown[]> {
  const list = new ListSplitter();
  const object: Uint8Array[] = [];
  for await (const piece of bytes) {
    if (object.length > 0 || (!list.isOpen && firstOf(piece) === OPENING_OBJECT)) {
      object.push(piece);
      continue;
    }
    const page = list.add(piece).map(parseItem);
    if (page.length > 0) yield page;
    if (list.isClosed) return;
  }
  const fields = object.length > 0 ? itemsIn(parseItem(withoutMark(Buffer.concat(object).toString()))) : undefined;
  if (fields === undefined) throw list.isOpen ? notJson("the list does not end") : notIterable();
  yield fields;
}

/** The first byte that is no blank and no mark; undefined if there is none. */
const firstOf = (piece: Uint8Array): number | undefined =>
  piece.find((byte) => !SPACE.has(byte) && !BYTE_ORDER_MARK.has(byte));

const withoutMark = (text: string): string => (text.startsWith("\ufeff") ? text.slice(1) : text);

/** Cuts a list into the texts of its elements, without reading them. */
class ListSplitter {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #rest: Uint8Array[] = [];
  isOpen = false;
  isClosed = false;

  add(piece: Uint8Array): string[] {
    const texts: string[] = [];
    let from = this.isOpen ? 0 : this.#open(piece);
    if (!this.isOpen) return texts;
    for (let at = from; at < piece.length && !this.isClosed; at++) {
      if (!this.#isEndOfElement(piece[at]!)) continue;
      const text = Buffer.concat([...this.#rest, piece.subarray(from, at)]).toString();
      if (text.trim() !== "") texts.push(text);
      this.#rest = [];
      from = at + 1;
    }
    if (from < piece.length) this.#rest.push(piece.subarray(from));
    return texts;
  }

  /** @returns the position behind the bracket that opens the list. */
  #open(piece: Uint8Array): number {
    const at = piece.findIndex((byte) => !SPACE.has(byte) && !BYTE_ORDER_MARK.has(byte));
    if (at === -1) return piece.length;
    if (piece[at] !== OPENING_LIST) throw notIterable();
    this.isOpen = true;
    this.#depth = 1;
    return at + 1;
  }

  #isEndOfElement(byte: number): boolean {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) this.#isInString = false;
      return false;
    }
    switch (byte) {
      case QUOTE:
        this.#isInString = true;
        return false;
      case COMMA:
        return this.#depth === 1;
      case 0x5b:
      case 0x7b:
        this.#depth += 1;
        return false;
      case 0x5d:
      case 0x7d:
        this.#depth -= 1;
        this.isClosed = this.#depth === 0;
        return this.isClosed;
      default:
        return false;
    }
  }
}

/** One JSON value a line; empty lines are skipped. */
export async function* jsonLineItems(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly unknown[]> {
  for await (const lines of linesOf(bytes)) yield lines.filter((line) => line.trim() !== "").map(parseItem);
}

/** The lines of a text, without their ends, as they come. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of bytes) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (lines.length > 0) yield lines.map(withoutReturn);
  }
  rest += decoder.decode();
  if (rest !== "") yield [withoutReturn(rest)];
}

const withoutReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line);

/** The value at a JSON pointer of a document that is read whole. */
export async function jsonAt(bytes: AsyncIterable<Uint8Array>, pointer: string): Promise<unknown> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  let value = parseItem(Buffer.concat(pieces).toString());
  for (const step of pointer.split("/").slice(1)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (!(isObject(value) || Array.isArray(value)) || !Object.hasOwn(value, key)) {
      throw new StatesError("States.ItemReaderFailed", `The ItemsPointer "${pointer}" does not lead to a value.`);
    }
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

export const notIterable = (): StatesError =>
  new StatesError("States.ItemReaderFailed", "Attempting to map over non-iterable node.");

const notJson = (why: string): StatesError =>
  new StatesError("States.ItemReaderFailed", `The items are not JSON: ${why}.`);

function parseItem(text: string): unknown {
  try {
    return parsePayload(text);
  } catch (error) {
    throw notJson((error as Error).message);
  }
}
