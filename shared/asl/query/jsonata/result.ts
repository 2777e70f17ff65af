import { isObject, setOwn } from "../json.ts";
import { EvaluationFailure, unsupportedResult } from "./failure.ts";
import { meter } from "./library.ts";
import { isCode } from "./meter.ts";

/**
 * A result of the library as plain JSON: no sequence marks, which would change how a later expression reads the list;
 * no functions within lists and objects; and numbers that JSON lacks as the text that AWS writes for them, such as
 * `"Infinity"`. What is plain already is shared. Each value is a step, as often as it appears.
 *
 * @throws EvaluationFailure if the result itself is a function
 */
export function toPlainJson(value: unknown): unknown {
  if (isFunction(value)) throw new EvaluationFailure(unsupportedResult);
  return plainValue(value);
}

const isFunction = (value: unknown): boolean => typeof value === "function" || (isObject(value) && isCode(value));

function plainValue(value: unknown): unknown {
  meter.charge(1);
  if (typeof value === "string") meter.text(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return plainArray(value);
  if (isFunction(value)) return undefined;
  return isObject(value) ? plainObject(value) : value;
}

function plainArray(items: readonly unknown[]): unknown[] {
  const plain = items.map((item) => plainValue(item) ?? null);
  const isPlain = Object.keys(items).length === items.length && !Object.hasOwn(items, "cons");
  return isPlain && plain.every((item, index) => item === items[index]) ? (items as unknown[]) : plain;
}

function plainObject(value: Readonly<Record<string, unknown>>): unknown {
  let isPlain = Object.getPrototypeOf(value) === Object.prototype;
  const plain: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    const plainField = plainValue(field);
    if (plainField !== field) isPlain = false;
    if (plainField !== undefined) setOwn(plain, key, plainField);
  }
  return isPlain ? value : plain;
}
