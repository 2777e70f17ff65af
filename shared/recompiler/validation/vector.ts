/** One input of a function: everything its call depends on. */

import type { CapturedPage, SyscallRecord } from "../oracle/capture.ts";

/** Where an input comes from; with the settings' seed it is enough to make the input again. */
export type VectorOrigin =
  /** The `index`th capture of the function, from 0: its state at its `call`th call, from 1, in the traced run. */
  | { readonly kind: "captured"; readonly index: number; readonly call: number }
  /** The random state that `randomVector` makes of the lineage, whose last number is the state's own, from 0. */
  | { readonly kind: "random"; readonly lineage: readonly number[]; readonly seed: string };

/** One line for reports. */
export function describeOrigin(origin: VectorOrigin): string {
  if (origin.kind === "captured") return `captured state ${origin.index} (call ${origin.call} of the traced run)`;
  const [own, ...parents] = origin.lineage.toReversed();
  const ancestry = parents.length === 0 ? "" : ` (from ${parents.join(", from ")})`;
  return `random state ${own}${ancestry} of seed ${JSON.stringify(origin.seed)}`;
}

export interface Vector {
  readonly origin: VectorOrigin;
  readonly registers: Int32Array;
  readonly threadPointer: number;
  /** Pages that are not as loaded. */
  readonly pages: readonly CapturedPage[];
  readonly answers: SyscallAnswers;
  /** Instructions the reference may take. */
  readonly maxInstructions: number;
  /**
   * True of a state that a program was really in: whatever the reference does from there, the lifted code must do.
   * Otherwise the input may break what compilers rely on (a return address overwritten), and says nothing then.
   */
  readonly isReal: boolean;
}

/** How the system calls inside are answered: as they were in the traced run, or made up. */
export type SyscallAnswers =
  | { readonly kind: "recorded"; readonly records: readonly SyscallRecord[] }
  | { readonly kind: "invented"; readonly seed: string };
