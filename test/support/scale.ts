import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** What all that is random in the tests follows from. */
    seed: number;
    /** Whether this is the whole of the tests, or what a developer runs. */
    isWhole: boolean;
  }
}

/**
 * How many cases to try of a test that generates or enumerates them: all of them in `npm run test:full`, and one in so many in
 * `npm test`, which has two minutes for everything.
 */
export function oneIn(many: number): number {
  return inject("isWhole") ? 1 : many;
}

/** Some of these cases, one in so many in `npm test`: which ones follows from the seed, so that all have their turn. */
export function someOf<Case>(cases: readonly Case[], many: number): readonly Case[] {
  const step = oneIn(many);
  return cases.filter((_, index) => index % step === inject("seed") % step);
}
