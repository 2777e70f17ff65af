import type { Query, Scope } from "../scope.ts";

/** Steps that one query may take between two looks at the rest of the process: a few milliseconds. */
export const stepsInProcess = 50_000;

/** The steps that were granted are used up. */
export class StepsExceeded extends Error {
  constructor() {
    super("The query took more steps than it was granted");
    this.name = "StepsExceeded";
  }
}

/** What counts the steps of a query. A query is never interrupted by another that it counts. */
export interface StepCounter {
  /** Steps that are left of those granted. */
  left: number;
}

/** Characters that V8 copies or compares in about the time of one step. */
export const CHARACTERS_PER_STEP = 64;

/** Pairs of characters that a search may compare in the time of one step, where text and pattern are at their worst. */
const COMPARISONS_PER_STEP = 256;

/** Steps of looking for a text in another one. */
export function stepsOfSearch(length: number, width: number): number {
  return length / CHARACTERS_PER_STEP + (length * Math.min(width, length)) / COMPARISONS_PER_STEP;
}

/** Evaluations that go to the thread at once after one that took too many steps: the next are likely to be as long. */
const MOVED_IN_A_ROW = 100;

/** Takes what a query is known to cost, if it may be evaluated here. */
export function takeSteps({ evaluations }: Scope, steps: number): boolean {
  if (steps > Math.min(stepsInProcess, evaluations?.steps ?? stepsInProcess)) return false;
  if (evaluations !== undefined) evaluations.steps -= steps;
  return true;
}

/** A query that is evaluated here for as many steps as it is granted, and what takes more apart. */
export function hereOrApart(counter: StepCounter, here: Query, apart: Query): Query {
  let toMove = 0;
  return (scope) => {
    if (toMove > 0) {
      toMove -= 1;
      return apart(scope);
    }
    const { evaluations } = scope;
    const granted = Math.min(stepsInProcess, evaluations?.steps ?? stepsInProcess);
    counter.left = granted;
    try {
      return here(scope);
    } catch (error) {
      if (!(error instanceof StepsExceeded)) throw error;
    } finally {
      if (evaluations !== undefined) evaluations.steps -= granted - counter.left;
      counter.left = Number.MAX_SAFE_INTEGER;
    }
    toMove = MOVED_IN_A_ROW;
    return apart(scope);
  };
}
