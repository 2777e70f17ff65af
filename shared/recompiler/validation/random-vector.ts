/** Random inputs of a function, each made again from its lineage alone. */

import { ENABLES, INEXACT_FLAG, UNUSUAL } from "../float/status.ts";
import type { FloatControl } from "../lift/use.ts";
import { A0 } from "../machine.ts";
import type { Capture } from "../oracle/capture.ts";
import { FCSR } from "../register-file.ts";
import type { CodeHints } from "./code-hints.ts";
import { randomFrom } from "./random.ts";
import { FLOAT_PAIRS, setFloat } from "./random-floats.ts";
import { changedState, freshState, type RandomContext, type State } from "./random-state.ts";
import { BOUNDARY_PAIRS } from "./random-values.ts";
import type { Vector } from "./vector.ts";

/** The function that random inputs are made for. */
export interface RandomSubject {
  readonly address: number;
  /** Its captures, in order. */
  readonly captures: readonly Capture[];
  readonly hints: CodeHints;
}

/** Longer lineages are not continued: their states have little left of where they began. */
const LONGEST_LINEAGE = 8;

/** One state in so many has a pair of boundaries for neighbouring arguments. */
const BOUNDARIES_EVERY = 8;

/** Each pair in turn in the first two arguments, then in the next two. */
function withBoundaries(state: State, index: number): State {
  if (index % BOUNDARIES_EVERY !== BOUNDARIES_EVERY - 1) return state;
  const turn = (index - (BOUNDARIES_EVERY - 1)) / BOUNDARIES_EVERY;
  const pair = BOUNDARY_PAIRS[turn % BOUNDARY_PAIRS.length]!;
  const first = A0 + (Math.floor(turn / BOUNDARY_PAIRS.length) % 3);
  const registers = state.registers.slice();
  registers.set(pair, first);
  return { ...state, registers };
}

/** Every other state of a function with floating-point arithmetic has one of the pairs for what an instruction takes together. */
const FLOAT_PAIRS_EVERY = 2;

/** As most code runs, when its results are exact or have been inexact before; then with every exception enabled. */
function controlOfRound(control: number, round: number, use: FloatControl): number {
  if (round % 2 === 1) return control | ENABLES;
  return (control & ~UNUSUAL) | (use === "observed" ? INEXACT_FLAG : 0);
}

/** Once through all pairs in the usual mode, then with every exception enabled where the program may enable some, and again. */
function withFloatBoundaries({ use }: RandomContext, { floatOperands }: CodeHints, state: State, index: number): State {
  if (use.float === undefined || floatOperands.length === 0 || index % FLOAT_PAIRS_EVERY !== 1) return state;
  const turn = (index - 1) / FLOAT_PAIRS_EVERY;
  const { format, registers: operands } = floatOperands[turn % floatOperands.length]!;
  const pair = FLOAT_PAIRS[turn % FLOAT_PAIRS.length]!;
  const round = Math.floor(turn / FLOAT_PAIRS.length);
  const registers = state.registers.slice();
  for (const [position, value] of (operands.length === 1 ? [pair[round % 2]!] : pair).entries()) {
    const operand = operands[(round + position) % operands.length]!;
    setFloat(registers, use.float.registerBits, operand, format, value);
  }
  if (use.float.control !== "plain") registers[FCSR] = controlOfRound(registers[FCSR]!, round, use.float.control);
  return { ...state, registers };
}

/** Every other state begins with a captured one, where there are captures. */
function beginning(context: RandomContext, subject: RandomSubject, seed: string, index: number): State {
  const random = randomFrom(`${seed}:${subject.address}:${index}`);
  const { address, captures, hints } = subject;
  if (captures.length > 0 && index % 2 === 0) {
    return changedState(random, context, hints, random.pick(captures));
  }
  return freshState(random, context, address, hints);
}

/**
 * The random input with a lineage: numbers of states, the first made up, each further one the one before it with a few
 * changes, the last the input itself. It follows from the arguments alone.
 */
export function randomVector(
  context: RandomContext,
  subject: RandomSubject,
  seed: string,
  lineage: readonly number[],
  maxInstructions: number,
): Vector {
  const [first = 0, ...others] = lineage;
  const bounded = (state: State, index: number): State =>
    withFloatBoundaries(context, subject.hints, withBoundaries(state, index), index);
  let state = bounded(beginning(context, subject, seed, first), first);
  for (const index of others) {
    const random = randomFrom(`${seed}:${subject.address}:${index}:change`);
    state = bounded(changedState(random, context, subject.hints, state), index);
  }
  return {
    ...state,
    origin: { kind: "random", lineage, seed },
    answers: { kind: "invented", seed: `${seed}:${subject.address}:${lineage.at(-1)}` },
    maxInstructions,
    isReal: false,
  };
}

/**
 * The lineage of the `index`th random input: its own beginning, or one more step from an input that showed something.
 *
 * @param revealing lineages of the inputs so far that ran instructions no input before them had
 */
export function lineageOf(
  subject: RandomSubject,
  seed: string,
  index: number,
  revealing: readonly (readonly number[])[],
): readonly number[] {
  const random = randomFrom(`${seed}:${subject.address}:${index}:parent`);
  const parents = revealing.filter((lineage) => lineage.length < LONGEST_LINEAGE);
  return parents.length > 0 && random.oneIn(2) ? [...random.pick(parents), index] : [index];
}
