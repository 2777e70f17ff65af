/** What {@link writeSmallJson} answers where it leaves a value to `JSON.stringify`. */
export const NOT_SMALL = -1;

const [QUOTE, COMMA, MINUS, ZERO, COLON, BACKSLASH] = [0x22, 0x2c, 0x2d, 0x30, 0x3a, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const [FIRST_PRINTABLE, LAST_PRINTABLE] = [0x20, 0x7e];

/**
 * Writes a value as the bytes of its JSON text, as long as it is made of plain objects, lists, scalars and text that needs no
 * escape. For the small payloads that most are, that takes a third of making a string and turning it into bytes.
 *
 * @param end where to stop at the latest
 * @returns the position behind it, or {@link NOT_SMALL}: what then stands behind `at` means nothing
 */
export function writeSmallJson(bytes: Uint8Array, at: number, end: number, value: unknown): number {
  switch (typeof value) {
    case "number":
      return (value | 0) === value ? writeWhole(bytes, at, end, value) : writeScalar(bytes, at, end, value);
    case "string":
      return writeText(bytes, at, end, value);
    case "object":
      break;
    case "boolean":
      return writeScalar(bytes, at, end, value);
    default:
      return NOT_SMALL;
  }
  if (value === null) return writeScalar(bytes, at, end, value);
  if (Array.isArray(value)) return writeList(bytes, at, end, value);
  // What has another prototype may say by `toJSON` what it is.
  return Object.getPrototypeOf(value) === Object.prototype ? writeObject(bytes, at, end, value) : NOT_SMALL;
}

function writeList(bytes: Uint8Array, start: number, end: number, list: readonly unknown[]): number {
  let at = start;
  if (end - at < 2) return NOT_SMALL;
  bytes[at++] = OPEN_LIST;
  for (let index = 0; index < list.length; index++) {
    if (index > 0) bytes[at++] = COMMA;
    at = writeSmallJson(bytes, at, end, list[index]);
    if (at === NOT_SMALL || at >= end) return NOT_SMALL;
  }
  bytes[at] = CLOSE_LIST;
  return at + 1;
}

function writeObject(bytes: Uint8Array, start: number, end: number, object: object): number {
  let at = start;
  if (end - at < 2) return NOT_SMALL;
  bytes[at++] = OPEN_OBJECT;
  let isFirst = true;
  for (const key in object) {
    if (!isFirst) bytes[at++] = COMMA;
    isFirst = false;
    at = writeText(bytes, at, end, key);
    if (at === NOT_SMALL || at >= end) return NOT_SMALL;
    bytes[at++] = COLON;
    at = writeSmallJson(bytes, at, end, (object as Readonly<Record<string, unknown>>)[key]);
    if (at === NOT_SMALL || at >= end) return NOT_SMALL;
  }
  bytes[at] = CLOSE_OBJECT;
  return at + 1;
}

function writeText(bytes: Uint8Array, start: number, end: number, text: string): number {
  let at = start;
  if (end - at < text.length + 2) return NOT_SMALL;
  bytes[at++] = QUOTE;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < FIRST_PRINTABLE || unit > LAST_PRINTABLE || unit === QUOTE || unit === BACKSLASH) return NOT_SMALL;
    bytes[at++] = unit;
  }
  bytes[at] = QUOTE;
  return at + 1;
}

/** A number, `true`, `false` or `null`. */
function writeScalar(bytes: Uint8Array, at: number, end: number, value: number | boolean | null): number {
  const text = typeof value === "number" && !Number.isFinite(value) ? "null" : String(value);
  if (end - at < text.length) return NOT_SMALL;
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
  return at + text.length;
}

/** A whole number of 32 bits. */
function writeWhole(bytes: Uint8Array, start: number, end: number, value: number): number {
  let at = start;
  let rest = value;
  if (rest < 0) {
    if (at >= end) return NOT_SMALL;
    bytes[at++] = MINUS;
    rest = -rest;
  }
  const behind = at + digitsOf(rest);
  if (behind > end) return NOT_SMALL;
  for (let place = behind - 1; place >= at; place--) {
    const tenth = Math.floor(rest / 10);
    bytes[place] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  return behind;
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits += 1;
  return digits;
}
