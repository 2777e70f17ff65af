/** Which places belong to a function, and which are tail calls of another. */

import { wordAt } from "../image.ts";
import type { FlowTarget, ProgramImage } from "../program.ts";
import type { FlowMap } from "./terminator.ts";

export interface FunctionExtent {
  readonly image: ProgramImage;
  readonly start: number;
  /** Past the last byte of the function's own range. */
  readonly end: number;
  /** Whether a known function starts there. */
  readonly startsFunction: (address: number) => boolean;
  /** Whether the call at the address is known never to return. */
  readonly isEndlessCall?: (address: number) => boolean;
  /** Whether data or code outside names the address: what padding after a call then leads to is likely the next function. */
  readonly isNamed?: (address: number) => boolean;
  /** Whether code after a call looks like the next function, so that the call is likely one that never returns. */
  readonly looksLikeNext?: (address: number) => boolean;
}

/** What exploring a function asks of the program around it. */
export interface Surroundings extends Omit<FunctionExtent, "start" | "end"> {
  /** Whether the address lies in the function's own range. */
  readonly isOwn: (address: number) => boolean;
}

/** Alignment puts at most this many bytes of `nop` between two functions. */
const MAXIMUM_PADDING = 256;

/**
 * Inside its range flow stays in the function. Elsewhere a known function's start is a tail call, and any other code
 * is taken into the function: a tail it shares, or a part the compiler placed apart.
 */
export function flowMapOf({ image, isOwn, startsFunction, ...guesses }: Surroundings): FlowMap {
  const jumpTo = (address: number): FlowTarget => ({
    kind: isOwn(address) || !startsFunction(address) ? "block" : "function",
    address,
  });
  const padded = (address: number): number => {
    let next = address;
    while (next - address < MAXIMUM_PADDING && !startsFunction(next) && wordAt(image, next) === 0) next += 4;
    return next;
  };
  const isPaddingToNamed = (address: number): boolean => {
    if (guesses.isNamed === undefined || wordAt(image, address) !== 0) return false;
    return guesses.isNamed(padded(address));
  };
  const continueAt = (address: number, isAfterCall: boolean): FlowTarget => {
    if (isOwn(address)) {
      const isCut =
        isAfterCall &&
        (guesses.isEndlessCall?.(address - 8) || guesses.looksLikeNext?.(address) || isPaddingToNamed(address));
      return { kind: isCut ? "function" : "block", address };
    }
    const next = padded(address);
    if (startsFunction(next)) return { kind: "function", address: next };
    // A call at the very end does not return: what follows is no part of this function, and of no other that is known.
    return { kind: isAfterCall ? "function" : "block", address };
  };
  return { jumpTo, continueAt };
}
