import { isObject } from "../json.ts";
import type { PathFunctionName } from "./syntax.ts";
import { visit, visitKeys } from "./visits.ts";

/** A function at the end of a path. It gets the selected value and answers undefined where it has no answer. */
type PathFunction = (value: unknown, argument: number | undefined) => unknown;

/** The functions of the Jayway dialect that take a value or an index. */
export const pathFunctions: Readonly<Record<PathFunctionName, PathFunction>> = {
  avg: (value) => ofNumbers(value, (numbers) => sum(numbers) / numbers.length),
  first: (value) => element(value, 0),
  index: (value, argument) => element(value, argument ?? 0),
  keys: (value) => (isObject(value) ? visitKeys(value) : undefined),
  last: (value) => element(value, -1),
  length: size,
  max: (value) =>
    ofNumbers(value, (numbers) => numbers.reduce((most, number) => Math.max(most, number), Number.NEGATIVE_INFINITY)),
  min: (value) =>
    ofNumbers(value, (numbers) => numbers.reduce((least, number) => Math.min(least, number), Number.POSITIVE_INFINITY)),
  size,
  stddev: (value) => ofNumbers(value, standardDeviation),
  sum: (value) => ofNumbers(value, sum),
};

function size(value: unknown): unknown {
  if (Array.isArray(value) || typeof value === "string") return value.length;
  return isObject(value) ? visitKeys(value).length : undefined;
}

function element(value: unknown, index: number): unknown {
  return Array.isArray(value) ? value.at(index) : undefined;
}

function ofNumbers(value: unknown, reduce: (numbers: readonly number[]) => number): unknown {
  if (!Array.isArray(value)) return undefined;
  visit(value.length);
  const numbers = value.filter((item): item is number => typeof item === "number");
  return numbers.length === 0 ? undefined : reduce(numbers);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function standardDeviation(numbers: readonly number[]): number {
  const mean = sum(numbers) / numbers.length;
  return Math.sqrt(sum(numbers.map((number) => (number - mean) ** 2)) / numbers.length);
}
