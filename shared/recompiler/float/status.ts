/** FCSR: what it asks of operations, and what they leave in it (MIPS32 Volume I, "Floating Point Control and Status Register"). */

import type { Environment } from "./round.ts";

const ROUNDING_MODE = 3;
export const FLUSH = 1 << 24;
/** The eight conditions. */
export const CONDITIONS = 0xfe800000 | 0;
const FLAGS_SHIFT = 2;
const ENABLES_SHIFT = 7;
const CAUSE_SHIFT = 12;
const CAUSE = 0x3f << CAUSE_SHIFT;
const EXCEPTIONS = 0x1f;
/** Unimplemented operation: it has no bit that could keep it from trapping. */
const UNIMPLEMENTED = 0x20;

/** ABS2008, NAN2008 and the reserved bits: a program cannot change them. */
export const FIXED = 0x007c0000;
/** ABS2008 and NAN2008. */
export const NAN_2008 = 0x000c0000;

/** The bits of each view, by the number of its control register (MIPS32 Volume II, CFC1). */
export const VIEW = { implementation: 0, conditions: 25, exceptions: 26, enables: 28, full: 31 } as const;

/** Of the views: cause and flags; enables and rounding mode. */
export const FEXR_BITS = CAUSE | (EXCEPTIONS << FLAGS_SHIFT);
export const FENR_BITS = (EXCEPTIONS << ENABLES_SHIFT) | ROUNDING_MODE;
/** All exceptions enabled. */
export const ENABLES = EXCEPTIONS << ENABLES_SHIFT;

/** The bits that make arithmetic other than usual: a mode that is not nearest, FS, an enabled exception. */
export const UNUSUAL = FENR_BITS | FLUSH;

/** The flag of inexact results: where it is set, another one changes no flag. */
export const INEXACT_FLAG = 1 << FLAGS_SHIFT;

/** Single, double, 32-bit and 64-bit integers, registers of 64 bits; of a 24Kf. Where NaNs are those of 2008, that they may be so. */
const IMPLEMENTATION = 0x00739300;
const HAS_2008 = 1 << 23;
export const implementationOf = (isNan2008: boolean): number => IMPLEMENTATION | (isNan2008 ? HAS_2008 : 0);

/** What a program with 2008 NaNs, or without, begins with. */
export const initialControl = (isNan2008: boolean): number => (isNan2008 ? NAN_2008 : 0);

export const environmentOf = (control: number): Environment => ({
  rounding: roundingOf(control),
  isFlushing: (control & FLUSH) !== 0,
  isNan2008: (control & NAN_2008) !== 0,
  raised: 0,
});

export const roundingOf = (control: number): number => control & ROUNDING_MODE;

/** Whether results are to nearest, and subnormal ones stay. */
export const isUsual = (control: number): boolean => (control & (FLUSH | ROUNDING_MODE)) === 0;

/** What an operation raised is its cause; of a cause that is enabled nothing else is noted, for it traps. */
export function controlAfter(control: number, raised: number): { readonly control: number; readonly isTrap: boolean } {
  const caused = (control & ~CAUSE) | (raised << CAUSE_SHIFT);
  const isTrap = ((control >>> ENABLES_SHIFT) & EXCEPTIONS & raised) !== 0;
  return { control: isTrap ? caused : caused | (raised << FLAGS_SHIFT), isTrap };
}

/** Whether a cause that is written traps at once. */
export function hasEnabledCause(control: number): boolean {
  return ((control >>> CAUSE_SHIFT) & (((control >>> ENABLES_SHIFT) & EXCEPTIONS) | UNIMPLEMENTED)) !== 0;
}

/** Condition 0 lies apart from the seven that came later. */
export const conditionShift = (condition: number): number => (condition === 0 ? 23 : 24 + condition);
