/**
 * What tracing functions found in an image, kept for who looks at them again: the next round of a search, and the lift.
 * An exploration follows from the image and from the answers to what it asked of the program around its function; where
 * all of these are the same it would find the same, and is not made again.
 */

import type { BasicBlock, JumpTable, ProgramImage } from "../program.ts";
import { type Bounds, wouldAnswer } from "./answers.ts";
import type { FunctionExtent } from "./flow-map.ts";
import { type Trace, type TracedFunction, traceFunction } from "./trace.ts";

interface Kept extends TracedFunction {
  /** Whether a symbol bounds the function, so that nothing was guessed from what code looks like. */
  readonly isSized: boolean;
}

interface Known {
  /** More than one of a start where a search learnt, after one, what changes an answer: it will ask both ways again. */
  readonly byStart: Map<number, Kept[]>;
  instructions: number;
}

/** Of one image so many instructions are kept, in about 200 bytes each; functions past that are explored anew each time. */
const MOST_INSTRUCTIONS = 300_000;

const knownOf = new WeakMap<ProgramImage, Known>();

function explorationsOf({ image, start }: Pick<FunctionExtent, "image" | "start">): readonly Kept[] {
  return knownOf.get(image)?.byStart.get(start) ?? [];
}

/**
 * Traces a function, unless that was done before, in no more instructions than the maximum, with the same answers.
 * @param maximumInstructions stop after about this many
 */
export function traceOnce(extent: FunctionExtent, maximumInstructions?: number): Trace {
  return tracedOnce(extent, maximumInstructions).trace;
}

function tracedOnce(
  extent: FunctionExtent,
  maximumInstructions = Number.POSITIVE_INFINITY,
): Pick<TracedFunction, "trace" | "answers"> {
  const isSized = extent.looksLikeNext === undefined;
  const known = explorationsOf(extent).find(
    (each) => each.isSized === isSized && each.instructions <= maximumInstructions && wouldAnswer(extent, each.answers),
  );
  if (known !== undefined) return known;
  const exploration = traceFunction(extent, maximumInstructions);
  // One that the maximum cut short is none that another maximum would give.
  if (exploration.instructions <= maximumInstructions) keep(extent, { ...exploration, isSized });
  return exploration;
}

/** What tracing found where a search guessed that functions are, by start: as long as the search goes on, however many they are. */
export type Guesses = Map<number, Pick<TracedFunction, "trace" | "answers">>;

/** The same as `traceOnce`, for a guess that a search makes again and again, always with this maximum. */
export function traceGuess(guesses: Guesses, extent: FunctionExtent, maximumInstructions: number): Trace {
  const known = guesses.get(extent.start);
  if (known !== undefined && wouldAnswer(extent, known.answers)) return known.trace;
  const { trace, answers } = tracedOnce(extent, maximumInstructions);
  guesses.set(extent.start, { trace, answers });
  return trace;
}

function keep({ image, start }: FunctionExtent, exploration: Kept): void {
  const known = knownOf.get(image) ?? { byStart: new Map(), instructions: 0 };
  knownOf.set(image, known);
  if (known.instructions + exploration.instructions > MOST_INSTRUCTIONS) return;
  known.instructions += exploration.instructions;
  const ofStart = known.byStart.get(start);
  if (ofStart === undefined) known.byStart.set(start, [exploration]);
  else ofStart.push(exploration);
}

/** The blocks of a function as the lift would find them, where tracing it once took the same ways. */
export function knownBlocks(
  extent: Pick<FunctionExtent, "image" | "start"> & Bounds,
  jumpTables: readonly JumpTable[],
): readonly BasicBlock[] | undefined {
  return explorationsOf(extent).find(
    ({ answers, blocks, trace: { own, foreign } }) =>
      blocks !== undefined &&
      !jumpTables.some(({ jump }) => own.has(jump) || foreign.has(jump)) &&
      wouldAnswer(extent, answers),
  )?.blocks;
}
