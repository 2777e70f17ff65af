import { isObject, leastJsonLength, setOwn } from "../json.ts";
import { MemoryExceeded } from "./failure.ts";
import { longestResult } from "./limits.ts";

/**
 * A result of the library as plain JSON: no sequence marks, which would change how a later expression reads the list;
 * no functions; and numbers that JSON lacks as the text that AWS writes for them, such as `"Infinity"`. What is plain
 * already is shared.
 *
 * @throws MemoryExceeded for what would be far too long as text; parts that are shared count as often as they are there
 */
export function toPlainJson(value: unknown): unknown {
  if (leastJsonLength(value, longestResult, isFunction) > longestResult) throw new MemoryExceeded();
  return plain(value);
}

function plain(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return plainArray(value);
  if (isObject(value)) return isFunction(value) ? undefined : plainObject(value);
  return typeof value === "function" ? undefined : value;
}

function plainArray(items: readonly unknown[]): unknown[] {
  const copy = items.map((item) => plain(item) ?? null);
  const isPlain = Object.keys(items).length === items.length && !Object.hasOwn(items, "cons");
  return isPlain && copy.every((item, index) => item === items[index]) ? (items as unknown[]) : copy;
}

function plainObject(value: Readonly<Record<string, unknown>>): unknown {
  let isPlain = Object.getPrototypeOf(value) === Object.prototype;
  const copy: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    const plainField = plain(field);
    if (plainField !== field) isPlain = false;
    if (plainField !== undefined) setOwn(copy, key, plainField);
  }
  return isPlain ? value : copy;
}

/** The library keeps functions as objects with one of these marks. */
function isFunction(value: object): boolean {
  const { _jsonata_function: isBuiltIn, _jsonata_lambda: isLambda } = value as Readonly<Record<string, unknown>>;
  return isBuiltIn === true || isLambda === true;
}
