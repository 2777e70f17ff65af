import { StatesError } from "../../errors.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * The elements of the array that is a JSON text, one after the other: a list may be larger than memory.
 *
 * @throws StatesError States.ItemReaderFailed if the text is no array, or not JSON.
 */
export async function* jsonItems(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  let hasStarted = false;
  let pieces: Uint8Array[] = [];
  for await (const piece of bytes) {
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at]!;
      if (!hasStarted) {
        if (SPACE.has(byte) || byte >= 0xbb) continue;
        if (byte !== 0x5b) throw notIterable();
        hasStarted = true;
        depth = 1;
        from = at + 1;
      } else if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) isInString = false;
      } else if (byte === QUOTE) isInString = true;
      else if (OPENING.has(byte)) depth += 1;
      else if (CLOSING.has(byte)) depth -= 1;
      if (hasStarted && !isInString && ((byte === COMMA && depth === 1) || (depth === 0 && CLOSING.has(byte)))) {
        const text = Buffer.concat([...pieces, piece.subarray(from, at)]).toString();
        pieces = [];
        from = at + 1;
        if (text.trim() !== "") yield parseItem(text);
        if (depth === 0) return;
      }
    }
    if (hasStarted) pieces.push(piece.subarray(from));
  }
  throw hasStarted ? notJson("the list does not end") : notIterable();
}

/** One JSON value a line; empty lines are skipped. */
export async function* jsonLineItems(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  for await (const line of linesOf(bytes)) if (line.trim() !== "") yield parseItem(line);
}

/** The lines of a text, without their ends. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of bytes) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield line.replace(/\r$/, "");
  }
  rest += decoder.decode();
  if (rest !== "") yield rest.replace(/\r$/, "");
}

/** The value at a JSON pointer of a document that is read whole. */
export async function jsonAt(bytes: AsyncIterable<Uint8Array>, pointer: string): Promise<unknown> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  let value = parseItem(Buffer.concat(pieces).toString());
  for (const step of pointer.split("/").slice(1)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) {
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
    return JSON.parse(text);
  } catch (error) {
    throw notJson((error as Error).message);
  }
}
