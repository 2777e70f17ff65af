/**
 * Takes the left and the right part of one word together: how compilers access a word at an address they know nothing
 * of. Together they need a third of the code they need apart.
 */

import type { IrFunction } from "../function.ts";
import { IR, OPCODES } from "../opcodes.ts";
import { countUses } from "./dead.ts";

/**
 * A load is done where its second part is, so nothing between may store or trap for other reasons; a store where its
 * first part is, so that nothing between may access memory at all. Of a store that runs out of memory nothing may be
 * seen, which holds when the higher part comes first and one store does both: not for a big-endian guest, whose word is
 * two words in memory.
 */
export function pairs(fn: IrFunction): IrFunction {
  const isBig = fn.header.endianness === "big";
  if (!hasParts(fn)) return fn;
  const uses = countUses(fn);
  for (let block = 0; block < fn.blockCount; block++) {
    const end = fn.blockEnd(block);
    /** The last store of a left part, if nothing has accessed memory since. */
    let leftStore = -1;
    /** Loads of parts since something stored or trapped are behind this. */
    let barrier = fn.blockStarts[block]!;
    for (let index = barrier; index < end; index++) {
      const op = fn.op[index]!;
      const { effect } = OPCODES[op]!;
      if (effect === "store" || effect === "trap") barrier = index + 1;
      if (op === IR["guest.load_left"] || op === IR["guest.load_right"]) joinLoads(fn, index, barrier, isBig, uses);
      const isPair =
        op === IR["guest.store_right"] && !isBig && leftStore !== -1 && isWord(fn, leftStore, index, isBig);
      if (isPair && fn.b[leftStore] === fn.b[index]) {
        fn.op[leftStore] = IR["guest.store32_any"];
        fn.c[leftStore] = fn.c[index]!;
        fn.op[index] = IR.nop;
        leftStore = -1;
      } else if (effect !== "pure" && effect !== "cell") leftStore = op === IR["guest.store_left"] ? index : -1;
    }
  }
  return fn;
}

const IS_PART = Uint8Array.from(OPCODES, ({ shape, name }) => Number(shape === "part" || name === "guest.store_left"));

function hasParts(fn: IrFunction): boolean {
  for (let index = 0; index < fn.length; index++) {
    if (IS_PART[fn.op[index]!] === 1) return true;
  }
  return false;
}

/** The part that comes second is merged into the first, which nobody else uses. */
function joinLoads(fn: IrFunction, second: number, barrier: number, isBig: boolean, uses: Int32Array): void {
  const first = fn.b[second]!;
  const { shape } = OPCODES[fn.op[first]!]!;
  if (shape !== "part" || fn.op[first] === fn.op[second] || first < barrier || uses[first] !== 1) return;
  if (!isWord(fn, first, second, isBig)) return;
  const lowest = Math.min(fn.c[first]!, fn.c[second]!);
  fn.op[second] = IR["guest.load32_any"];
  fn.b[second] = 0;
  fn.c[second] = lowest;
  fn.op[first] = IR.nop;
}

/** Whether two parts, one of them left and one right, are those of one word. */
function isWord(fn: IrFunction, first: number, second: number, isBig: boolean): boolean {
  if (fn.a[first] !== fn.a[second]) return false;
  const isLeft = fn.op[first] === IR["guest.load_left"] || fn.op[first] === IR["guest.store_left"];
  const [lowest, highest] = isLeft === isBig ? [first, second] : [second, first];
  return fn.c[highest] === fn.c[lowest]! + 3;
}
