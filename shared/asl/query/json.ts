import { hasOwnOrder, isIndexKey, objectInOrder } from "./exact/key-order.ts";
import { ExactNumber, isExactNumber } from "./exact/number.ts";
import { jsonFault } from "./json-fault.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isExactNumber(value);
}

/** The six types of JSON, by the names that causes use. */
export type JsonType = "array" | "boolean" | "null" | "number" | "object" | "string";

export function jsonType(value: unknown): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return value instanceof ExactNumber ? "number" : (typeof value as JsonType);
}

/**
 * Deepest nesting of lists and objects, in definitions and in payloads: where Jackson stops, which reads them in AWS. Whoever
 * walks a value may do so by recursion.
 */
export const deepestJson = 1_000;

/** Characters of the brackets alone of what is as deep as may be. */
const SHORTEST_DEEP = 2 * deepestJson;

/**
 * What `JSON.parse` gives: numbers are doubles. For a payload see `parsePayload`.
 *
 * @throws SyntaxError if the text is no JSON, in the words of AWS, or is nested too deep
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(jsonFault(text)?.message ?? (error as Error).message);
  }
  if (text.length > SHORTEST_DEEP && isDeeper(value, deepestJson)) throw new SyntaxError(tooDeepJson);
  return value;
}

export const tooDeepJson = `JSON is nested more than ${deepestJson} levels deep`;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const child of Array.isArray(value) ? value : Object.values(value)) if (isDeeper(child, levels - 1)) return true;
  return false;
}

/** Structural equality of plain values; the order of keys does not count. @param look told how many values are looked at next */
export function isSameJson(left: unknown, right: unknown, look: (count: number) => void = () => undefined): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    look(left.length);
    return left.every((item, index) => isSameJson(item, right[index], look));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  look(keys.length);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isSameJson(left[key], right[key], look))
  );
}

/**
 * Sets an own property, `__proto__` included: JSON may hold such a key, and plain assignment would change the
 * prototype instead.
 */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, configurable: true, enumerable: true, writable: true });
  } else target[key] = value;
}

/** A copy of an object with one field set, which is its last where it is new. */
export function withField(object: JsonObject | undefined, key: string, value: unknown): JsonObject {
  if (object !== undefined && (isIndexKey(key) || hasOwnOrder(object))) {
    return objectInOrder([...Object.entries(object), [key, value]]);
  }
  // Object.assign is several times faster than spreading and then adding, but would follow a `__proto__` key.
  const isPlain = object === undefined || !Object.hasOwn(object, "__proto__");
  const copy: Record<string, unknown> = isPlain ? Object.assign({}, object) : { ...object };
  setOwn(copy, key, value);
  return copy;
}
