/** The passes, in the order in which they run. */

import type { IrFunction } from "../function.ts";
import { alignment } from "./alignment.ts";
import { dead } from "./dead.ts";
import { fold } from "./fold.ts";
import { keepInGlobals } from "./in-globals.ts";
import { lowerMemory } from "./memory.ts";
import { pairs } from "./pairs.ts";
import { promote } from "./promote.ts";

/** What passes depend on besides the function. */
export interface Target {
  /** Guest address of linear memory's first byte. */
  readonly base: number;
}

export interface Pass {
  readonly name: string;
  /** Whether code can be written without it, though worse. */
  readonly isOptional: boolean;
  run(fn: IrFunction, target: Target): IrFunction;
}

// biome-ignore format: a table, one row a pass
export const PASSES: readonly Pass[] = [
  { name: "fold",       isOptional: true,  run: fold },
  { name: "dead",       isOptional: true,  run: dead },
  { name: "pairs",      isOptional: true,  run: pairs },
  { name: "alignment",  isOptional: true,  run: alignment },
  { name: "memory",     isOptional: false, run: (fn, { base }) => lowerMemory(fn, base) },
  { name: "promote",    isOptional: false, run: promote },
  { name: "fold-again", isOptional: true,  run: fold },
];

/** What code that is followed step by step goes through. @param fn is used up */
export function runForSteps(fn: IrFunction, { base }: Target): IrFunction {
  const lowered = lowerMemory(fn, base);
  const result = keepInGlobals(lowered);
  fn.release();
  lowered.release();
  return result;
}

/**
 * @param fn is used up
 * @param until passes from this one on are left out if they may be, which finds the one that broke something
 */
export function runPasses(fn: IrFunction, target: Target, until = PASSES.length): IrFunction {
  let result = fn;
  for (const [position, pass] of PASSES.entries()) {
    if (position >= until && pass.isOptional) continue;
    const next = pass.run(result, target);
    if (next !== result) result.release();
    result = next;
  }
  return result;
}
