import { parseExact, stringifyExact } from "../query/index.ts";

/** Deeper values are left to JSON, which also finds cycles; so is what is to keep its spelling or the order of its keys. */
const DEEPEST = 200;

/** Thrown where a value is not made of plain objects, lists and scalars only. */
const NOT_PLAIN = Symbol("not plain");

/**
 * A value as JSON gives it back: a copy nobody else holds.
 *
 * @throws TypeError if JSON cannot say it: a cycle, a BigInt, a function.
 */
export function jsonCopy(value: unknown): unknown {
  try {
    return copy(value, 0);
  } catch (thrown) {
    if (thrown !== NOT_PLAIN) throw thrown;
  }
  const text: string | undefined = stringifyExact(value);
  if (text === undefined) throw new TypeError(`a ${typeof value} is not JSON`);
  return parseExact(text);
}

function copy(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      // JSON has no -0; adding 0 makes it 0 and leaves every other number.
      return Number.isFinite(value) ? value + 0 : null;
    case "object":
      break;
    default:
      throw NOT_PLAIN;
  }
  if (value === null) return null;
  if (depth >= DEEPEST) throw NOT_PLAIN;
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    for (let index = 0; index < value.length; index++) list.push(copy(value[index], depth + 1));
    return list;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw NOT_PLAIN;
  const object: Record<string, unknown> = {};
  for (const key in value) {
    if (key === "__proto__") throw NOT_PLAIN;
    object[key] = copy((value as Readonly<Record<string, unknown>>)[key], depth + 1);
  }
  return object;
}
