/** What is found out about one function. */

import type { VectorOrigin } from "./vector.ts";

/**
 * - `tested`: reference and lifted code agreed on every conclusive input, of which there was at least one
 * - `disproven`: they disagreed on one
 * - `untested`: no input was conclusive
 */
export type TestStatus = "tested" | "disproven" | "untested";

/**
 * Why an input told nothing:
 *
 * - `budget`: the reference used up its instructions, so the lifted code was not run
 * - `unlifted`: control came to code that was not lifted
 * - `host_stack`: calls were nested deeper than every host's stack is sure to bear, so the lifted code was not run
 * - `left`: a random state made the function return, or jump, to where neither its caller nor another function is
 * - `early_trap`: both trapped on a random state before they had done much: on its first wrong pointer, mostly
 * - `undefined_access`: the reference came to an access that Linux ends a program for, inside its memory, so the lifted
 *   code was not run; or the two disagreed after a write to the global offset table
 */
export type InconclusiveReason = "budget" | "unlifted" | "host_stack" | "left" | "early_trap" | "undefined_access";

export interface VectorCounts {
  /** Inputs on which reference and lifted code agreed or disagreed. */
  readonly conclusive: number;
  /** Of these, how many ended in a trap. The others came to a normal end: a return, or the end of the process. */
  readonly trapped: number;
  readonly inconclusive: Readonly<Record<InconclusiveReason, number>>;
}

/** The first thing that differs, by name: a register, `memory 0x...`, `control`, `system call 2`. */
export interface Difference {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

export interface Disagreement extends Difference {
  readonly origin: VectorOrigin;
  /**
   * Disproven functions, by address, that the input runs through besides this one: the fault may be theirs. Sorted.
   */
  readonly suspects: readonly number[];
}

export interface FunctionTest {
  readonly address: number;
  readonly name: string;
  readonly status: TestStatus;
  readonly captured: VectorCounts;
  readonly random: VectorCounts;
  /** Instructions of the function that conclusive inputs ran, of those it has. */
  readonly coverage: { readonly executed: number; readonly instructions: number };
  /** Only of a disproven function: the first input that showed it. */
  readonly disagreement?: Disagreement;
}
