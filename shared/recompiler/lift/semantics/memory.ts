/**
 * Loads and stores. Memory holds words in the host's order, so a big-endian guest's byte `a` is at `a ^ 3` and its
 * halfword at `a ^ 2`; words are where they are. Addresses beyond memory are WebAssembly's own traps.
 */

import type { Mnemonic } from "../../mips/opcodes.ts";
import { OP } from "../../wasm/opcodes.ts";
import { ACCESS_ALIGNMENT, lowBitsOf } from "../alignment.ts";
import type { Emitter } from "../emitter.ts";
import type { Semantics } from "./arithmetic.ts";

/** What a big-endian guest's address is changed by, by the bytes of the access. */
const FLIP = { 1: 3, 2: 2, 4: 0 } as const;

type AccessBytes = keyof typeof FLIP;

/** Pushes where `rs + displacement` lies in linear memory. Returns the offset for the load or store. */
export function pushAddress(emitter: Emitter, rs: number, displacement: number, bytes: AccessBytes): number {
  const { code, layout } = emitter;
  const flip = emitter.isBigEndian ? FLIP[bytes] : 0;
  if (rs === 0) {
    code.constant((displacement ^ flip) - layout.base);
    return 0;
  }
  const low = lowBitsOf(emitter.facts, rs);
  if (flip === 0 || low.known === 3) {
    const position = (low.bits + displacement) & 3;
    return pushSum(emitter, rs, displacement + (position ^ flip) - position);
  }
  // (p + 4n) ^ flip is (p ^ flip) + 4n: whole words of the displacement go into the offset.
  const words = displacement & ~3;
  const isFolded = layout.base === 0 && words >= 0;
  emitter.get(rs);
  pushAdd(emitter, isFolded ? displacement & 3 : displacement - layout.base);
  code.constant(flip);
  code.op(OP.i32Xor);
  return isFolded ? words : 0;
}

function pushSum(emitter: Emitter, rs: number, displacement: number): number {
  emitter.get(rs);
  if (emitter.layout.base === 0 && displacement >= 0) return displacement;
  pushAdd(emitter, displacement - emitter.layout.base);
  return 0;
}

function pushAdd(emitter: Emitter, value: number): void {
  if (value === 0) return;
  emitter.code.constant(value);
  emitter.code.op(OP.i32Add);
}

/** Traps on a misaligned address, where it is not known to be aligned. */
const checkAlignment: Semantics = (emitter, { mnemonic, rs, immediate, address }) => {
  const mask = (ACCESS_ALIGNMENT[mnemonic] ?? 1) - 1;
  const low = lowBitsOf(emitter.facts, rs);
  if ((low.known & mask) === mask) {
    if (((low.bits + immediate) & mask) !== 0) emitter.trap("address_error", address);
    return;
  }
  emitter.trapIfMisaligned(address, () => {
    emitter.get(rs);
    pushAdd(emitter, immediate & mask);
    emitter.code.constant(mask);
    emitter.code.op(OP.i32And);
  });
};

function load(opcode: number, bytes: AccessBytes): Semantics {
  return (emitter, instruction) => {
    checkAlignment(emitter, instruction);
    const offset = pushAddress(emitter, instruction.rs, instruction.immediate, bytes);
    emitter.code.memory(opcode, bytes >> 1, offset);
    emitter.set(instruction.rt);
  };
}

function store(opcode: number, bytes: AccessBytes): Semantics {
  return (emitter, instruction) => {
    checkAlignment(emitter, instruction);
    const offset = pushAddress(emitter, instruction.rs, instruction.immediate, bytes);
    emitter.get(instruction.rt);
    emitter.code.memory(opcode, bytes >> 1, offset);
  };
}

const storeWord = store(OP.i32Store, 4);

/** One thread, so nothing comes between `ll` and `sc`: the store is done and reported done. */
const storeConditional: Semantics = (emitter, instruction) => {
  storeWord(emitter, instruction);
  emitter.code.constant(1);
  emitter.set(instruction.rt);
};

export const MEMORY = {
  lb: load(OP.i32Load8S, 1),
  lbu: load(OP.i32Load8U, 1),
  lh: load(OP.i32Load16S, 2),
  lhu: load(OP.i32Load16U, 2),
  lw: load(OP.i32Load, 4),
  ll: load(OP.i32Load, 4),
  sb: store(OP.i32Store8, 1),
  sh: store(OP.i32Store16, 2),
  sw: storeWord,
  sc: storeConditional,
} as const satisfies Partial<Record<Mnemonic, Semantics>>;
