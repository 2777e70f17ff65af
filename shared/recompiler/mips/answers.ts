/** What exploring a function asks of the program around it, and what it was answered. */

import type { FunctionExtent, Surroundings } from "./flow-map.ts";

/** What was asked of the program around a function, and answered. */
export interface Answers {
  /** The range was asked for up to here (this address lies inside), and from here on (this one lies past the end). */
  lastInside: number;
  firstPast: number;
  readonly startsFunction: Map<number, boolean>;
  readonly isEndlessCall: Map<number, boolean>;
  /** Something was taken for the next function, or a call for one that never returns: the lift does not guess. */
  hasGuessed: boolean;
}

export interface Exploring {
  readonly answers: Answers;
  /** Answers as the extent does, and notes what it answered. */
  readonly surroundings: Surroundings;
}

export function exploring(extent: FunctionExtent): Exploring {
  const { start, end, isEndlessCall, isNamed, looksLikeNext } = extent;
  const answers: Answers = {
    lastInside: start,
    firstPast: Number.POSITIVE_INFINITY,
    startsFunction: new Map(),
    isEndlessCall: new Map(),
    hasGuessed: false,
  };
  const surroundings: Surroundings = {
    image: extent.image,
    isOwn(address) {
      if (address < start) return false;
      if (address < end) answers.lastInside = Math.max(answers.lastInside, address);
      else answers.firstPast = Math.min(answers.firstPast, address);
      return address < end;
    },
    startsFunction(address) {
      const does = extent.startsFunction(address);
      answers.startsFunction.set(address, does);
      return does;
    },
    ...(isEndlessCall && {
      isEndlessCall(call) {
        const is = isEndlessCall(call);
        answers.isEndlessCall.set(call, is);
        answers.hasGuessed ||= is;
        return is;
      },
    }),
    ...(isNamed && {
      isNamed(address) {
        const is = isNamed(address);
        answers.hasGuessed ||= is;
        return is;
      },
    }),
    ...(looksLikeNext && {
      looksLikeNext(address) {
        const does = looksLikeNext(address);
        answers.hasGuessed ||= does;
        return does;
      },
    }),
  };
  return { answers, surroundings };
}

/** What the lift wants to know of a function's bounds. */
export type Bounds = Pick<FunctionExtent, "end" | "startsFunction">;

/** What code looks like is not asked again: it follows from the image alone. */
export function wouldAnswer(
  { end, startsFunction, isEndlessCall }: Bounds & Partial<FunctionExtent>,
  answers: Answers,
): boolean {
  if (answers.lastInside >= end || answers.firstPast < end) return false;
  for (const [address, does] of answers.startsFunction) if (startsFunction(address) !== does) return false;
  for (const [call, is] of answers.isEndlessCall) if ((isEndlessCall?.(call) ?? false) !== is) return false;
  return true;
}
