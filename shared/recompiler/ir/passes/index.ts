/** The passes, in the order in which they run. */

import type { IrFunction } from "../function.ts";
import { alignment } from "./alignment.ts";
import { dead } from "./dead.ts";
import { fold } from "./fold.ts";
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

/** @param fn is used up. @param after called behind each pass, for a look: what it is given is used up too */
export function runPasses(fn: IrFunction, target: Target, after?: (fn: IrFunction, pass: Pass) => void): IrFunction {
  let result = fn;
  for (const pass of PASSES) {
    const next = pass.run(result, target);
    if (next !== result) result.release();
    result = next;
    after?.(result, pass);
  }
  return result;
}
