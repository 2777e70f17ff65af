/**
 * `lwl`, `lwr`, `swl`, `swr` on the aligned word around the address ("MIPS32 Architecture for Programmers, Volume II").
 * The left forms work on the register's most significant bytes, the right forms on its least significant ones; by how
 * many bytes the word is shifted against the register depends on the address and, mirrored, on the endianness.
 */

import type { Mnemonic } from "../../mips/opcodes.ts";
import { OP } from "../../wasm/opcodes.ts";
import type { Emitter } from "../emitter.ts";
import type { Semantics } from "./arithmetic.ts";

type Side = "left" | "right";

/** Leaves the linear address in `address` and the aligned one on the stack. */
export function pushAligned(emitter: Emitter, rs: number, displacement: number): void {
  const { code, layout } = emitter;
  const address = emitter.temporary("address");
  if (rs === 0) code.constant(displacement - layout.base);
  else {
    emitter.get(rs);
    code.constant(displacement - layout.base);
    code.op(OP.i32Add);
  }
  code.localTee(address);
  code.constant(-4);
  code.op(OP.i32And);
}

/** Pushes 8 times the bytes the address is past its word's start, or short of its end; shifts take it modulo 32. */
function pushShift(emitter: Emitter, side: Side): void {
  const { code } = emitter;
  code.localGet(emitter.temporary("address"));
  if (emitter.isBigEndian === (side === "right")) {
    code.constant(3);
    code.op(OP.i32Xor);
  }
  code.constant(3);
  code.op(OP.i32Shl);
}

/** The lowest bits that a shift to the left by the count on top of the stack vacates, or the highest for the right. */
function pushVacated(emitter: Emitter, shiftOperator: number, side: Side): void {
  emitter.code.constant(-1);
  pushShift(emitter, side);
  emitter.code.op(shiftOperator);
  emitter.code.constant(-1);
  emitter.code.op(OP.i32Xor);
}

/** rt = the word's bytes from the address on, shifted to the register's side, the register's other bytes kept. */
function load(side: Side): Semantics {
  const shiftOperator = side === "left" ? OP.i32Shl : OP.i32ShrU;
  return (emitter, { rs, rt, immediate }) => {
    const { code } = emitter;
    pushAligned(emitter, rs, immediate);
    code.memory(OP.i32Load, 2, 0);
    pushShift(emitter, side);
    code.op(shiftOperator);
    emitter.get(rt);
    pushVacated(emitter, shiftOperator, side);
    code.op(OP.i32And);
    code.op(OP.i32Or);
    emitter.set(rt);
  };
}

/** The opposite way: the word's bytes up to the address are the register's, its other bytes kept. */
function store(side: Side): Semantics {
  const shiftOperator = side === "left" ? OP.i32ShrU : OP.i32Shl;
  return (emitter, { rs, rt, immediate }) => {
    const { code } = emitter;
    const aligned = emitter.temporary("word");
    pushAligned(emitter, rs, immediate);
    code.localTee(aligned);
    emitter.get(rt);
    pushShift(emitter, side);
    code.op(shiftOperator);
    code.localGet(aligned);
    code.memory(OP.i32Load, 2, 0);
    pushVacated(emitter, shiftOperator, side);
    code.op(OP.i32And);
    code.op(OP.i32Or);
    code.memory(OP.i32Store, 2, 0);
  };
}

export const UNALIGNED = {
  lwl: load("left"),
  lwr: load("right"),
  swl: store("left"),
  swr: store("right"),
} as const satisfies Partial<Record<Mnemonic, Semantics>>;
