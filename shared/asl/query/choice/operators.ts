import { asDouble } from "../exact/number.ts";
import { CHARACTERS_PER_STEP, stepsOfSearch } from "../isolation/steps.ts";
import { compareInstants, parseTimestamp } from "../timestamp.ts";
import { matchesWildcard } from "./wildcard.ts";

/** Answers false, never an error, for values of another type than the operator's. */
export type Comparison = (value: unknown, wanted: unknown) => boolean;

/** Operators that compare with a value. Each but StringMatches also exists with `Path` at the end of its name. */
export const comparisons: Readonly<Record<string, Comparison>> = {
  BooleanEquals: (value, wanted) => typeof value === "boolean" && value === wanted,
  NumericEquals: numbers((order) => order === 0),
  NumericGreaterThan: numbers((order) => order > 0),
  NumericGreaterThanEquals: numbers((order) => order >= 0),
  NumericLessThan: numbers((order) => order < 0),
  NumericLessThanEquals: numbers((order) => order <= 0),
  StringEquals: strings((order) => order === 0),
  StringGreaterThan: strings((order) => order > 0),
  StringGreaterThanEquals: strings((order) => order >= 0),
  StringLessThan: strings((order) => order < 0),
  StringLessThanEquals: strings((order) => order <= 0),
  StringMatches: (value, wanted) =>
    typeof value === "string" && typeof wanted === "string" && matchesWildcard(value, wanted),
  TimestampEquals: timestamps((order) => order === 0),
  TimestampGreaterThan: timestamps((order) => order > 0),
  TimestampGreaterThanEquals: timestamps((order) => order >= 0),
  TimestampLessThan: timestamps((order) => order < 0),
  TimestampLessThanEquals: timestamps((order) => order <= 0),
};

/** What an operator costs that compares texts, by their lengths; undefined of one that takes less than a step. */
export function stepsOfTexts(operator: string): ((length: number, wanted: number) => number) | undefined {
  if (operator === "StringMatches") return stepsOfSearch;
  if (!operator.startsWith("String")) return undefined;
  return (length, wanted) => Math.min(length, wanted) / CHARACTERS_PER_STEP;
}

/** Operators that ask for the type of a value that is there. IsPresent is not among them: it asks if it is there. */
export const typeTests: Readonly<Record<string, (value: unknown) => boolean>> = {
  IsBoolean: (value) => typeof value === "boolean",
  IsNull: (value) => value === null,
  IsNumeric: (value) => typeof asDouble(value) === "number",
  IsString: (value) => typeof value === "string",
  IsTimestamp: (value) => typeof value === "string" && parseTimestamp(value) !== undefined,
};

type Holds = (order: number) => boolean;

function numbers(holds: Holds): Comparison {
  return (value, wanted) => {
    const [left, right] = [asDouble(value), asDouble(wanted)];
    return typeof left === "number" && typeof right === "number" && holds(left - right);
  };
}

/** By UTF-16 units, as Java's compareTo. */
function strings(holds: Holds): Comparison {
  return (value, wanted) =>
    typeof value === "string" && typeof wanted === "string" && holds(value < wanted ? -1 : value > wanted ? 1 : 0);
}

function timestamps(holds: Holds): Comparison {
  return (value, wanted) => {
    const left = typeof value === "string" ? parseTimestamp(value) : undefined;
    const right = typeof wanted === "string" ? parseTimestamp(wanted) : undefined;
    return left !== undefined && right !== undefined && holds(compareInstants(left, right));
  };
}
