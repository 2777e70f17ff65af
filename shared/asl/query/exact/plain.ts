import { hasOwnOrder, ordersMade } from "./key-order.ts";
import { ExactNumber, exactNumbersMade } from "./number.ts";

/** Of values that were asked for, which several fields of a state may be. */
const known = new WeakMap<object, unknown>();

/**
 * A value as `JSON.parse` would have given it, for those who know nothing of exact numbers: expressions in JSONata and functions
 * of this process. What is plain already is shared.
 */
export function plainJson(value: unknown): unknown {
  if (typeof value !== "object" || value === null || exactNumbersMade() + ordersMade() === 0) return value;
  let plain = known.get(value);
  if (plain === undefined) {
    plain = plainValue(value, new Map());
    known.set(value, plain);
  }
  return plain;
}

/** @param seen what is plain of the containers so far: a small value that shares its children may be endless to walk */
function plainValue(value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof ExactNumber) return value.double;
  let plain = seen.get(value);
  if (plain === undefined) {
    plain = plainContainer(value, seen);
    seen.set(value, plain);
  }
  return plain;
}

function plainContainer(value: object, seen: Map<object, unknown>): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => plainValue(item, seen));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  const entries = Object.entries(value);
  const fields = entries.map(([key, field]) => [key, plainValue(field, seen)] as const);
  const isPlain = !hasOwnOrder(value) && fields.every(([, field], at) => field === entries[at]![1]);
  return isPlain ? value : Object.fromEntries(fields);
}
