/**
 * `lwl` and `lwr` that load the two parts of one word, and `swl` and `swr` that store them: how compilers access a word
 * at an address they know nothing of. Taken together they need a third of the code they need apart.
 */

import type { Instruction } from "../../mips/instruction.ts";
import type { Mnemonic } from "../../mips/opcodes.ts";
import { OP } from "../../wasm/opcodes.ts";
import type { Emitter } from "../emitter.ts";
import { readSet, writeSet } from "../registers.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import { pushAddress } from "./memory.ts";
import { MULTIPLICATION } from "./multiply.ts";
import { pushAligned } from "./unaligned.ts";

/** What to write at a position in place of the instruction there. */
export type PairPart =
  /** Nothing: the pair's other instruction does it all. */
  | "nothing"
  /** The access to the whole word at the base register plus this. */
  | number;

/** How far apart a scheduler puts the two. */
const REACH = 16;

const TRAPPING: readonly Mnemonic[] = ["add", "addi", "sub"];
const CALCULATIONS: ReadonlySet<string> = new Set(
  [...Object.keys(ARITHMETIC), ...Object.keys(MULTIPLICATION)].filter((name) => !TRAPPING.includes(name as Mnemonic)),
);
/** Loads that fail only as the pair does. */
const PLAIN_LOADS: ReadonlySet<string> = new Set(["lwl", "lwr", "lb", "lbu"]);

/**
 * The pairs among a node's instructions, by position. A load is done where its second part is, so nothing between
 * may store, trap for other reasons, or touch the registers; a store where its first part is, so that nothing between
 * may access memory at all. Of a store that runs out of memory nothing may be seen, which holds when the higher part
 * comes first and one store does both: not for a big-endian guest, whose word is two words in memory.
 */
export function findUnalignedPairs(
  instructions: readonly Instruction[],
  isBigEndian: boolean,
): ReadonlyMap<number, PairPart> {
  const parts = new Map<number, PairPart>();
  instructions.forEach((first, position) => {
    const isLoad = first.mnemonic === "lwl" || first.mnemonic === "lwr";
    const isStore = first.mnemonic === "swl" && !isBigEndian;
    if ((!isLoad && !isStore) || parts.has(position) || (isLoad && first.rs === first.rt)) return;
    const reads = readSet(first);
    const writes = writeSet(first);
    for (let at = position + 1; at < Math.min(position + REACH, instructions.length); at++) {
      const other = instructions[at]!;
      const displacement = parts.has(at) ? undefined : displacementOf(first, other, isBigEndian);
      if (displacement !== undefined) {
        parts.set(position, isLoad ? "nothing" : displacement);
        parts.set(at, isLoad ? displacement : "nothing");
        return;
      }
      const isHarmless = CALCULATIONS.has(other.mnemonic) || (isLoad && PLAIN_LOADS.has(other.mnemonic));
      if (!isHarmless || (writeSet(other) & reads) !== 0 || (readSet(other) & writes) !== 0) return;
    }
  });
  return parts;
}

const PARTNER: Partial<Record<Mnemonic, Mnemonic>> = { lwl: "lwr", lwr: "lwl", swl: "swr" };

/** Where the word lies whose parts the two instructions access, or undefined if they do not. */
function displacementOf(first: Instruction, second: Instruction, isBigEndian: boolean): number | undefined {
  if (second.mnemonic !== PARTNER[first.mnemonic] || first.rs !== second.rs || first.rt !== second.rt) return undefined;
  const isLeftFirst = first.mnemonic === "lwl" || first.mnemonic === "swl";
  const [lowest, highest] = isLeftFirst === isBigEndian ? [first, second] : [second, first];
  return highest.immediate === lowest.immediate + 3 ? lowest.immediate : undefined;
}

/** Writes the access of a pair to its word. */
export function writeUnalignedWord(emitter: Emitter, { mnemonic, rs, rt }: Instruction, displacement: number): void {
  if (mnemonic === "swl") {
    const offset = pushAddress(emitter, rs, displacement, 4);
    emitter.get(rt);
    emitter.code.memory(OP.i32Store, 0, offset);
    return;
  }
  if (emitter.isBigEndian) pushTwoWords(emitter, rs, displacement);
  else emitter.code.memory(OP.i32Load, 0, pushAddress(emitter, rs, displacement, 4));
  emitter.set(rt);
}

/**
 * The words that hold the first and the last byte, which are one word when the address is aligned: shifted left by the
 * bits before the first byte, and right by what that leaves of 32. Counts are taken modulo 32.
 */
function pushTwoWords(emitter: Emitter, rs: number, displacement: number): void {
  const { code } = emitter;
  const address = emitter.temporary("address");
  const bits = emitter.temporary("word");
  pushAligned(emitter, rs, displacement);
  code.memory(OP.i32Load, 2, 0);
  code.localGet(address);
  code.constant(3);
  code.op(OP.i32Shl);
  code.localTee(bits);
  code.op(OP.i32Shl);
  code.localGet(address);
  code.constant(3);
  code.op(OP.i32Add);
  code.constant(-4);
  code.op(OP.i32And);
  code.memory(OP.i32Load, 2, 0);
  code.constant(0);
  code.localGet(bits);
  code.op(OP.i32Sub);
  code.op(OP.i32ShrU);
  code.op(OP.i32Or);
}
