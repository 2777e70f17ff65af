/** Loads, stores and moves of floating-point registers: bits go through as they are. And FCSR. */

import { FENR_BITS, FEXR_BITS, FIXED, implementationOf, UNUSUAL, VIEW } from "../../float/status.ts";
import { CONTROL } from "../../ir/cells.ts";
import { IR } from "../../ir/opcodes.ts";
import type { Semantics } from "./arithmetic.ts";
import { DOUBLE, type Kind, on, SINGLE } from "./float-operands.ts";
import type { Field, LiftBuilder, Operand } from "./lift-builder.ts";

const BYTES = { f32: 4, f64: 8 } as const;
const ACCESS = {
  f32: { load: IR["guest.load_single"], store: IR["guest.store_single"] },
  f64: { load: IR["guest.load_double"], store: IR["guest.store_double"] },
} as const;

const indexed = (b: LiftBuilder): number => b.op(IR["i32.add"], b.get("rs"), b.get("rt"));

function load(b: LiftBuilder, kind: Kind, register: Field, base: number, offset: Operand): void {
  if (!kind.expect(b, register)) return;
  b.check(base, offset, BYTES[kind.type]);
  kind.set(b, register, b.load(ACCESS[kind.type].load, base, offset));
}

function store(b: LiftBuilder, kind: Kind, register: Field, base: number, offset: Operand): void {
  if (!kind.expect(b, register)) return;
  b.check(base, offset, BYTES[kind.type]);
  b.store(ACCESS[kind.type].store, base, offset, kind.get(b, register));
}

/** `luxc1` and `suxc1` leave the low three bits of the address out of account. */
const aligned = (b: LiftBuilder): number => b.op(IR["i32.and"], indexed(b), b.constant(-8));

function copy(kind: Kind): Semantics {
  return (b) => {
    if (kind.expect(b, "rd", "sa")) kind.set(b, "sa", kind.get(b, "rd"));
  };
}

/** Where the registers cannot hold it, what is not copied is no error. */
function copyIf(kind: Kind, isMet: (b: LiftBuilder) => number): Semantics {
  return (b) => {
    const condition = isMet(b);
    if (kind === SINGLE || b.expectDoublesIf(condition, ["rd", "sa"]))
      kind.set(b, "sa", on(b, kind, "select", kind.get(b, "rd"), kind.get(b, "sa"), condition));
  };
}

const isTrue = (b: LiftBuilder): number => b.condition("rt");
const isFalse = (b: LiftBuilder): number => b.op(IR["i32.eqz"], isTrue(b));
const isNotZero = (b: LiftBuilder): number => b.get("rt");
const isZero = (b: LiftBuilder): number => b.op(IR["i32.eqz"], b.get("rt"));

function moveIf(isMet: (b: LiftBuilder) => number): Semantics {
  return (b) => b.set("rd", b.op(IR["i32.select"], b.get("rs"), b.get("rd"), isMet(b)));
}

const masked = (b: LiftBuilder, value: number, bits: number): number => b.op(IR["i32.and"], value, b.constant(bits));
const shiftedRight = (b: LiftBuilder, value: number, by: number): number =>
  b.op(IR["i32.shr_u"], value, b.constant(by));
const or = (b: LiftBuilder, left: number, right: number): number => b.op(IR["i32.or"], left, right);

/** The views of FCSR, by number. */
const READ: Readonly<Record<number, (b: LiftBuilder) => number>> = {
  [VIEW.implementation]: (b) => b.constant(implementationOf(b.float.isNan2008)),
  [VIEW.conditions]: (b) => {
    const control = b.getCell(CONTROL);
    return or(b, masked(b, shiftedRight(b, control, 24), 0xfe), masked(b, shiftedRight(b, control, 23), 1));
  },
  [VIEW.exceptions]: (b) => masked(b, b.getCell(CONTROL), FEXR_BITS),
  [VIEW.enables]: (b) => {
    const control = b.getCell(CONTROL);
    return or(b, masked(b, control, FENR_BITS), masked(b, shiftedRight(b, control, 22), 4));
  },
  [VIEW.full]: (b) => b.getCell(CONTROL),
};

/** A register that is none reads as 0. */
function readControl(b: LiftBuilder): void {
  b.takeUpNoted();
  const cases = Object.entries(READ).map(([number, read]) => [number, () => b.set("rt", read(b))]);
  b.byField("rd", Object.fromEntries(cases), () => b.set("rt", b.constant(0)));
}

/** What is written leaves FCSR alone where it has bits that are not to be written. */
function unless(b: LiftBuilder, control: number, changed: number, value: number, bits: number): number {
  return b.op(IR["i32.select"], control, changed, masked(b, value, bits));
}

function moved(b: LiftBuilder, value: number, bits: number, by: number): number {
  return b.op(IR["i32.shl"], masked(b, value, bits), b.constant(by));
}

/** FCSR after a write of one of its views, by number. */
const WRITTEN: Readonly<Record<number, (b: LiftBuilder, control: number, value: number) => number>> = {
  [VIEW.conditions]: (b, control, value) => {
    const others = masked(b, control, 0x017fffff);
    const conditions = or(b, moved(b, value, 0xfe, 24), moved(b, value, 1, 23));
    return unless(b, control, or(b, others, conditions), value, ~0xff);
  },
  [VIEW.exceptions]: (b, control, value) => {
    const changed = or(b, masked(b, control, ~FEXR_BITS), masked(b, value, FEXR_BITS));
    return unless(b, control, changed, value, FIXED);
  },
  [VIEW.enables]: (b, control, value) => {
    const others = masked(b, control, ~UNUSUAL);
    const enables = or(b, masked(b, value, FENR_BITS), moved(b, value, 4, 22));
    return unless(b, control, or(b, others, enables), value, FIXED);
  },
  [VIEW.full]: (b, control, value) => or(b, masked(b, control, FIXED), masked(b, value, ~FIXED)),
};

const EXCEPTIONS = 0x1f;
const UNIMPLEMENTED = 0x20;

/** Traps where the value has a cause that is enabled, or one that always is. A register that is none takes nothing. */
function writeControl(b: LiftBuilder): void {
  b.takeUpNoted();
  const value = b.get("rt");
  const cases = Object.entries(WRITTEN).map(([number, written]) => [
    number,
    () => keepControl(b, written(b, b.getCell(CONTROL), value)),
  ]);
  b.byField("rd", Object.fromEntries(cases), () => {});
}

function keepControl(b: LiftBuilder, control: number): void {
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
  mfc1:  (b) => b.set("rt", b.word("rd")),
  mtc1:  (b) => b.setWord("rd", b.get("rt")),
  mfhc1: (b) => b.set("rt", b.highWord("rd")),
  mthc1: (b) => b.setHighWord("rd", b.get("rt")),
  cfc1:  readControl,
  ctc1:  writeControl,

  lwc1:  (b) => load(b, S, "rt", b.get("rs"), "immediate"),
  swc1:  (b) => store(b, S, "rt", b.get("rs"), "immediate"),
  ldc1:  (b) => load(b, D, "rt", b.get("rs"), "immediate"),
  sdc1:  (b) => store(b, D, "rt", b.get("rs"), "immediate"),
  lwxc1: (b) => load(b, S, "sa", indexed(b), 0),
  swxc1: (b) => store(b, S, "rd", indexed(b), 0),
  ldxc1: (b) => load(b, D, "sa", indexed(b), 0),
  sdxc1: (b) => store(b, D, "rd", indexed(b), 0),
  luxc1: (b) => { if (b.expectWideRegisters()) b.setDouble("sa", b.load(ACCESS.f64.load, aligned(b), 0)); },
  suxc1: (b) => { if (b.expectWideRegisters()) b.store(ACCESS.f64.store, aligned(b), 0, b.double("rd")); },
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
