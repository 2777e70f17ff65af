/** FCSR: what it asks of operations, and what they leave in it (MIPS32 Volume I, "Floating Point Control and Status Register"). */

import { GuestTrap } from "../../machine.ts";
import { FCSR } from "../../register-file.ts";
import type { Machine } from "../machine.ts";
import type { Environment } from "./round.ts";

const ROUNDING_MODE = 3;
const FLUSH = 1 << 24;
const FLAGS_SHIFT = 2;
const ENABLES_SHIFT = 7;
const CAUSE_SHIFT = 12;
const CAUSE = 0x3f << CAUSE_SHIFT;
const EXCEPTIONS = 0x1f;
/** Unimplemented operation: it has no bit that could keep it from trapping. */
const UNIMPLEMENTED = 0x20;

/** ABS2008, NAN2008 and the reserved bits: a program cannot change them. */
const FIXED = 0x007c0000;
/** ABS2008 and NAN2008. */
export const NAN_2008 = 0x000c0000;

/** What a program with 2008 NaNs, or without, begins with. */
export const initialControl = (isNan2008: boolean): number => (isNan2008 ? NAN_2008 : 0);

export const environmentOf = (m: Machine): Environment => {
  const control = m.registers[FCSR]!;
  return {
    rounding: control & ROUNDING_MODE,
    isFlushing: (control & FLUSH) !== 0,
    isNan2008: m.float.isNan2008,
    raised: 0,
  };
};

export const roundingOf = (m: Machine): number => m.registers[FCSR]! & ROUNDING_MODE;

/** Whether results are to nearest, and subnormal ones stay. */
export const isUsual = (m: Machine): boolean => (m.registers[FCSR]! & (FLUSH | ROUNDING_MODE)) === 0;

/**
 * Leaves what an operation raised in the cause and the flags.
 *
 * @throws GuestTrap where one of them is enabled: the flags stay as they were, and the caller writes no result
 */
export function raise(m: Machine, raised: number): void {
  const control = (m.registers[FCSR]! & ~CAUSE) | (raised << CAUSE_SHIFT);
  m.registers[FCSR] = control;
  if (((control >>> ENABLES_SHIFT) & EXCEPTIONS & raised) !== 0) throw new GuestTrap("floating_point");
  m.registers[FCSR] = control | (raised << FLAGS_SHIFT);
}

/** Condition 0 lies apart from the seven that came later. */
const conditionBit = (condition: number): number => 1 << (condition === 0 ? 23 : 24 + condition);

export const condition = (m: Machine, number: number): boolean => (m.registers[FCSR]! & conditionBit(number)) !== 0;

export function setCondition(m: Machine, number: number, isMet: boolean): void {
  const bit = conditionBit(number);
  m.registers[FCSR] = isMet ? m.registers[FCSR]! | bit : m.registers[FCSR]! & ~bit;
}

/** Numbers of the control registers: MIPS32 Volume II, CFC1. */
const FIR = 0;
const FCCR = 25;
const FEXR = 26;
const FENR = 28;
const FULL = 31;

/** Single, double, 32-bit and 64-bit integers, registers of 64 bits; of a 24Kf. Where NaNs are those of 2008, that they may be so. */
const IMPLEMENTATION = 0x00739300;
const HAS_2008 = 1 << 23;

const FEXR_BITS = 0x0003f07c;
const FENR_BITS = 0x00000f83;

/** A register that is none reads as 0, as under Linux's own emulation of the unit. */
export function readControl(m: Machine, number: number): number {
  const control = m.registers[FCSR]!;
  switch (number) {
    case FIR:
      return IMPLEMENTATION | (m.float.isNan2008 ? HAS_2008 : 0);
    case FCCR:
      return ((control >>> 24) & 0xfe) | ((control >>> 23) & 1);
    case FEXR:
      return control & FEXR_BITS;
    case FENR:
      return (control & FENR_BITS) | ((control >>> 22) & 4);
    case FULL:
      return control;
    default:
      return 0;
  }
}

/** FCSR after a write of one of its views; undefined where the register takes none. */
function written(control: number, number: number, value: number): number | undefined {
  switch (number) {
    case FCCR:
      return (value & ~0xff) !== 0 ? undefined : (control & 0x017fffff) | ((value & 0xfe) << 24) | ((value & 1) << 23);
    case FEXR:
      return (value & FIXED) !== 0 ? undefined : (control & ~FEXR_BITS) | (value & FEXR_BITS);
    case FENR:
      if ((value & FIXED) !== 0) return undefined;
      return (control & ~(FENR_BITS | FLUSH)) | (value & FENR_BITS) | ((value & 4) << 22);
    case FULL:
      return (control & FIXED) | (value & ~FIXED);
    default:
      return undefined;
  }
}

/** @throws GuestTrap where the value has a cause that is enabled */
export function writeControl(m: Machine, number: number, value: number): void {
  const control = written(m.registers[FCSR]!, number, value);
  if (control === undefined) return;
  m.registers[FCSR] = control;
  const enabled = ((control >>> ENABLES_SHIFT) & EXCEPTIONS) | UNIMPLEMENTED;
  if (((control >>> CAUSE_SHIFT) & enabled) !== 0) throw new GuestTrap("floating_point");
}
