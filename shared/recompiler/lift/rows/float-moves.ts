/** Loads, stores and moves of floating-point registers: bits go through as they are. And FCSR. */

import { FENR_BITS, FEXR_BITS, FIXED, implementationOf, UNUSUAL, VIEW } from "../../float/status.ts";
import { CONTROL } from "../../ir/cells.ts";
import { IR } from "../../ir/opcodes.ts";
import type { Instruction } from "../../mips/instruction.ts";
import type { Semantics } from "./arithmetic.ts";
import { DOUBLE, type Kind, on, SINGLE } from "./float-operands.ts";
import type { LiftBuilder } from "./lift-builder.ts";

const BYTES = { f32: 4, f64: 8 } as const;
const ACCESS = {
  f32: { load: IR["guest.load_single"], store: IR["guest.store_single"] },
  f64: { load: IR["guest.load_double"], store: IR["guest.store_double"] },
} as const;

const indexed = (b: LiftBuilder, { rs, rt }: Instruction): number => b.op(IR["i32.add"], b.get(rs), b.get(rt));

function load(b: LiftBuilder, kind: Kind, register: number, base: number, offset: number): void {
  if (!kind.expect(b, register)) return;
  b.check(base, offset, BYTES[kind.type]);
  kind.set(b, register, b.load(ACCESS[kind.type].load, base, offset));
}

function store(b: LiftBuilder, kind: Kind, register: number, base: number, offset: number): void {
  if (!kind.expect(b, register)) return;
  b.check(base, offset, BYTES[kind.type]);
  b.store(ACCESS[kind.type].store, base, offset, kind.get(b, register));
}

/** `luxc1` and `suxc1` leave the low three bits of the address out of account. */
const aligned = (b: LiftBuilder, i: Instruction): number => b.op(IR["i32.and"], indexed(b, i), b.constant(-8));

function copy(kind: Kind): Semantics {
  return (b, { rd, sa }) => {
    if (kind.expect(b, rd | sa)) kind.set(b, sa, kind.get(b, rd));
  };
}

/** Where the registers cannot hold it, what is not copied is no error. */
function copyIf(kind: Kind, isMet: (b: LiftBuilder, instruction: Instruction) => number): Semantics {
  return (b, instruction) => {
    const { rd, sa } = instruction;
    const condition = isMet(b, instruction);
    if (kind === DOUBLE && b.float.registerBits === 32 && ((rd | sa) & 1) !== 0) {
      b.trapIf(condition, "reserved_instruction");
    } else kind.set(b, sa, on(b, kind, "select", kind.get(b, rd), kind.get(b, sa), condition));
  };
}

const isTrue = (b: LiftBuilder, { rt }: Instruction): number => b.condition(rt >> 2);
const isFalse = (b: LiftBuilder, i: Instruction): number => b.op(IR["i32.eqz"], isTrue(b, i));
const isNotZero = (b: LiftBuilder, { rt }: Instruction): number => b.get(rt);
const isZero = (b: LiftBuilder, { rt }: Instruction): number => b.op(IR["i32.eqz"], b.get(rt));

function moveIf(isMet: (b: LiftBuilder, instruction: Instruction) => number): Semantics {
  return (b, i) => b.set(i.rd, b.op(IR["i32.select"], b.get(i.rs), b.get(i.rd), isMet(b, i)));
}

/** A register that is none reads as 0. */
function readControl(b: LiftBuilder, number: number): number {
  b.takeUpNoted();
  const masked = (value: number, bits: number): number => b.op(IR["i32.and"], value, b.constant(bits));
  const shifted = (value: number, by: number): number => b.op(IR["i32.shr_u"], value, b.constant(by));
  const or = (left: number, right: number): number => b.op(IR["i32.or"], left, right);
  switch (number) {
    case VIEW.implementation:
      return b.constant(implementationOf(b.float.isNan2008));
    case VIEW.conditions: {
      const control = b.getCell(CONTROL);
      return or(masked(shifted(control, 24), 0xfe), masked(shifted(control, 23), 1));
    }
    case VIEW.exceptions:
      return masked(b.getCell(CONTROL), FEXR_BITS);
    case VIEW.enables: {
      const control = b.getCell(CONTROL);
      return or(masked(control, FENR_BITS), masked(shifted(control, 22), 4));
    }
    case VIEW.full:
      return b.getCell(CONTROL);
    default:
      return b.constant(0);
  }
}

/** FCSR after a write of one of its views; undefined where the register takes none. */
function written(b: LiftBuilder, number: number, value: number): number | undefined {
  const control = b.getCell(CONTROL);
  const masked = (of: number, bits: number): number => b.op(IR["i32.and"], of, b.constant(bits));
  const or = (left: number, right: number): number => b.op(IR["i32.or"], left, right);
  const moved = (bits: number, by: number): number => b.op(IR["i32.shl"], masked(value, bits), b.constant(by));
  /** What is written leaves FCSR alone where it has bits that are not to be written. */
  const unless = (bits: number, changed: number): number =>
    b.op(IR["i32.select"], control, changed, masked(value, bits));
  switch (number) {
    case VIEW.conditions:
      return unless(~0xff, or(masked(control, 0x017fffff), or(moved(0xfe, 24), moved(1, 23))));
    case VIEW.exceptions:
      return unless(FIXED, or(masked(control, ~FEXR_BITS), masked(value, FEXR_BITS)));
    case VIEW.enables:
      return unless(FIXED, or(masked(control, ~UNUSUAL), or(masked(value, FENR_BITS), moved(4, 22))));
    case VIEW.full:
      return or(masked(control, FIXED), masked(value, ~FIXED));
    default:
      return undefined;
  }
}

const EXCEPTIONS = 0x1f;
const UNIMPLEMENTED = 0x20;

/** Traps where the value has a cause that is enabled, or one that always is. */
function writeControl(b: LiftBuilder, { rt, rd }: Instruction): void {
  b.takeUpNoted();
  const control = written(b, rd, b.get(rt));
  if (control === undefined) return;
  b.setCell(CONTROL, control);
  const cause = b.op(IR["i32.shr_u"], control, b.constant(12));
  const enabled = b.op(IR["i32.and"], b.op(IR["i32.shr_u"], control, b.constant(7)), b.constant(EXCEPTIONS));
  const either = b.op(IR["i32.or"], enabled, b.constant(UNIMPLEMENTED));
  b.trapIf(b.op(IR["i32.and"], cause, either), "floating_point");
}

const S = SINGLE;
const D = DOUBLE;

// biome-ignore format: a table, one row a mnemonic
export const FLOAT_MOVES = {
  mfc1:  (b, { rt, rd }) => b.set(rt, b.word(rd)),
  mtc1:  (b, { rt, rd }) => b.setWord(rd, b.get(rt)),
  mfhc1: (b, { rt, rd }) => b.set(rt, b.highWord(rd)),
  mthc1: (b, { rt, rd }) => b.setHighWord(rd, b.get(rt)),
  cfc1:  (b, { rt, rd }) => b.set(rt, readControl(b, rd)),
  ctc1:  writeControl,

  lwc1:  (b, { rs, rt, immediate }) => load(b, S, rt, b.get(rs), immediate),
  swc1:  (b, { rs, rt, immediate }) => store(b, S, rt, b.get(rs), immediate),
  ldc1:  (b, { rs, rt, immediate }) => load(b, D, rt, b.get(rs), immediate),
  sdc1:  (b, { rs, rt, immediate }) => store(b, D, rt, b.get(rs), immediate),
  lwxc1: (b, i) => load(b, S, i.sa, indexed(b, i), 0),
  swxc1: (b, i) => store(b, S, i.rd, indexed(b, i), 0),
  ldxc1: (b, i) => load(b, D, i.sa, indexed(b, i), 0),
  sdxc1: (b, i) => store(b, D, i.rd, indexed(b, i), 0),
  luxc1: (b, i) => { if (b.expectWideRegisters()) b.setDouble(i.sa, b.load(ACCESS.f64.load, aligned(b, i), 0)); },
  suxc1: (b, i) => { if (b.expectWideRegisters()) b.store(ACCESS.f64.store, aligned(b, i), 0, b.double(i.rd)); },
  // No caches.
  prefx: () => {},

  movf: moveIf(isFalse),
  movt: moveIf(isTrue),
  "mov.s":  copy(S),
  "mov.d":  copy(D),
  "movf.s": copyIf(S, isFalse),
  "movt.s": copyIf(S, isTrue),
  "movz.s": copyIf(S, isZero),
  "movn.s": copyIf(S, isNotZero),
  "movf.d": copyIf(D, isFalse),
  "movt.d": copyIf(D, isTrue),
  "movz.d": copyIf(D, isZero),
  "movn.d": copyIf(D, isNotZero),
} as const satisfies Record<string, Semantics>;
