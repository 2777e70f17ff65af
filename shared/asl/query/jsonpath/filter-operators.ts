import { CHARACTERS_PER_STEP, stepsOfSearch } from "../isolation/steps.ts";
import { isObject, isSameJson } from "../json.ts";
import { visit, visitKeys } from "./visits.ts";

/** Answers for two values; undefined is a path that selected nothing. */
type FilterOperator = (left: unknown, right: unknown) => boolean;

/** The comparison operators of a filter in the Jayway dialect. */
export const filterOperators: Readonly<Record<string, FilterOperator>> = {
  "==": isEqual,
  "!=": (left, right) => !isEqual(left, right),
  "===": (left, right) => typeof left === typeof right && isEqual(left, right),
  "!==": (left, right) => !(typeof left === typeof right && isEqual(left, right)),
  "<": (left, right) => isOrdered(left, right, (order) => order < 0),
  "<=": (left, right) => isOrdered(left, right, (order) => order <= 0),
  ">": (left, right) => isOrdered(left, right, (order) => order > 0),
  ">=": (left, right) => isOrdered(left, right, (order) => order >= 0),
  "=~": (left, right) => right instanceof RegExp && typeof left === "string" && matches(left, right),
  in: (left, right) => isIn(left, right),
  nin: (left, right) => !isIn(left, right),
  contains: (left, right) =>
    typeof left === "string" ? typeof right === "string" && includes(left, right) : isIn(right, left),
  anyof: (left, right) => list(left).some((item) => isIn(item, right)),
  noneof: (left, right) => !list(left).some((item) => isIn(item, right)),
  subsetof: (left, right) => Array.isArray(left) && left.every((item) => isIn(item, right)),
  all: (left, right) => list(right).every((item) => isIn(item, left)),
  size: (left, right) => length(left) === right,
  empty: (left, right) => length(left) !== undefined && (length(left) === 0) === right,
};

/** A number and the text of that number are equal in this dialect: `@.status == '200'` matches 200. */
function isEqual(left: unknown, right: unknown): boolean {
  if (typeof left === "number" && typeof right === "string") return String(left) === right;
  if (typeof left === "string" && typeof right === "number") return left === String(right);
  visitTexts(left, right);
  return left !== undefined && isSameJson(left, right, visit);
}

function isOrdered(left: unknown, right: unknown, holds: (order: number) => boolean): boolean {
  if (typeof left === "number" && typeof right === "number") return holds(left - right);
  visitTexts(left, right);
  if (typeof left === "string" && typeof right === "string") return holds(left < right ? -1 : left > right ? 1 : 0);
  return false;
}

function isIn(value: unknown, candidates: unknown): boolean {
  visit(1);
  return list(candidates).some((candidate) => isEqual(value, candidate));
}

function matches(text: string, pattern: RegExp): boolean {
  visit(text.length);
  return pattern.test(text);
}

function includes(text: string, part: string): boolean {
  visit(stepsOfSearch(text.length, part.length));
  return text.includes(part);
}

function visitTexts(left: unknown, right: unknown): void {
  if (typeof left !== "string" || typeof right !== "string") return;
  const length = Math.min(left.length, right.length);
  if (length > CHARACTERS_PER_STEP) visit(length / CHARACTERS_PER_STEP);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function length(value: unknown): number | undefined {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return isObject(value) ? visitKeys(value).length : undefined;
}
