/**
 * Bytes of a value's JSON text in UTF-8, counted without writing it: what the value shares counts as often as it appears.
 *
 * @returns any number above `limit` as soon as that is passed
 */
export function jsonBytes(value: unknown, limit: number = Number.POSITIVE_INFINITY): number {
  switch (typeof value) {
    case "string":
      return value.length > limit ? value.length : textBytes(value);
    case "number":
      return Number.isFinite(value) ? String(value + 0).length : 4;
    case "boolean":
      return value ? 4 : 5;
    case "object":
      break;
    default:
      return 4;
  }
  if (value === null) return 4;
  return Array.isArray(value)
    ? listBytes(value, limit)
    : objectBytes(value as Readonly<Record<string, unknown>>, limit);
}

function listBytes(list: readonly unknown[], limit: number): number {
  let bytes = Math.max(2, list.length + 1);
  for (const item of list) {
    bytes += jsonBytes(item, limit - bytes);
    if (bytes > limit) break;
  }
  return bytes;
}

function objectBytes(object: Readonly<Record<string, unknown>>, limit: number): number {
  let bytes = 1;
  for (const key in object) {
    const value = object[key];
    if (value === undefined) continue;
    bytes += textBytes(key) + 2;
    bytes += jsonBytes(value, limit - bytes);
    if (bytes > limit) return bytes;
  }
  return Math.max(2, bytes);
}

/** Quotes, backslashes, control characters and lone halves of pairs are written as more. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about those.
const WRITTEN_OTHERWISE = /["\\\u0000-\u001f\ud800-\udfff]/;

function textBytes(text: string): number {
  return WRITTEN_OTHERWISE.test(text) ? Buffer.byteLength(JSON.stringify(text)) : Buffer.byteLength(text) + 2;
}

/** Bytes of a value that a cause shows. */
const MOST_SHOWN = 262_144;

/** A value as a cause shows it: its JSON text, if that is not out of proportion. */
export function shownJson(value: unknown): string {
  if (jsonBytes(value, MOST_SHOWN) > MOST_SHOWN) return `(more than ${MOST_SHOWN} bytes of JSON)`;
  return JSON.stringify(value);
}
