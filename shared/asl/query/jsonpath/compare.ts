import { stringifyExact } from "../exact/json.ts";
import { asDouble } from "../exact/number.ts";
import { CHARACTERS_PER_STEP } from "../isolation/steps.ts";
import { PathFault } from "./path-fault.ts";
import { visit } from "./visits.ts";

/** What an operand gives: a JSON value, or a pattern. */
type Compared = unknown;

/** Answers for what stands left and right of the operator. @throws PathFault where the two cannot be compared at all */
type Comparison = (left: Compared, right: Compared) => boolean;

/** The comparison operators of a filter, in the order in which they are looked for. */
export const comparisons: Readonly<Record<string, Comparison>> = {
  "==": (left, right) => order(left, right) === 0,
  ">=": ordered((sign) => sign >= 0),
  "<=": ordered((sign) => sign <= 0),
  "!=": (left, right) => (order(left, right) ?? 0) !== 0,
  "<": ordered((sign) => sign < 0),
  ">": ordered((sign) => sign > 0),
  "=~": matches,
};

function ordered(holds: (sign: number) => boolean): Comparison {
  return (left, right) => {
    if ((left === null) !== (right === null)) return false;
    const sign = order(left, right);
    return sign !== undefined && holds(sign);
  };
}

/**
 * The sign of left against right; undefined for two values that have no order, of which no operator holds. A text on the
 * right is read as what stands on the left: a number, a boolean or null.
 */
function order(one: unknown, other: unknown): number | undefined {
  const [left, right] = [asDouble(one), asDouble(other)];
  if (left === right && !isContainer(left)) return 0;
  const [isLeftNull, isRightNull] = [isNull(left), isNull(right)];
  if (isLeftNull || isRightNull) return Number(isRightNull) - Number(isLeftNull);
  switch (typeof left) {
    case "string":
      return typeof right === "string" ? orderOfTexts(left, right.replaceAll("\\'", "'")) : undefined;
    case "number":
      if (typeof right === "number") return Math.sign(left - right);
      return typeof right === "string" ? Math.sign(left - numberIn(right)) : undefined;
    case "boolean":
      if (typeof right === "boolean") return Number(left) - Number(right);
      return typeof right === "string" ? Number(left) - Number(right.toLowerCase() === "true") : undefined;
    default:
      return undefined;
  }
}

function isContainer(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** The text `null` is null. */
function isNull(value: unknown): boolean {
  return value === null || value === "null";
}

/** By UTF-16 units, as Java's compareTo. */
function orderOfTexts(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  if (length > CHARACTERS_PER_STEP) visit(length / CHARACTERS_PER_STEP);
  return left < right ? -1 : Number(left > right);
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function numberIn(text: string): number {
  if (decimal.test(text)) return Number(text);
  throw new PathFault(`'${text}' is no number, which another is compared with`);
}

function matches(left: unknown, right: unknown): boolean {
  const [pattern, value] = left instanceof RegExp ? [left, right] : [right, left];
  if (pattern === null && value === null) return false;
  if (!(pattern instanceof RegExp)) throw new PathFault("=~ needs a pattern such as /a.*/ on one side");
  if (value === null) return false;
  const text = typeof value === "string" ? value : stringifyExact(value);
  visit(text.length);
  return pattern.test(text);
}
