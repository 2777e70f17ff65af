/**
 * Code that no known function reaches. Compilers lay functions out one after the other, so the first instruction past
 * a function and its padding starts the next one, and tracing from there shows where that one ends.
 */

import { isCodeAddress, lastStartingAtOrBefore, wordAt } from "../image.ts";
import type { CodePointer } from "./code-pointers.ts";
import type { Coverage } from "./coverage.ts";
import { callsEndless, type Discovery, orderOf } from "./discovery.ts";
import { traceGuess } from "./explorations.ts";
import { looksLikeNextFunction, looksLikePrologue } from "./prologue.ts";

/** A guess is traced no further than this many instructions, and all guesses together no further than this. */
const MAXIMUM_GUESS = 20_000;
const MAXIMUM_GUESSES = 4_000_000;

/**
 * Starts of unreached functions that a pointer names: one in the data or spelt out by code or, when there is none of
 * those any more, one between the functions (a file without sections keeps constants there).
 */
export function startsInGaps(discovery: Discovery, pointers: readonly CodePointer[]): number[] {
  const { image, likelyStarts } = discovery;
  const { guesses, covered } = guessFunctions(discovery);
  const named = guesses.filter((address) => likelyStarts.has(address));
  if (named.length > 0) return named;
  const between = new Set(
    pointers
      .filter(({ location }) => location !== undefined && isCodeAddress(image, location) && !covered.has(location))
      .map(({ target }) => target),
  );
  return guesses.filter((address) => between.has(address));
}

/** Where functions seem to start in code that nothing reaches, and all code that is reached then. */
function guessFunctions(discovery: Discovery): { readonly guesses: readonly number[]; readonly covered: Coverage } {
  const { image, starts, traces, likelyStarts } = discovery;
  const covered = discovery.covered.copy();
  const { sorted } = orderOf(discovery);
  const guesses: number[] = [];
  let budget = MAXIMUM_GUESSES;

  /** A jump whose table is unknown may lead to what follows its function: then only a prologue starts another. */
  const followsUnknownJump = (address: number): boolean => {
    const before = sorted[lastStartingAtOrBefore(sorted, address, (start) => start)];
    return before !== undefined && traces.get(before)?.hasUnknownJump === true;
  };

  for (const range of image.codeRanges) {
    for (let address = range.start; address < range.end && budget > 0; ) {
      if (covered.has(address) || wordAt(image, address) === 0) {
        address += 4;
        continue;
      }
      const next = sorted[lastStartingAtOrBefore(sorted, address, (start) => start) + 1] ?? range.end;
      const start = address;
      const guess = traceGuess(
        discovery.guesses,
        {
          image,
          start,
          end: Math.min(next, range.end),
          startsFunction: (place) => starts.has(place),
          isEndlessCall: (call) => callsEndless(discovery, call),
          isNamed: (place) => likelyStarts.has(place),
          looksLikeNext: (place) => likelyStarts.has(place) || looksLikeNextFunction(image, start, place),
        },
        MAXIMUM_GUESS,
      );
      budget -= guess.own.size + guess.foreign.size + 1;
      if (guess.hasObstacle) {
        address = guess.firstRunEnd;
        continue;
      }
      if (looksLikePrologue(image, address) || !followsUnknownJump(address)) guesses.push(address);
      covered.add(guess.own);
    }
  }
  return { guesses, covered };
}
