import { stringifyExact } from "./exact/json.ts";
import { isExactNumber } from "./exact/number.ts";
import { javaText } from "./java/text.ts";
import { deepestJson } from "./json.ts";

/**
 * Bytes of a value's JSON text in UTF-8, counted without writing it: what the value shares counts as often as it appears.
 *
 * @returns any number above `limit` as soon as that is passed, or the value is too deep
 */
export function jsonBytes(value: unknown, limit: number = Number.POSITIVE_INFINITY, depth = 0): number {
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
  if (isExactNumber(value)) return value.spelling.length;
  if (depth === deepestJson) return limit + 1;
  return Array.isArray(value)
    ? listBytes(value, limit, depth + 1)
    : objectBytes(value as Readonly<Record<string, unknown>>, limit, depth + 1);
}

function listBytes(list: readonly unknown[], limit: number, depth: number): number {
  let bytes = Math.max(2, list.length + 1);
  for (const item of list) {
    bytes += jsonBytes(item, limit - bytes, depth);
    if (bytes > limit) break;
  }
  return bytes;
}

function objectBytes(object: Readonly<Record<string, unknown>>, limit: number, depth: number): number {
  let bytes = 1;
  for (const key in object) {
    const value = object[key];
    if (value === undefined) continue;
    bytes += textBytes(key) + 2;
    bytes += jsonBytes(value, limit - bytes, depth);
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
export const shownJson = (value: unknown): string => shownAs(stringifyExact, value);

/** The same, as Java prints a value: text without quotes, `{name=value}`. */
export const shownText = (value: unknown): string => shownAs(javaText, value);

function shownAs(write: (value: unknown) => string, value: unknown): string {
  return jsonBytes(value, MOST_SHOWN) > MOST_SHOWN ? `(more than ${MOST_SHOWN} bytes of JSON)` : write(value);
}

/** A string is at most this many bytes for each UTF-16 unit as JSON text: a control character, `\u0001`. */
const MOST_BYTES_PER_UNIT = 6;
const MOST_BYTES_PER_SCALAR = 25;
/**
 * Containers with this many children are remembered, so that a large value passed along is measured once, and looked up by
 * the time that they turn out to be so large: looking costs as much as measuring a small one.
 */
const LARGE = 64;

interface Measured {
  readonly bytes: number;
  /** Levels of lists and objects, this one included. */
  readonly height: number;
}

const measured = new WeakMap<object, Measured>();

/** The height of the value that was measured last. */
let height = 0;

/** An upper bound of the bytes, or any number above `budget` once it is passed, or the value is too deep. */
export function mostBytes(value: unknown, budget: number, depth = 0): number {
  height = 0;
  if (typeof value === "string") return value.length * MOST_BYTES_PER_UNIT + 2;
  if (typeof value !== "object" || value === null) return MOST_BYTES_PER_SCALAR;
  if (depth === deepestJson) return isExactNumber(value) ? value.spelling.length : tooDeep(budget);
  let bytes = 2;
  let children = 0;
  let below = 0;
  if (Array.isArray(value)) {
    const known = value.length >= LARGE ? measured.get(value) : undefined;
    if (known !== undefined) return knownBytes(known, budget, depth);
    for (const item of value) {
      // Scalars, most of what there is, are counted here: a call of its own costs more than the counting.
      if (typeof item === "string") bytes += item.length * MOST_BYTES_PER_UNIT + 3;
      else if (typeof item !== "object" || item === null) bytes += MOST_BYTES_PER_SCALAR + 1;
      else {
        bytes += mostBytes(item, budget - bytes, depth + 1) + 1;
        if (height > below) below = height;
      }
      if (bytes > budget) return bytes;
    }
    children = value.length;
  } else {
    for (const key in value) {
      const item = (value as Record<string, unknown>)[key];
      bytes += key.length * MOST_BYTES_PER_UNIT + 4;
      if (typeof item === "string") bytes += item.length * MOST_BYTES_PER_UNIT + 2;
      else if (typeof item !== "object" || item === null) bytes += MOST_BYTES_PER_SCALAR;
      else {
        bytes += mostBytes(item, budget - bytes, depth + 1);
        if (height > below) below = height;
      }
      if (bytes > budget) return bytes;
      children += 1;
      const known = children === LARGE ? measured.get(value) : undefined;
      if (known !== undefined) return knownBytes(known, budget, depth);
    }
  }
  // An exact number is bounded by its two fields, which takes less time than to ask each object if it is one.
  height = children === 2 && isExactNumber(value) ? 0 : below + 1;
  if (children >= LARGE) measured.set(value, { bytes, height });
  return bytes;
}

function knownBytes(known: Measured, budget: number, depth: number): number {
  height = known.height;
  return depth + height > deepestJson ? tooDeep(budget) : known.bytes;
}

function tooDeep(budget: number): number {
  height = deepestJson + 1;
  return budget + 1;
}

/** Whether the value that was measured last was too deep. */
export function wasTooDeep(): boolean {
  return height > deepestJson;
}
