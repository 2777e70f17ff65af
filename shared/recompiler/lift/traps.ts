/** What a throw out of lifted code means to the guest. */

import { GuestTrap } from "../machine.ts";

/** The exports of a linked module that tell an unknown target from a memory fault. */
export interface TargetExports {
  /** The address that was last called or jumped to through a register. */
  readonly target: { readonly value: number };
  /** The address of the table's slot 0. */
  readonly table_base: { readonly value: number };
  readonly functions: { readonly length: number; get(slot: number): unknown };
}

/**
 * The guest trap behind an error thrown by lifted code, or undefined when the error is none of the guest's doing.
 *
 * Engines word their errors differently, so an indirect call that failed is told by its target: lifted code notes each
 * target right before the call, hence a target without a function is one that has just failed.
 */
export function guestTrapOf(thrown: unknown, exports: TargetExports): GuestTrap | undefined {
  if (thrown instanceof GuestTrap) return thrown;
  if (thrown instanceof RangeError || isStackOverflow(thrown)) return new GuestTrap("stack_exhausted");
  if (!(thrown instanceof WebAssembly.RuntimeError)) return undefined;
  const { target, table_base: tableBase, functions } = exports;
  const distance = (target.value - tableBase.value) | 0;
  const slot = ((distance >>> 2) | (distance << 30)) >>> 0;
  const isKnown = slot < functions.length && functions.get(slot) !== null;
  return isKnown ? new GuestTrap("memory_fault") : new GuestTrap("unknown_target", target.value >>> 0);
}

/** Firefox throws an InternalError where the others throw a RangeError. */
function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "InternalError";
}
