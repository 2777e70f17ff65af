/** FCSR of the reference machine. */

import type { Environment } from "../../float/round.ts";
import * as status from "../../float/status.ts";
import { FENR_BITS, FEXR_BITS, FIXED, UNUSUAL, VIEW } from "../../float/status.ts";
import { GuestTrap } from "../../machine.ts";
import { FCSR } from "../../register-file.ts";
import type { Machine } from "../machine.ts";

export const environmentOf = (m: Machine): Environment => ({
  ...status.environmentOf(m.registers[FCSR]!),
  isNan2008: m.float.isNan2008,
});

export const roundingOf = (m: Machine): number => status.roundingOf(m.registers[FCSR]!);

export const isUsual = (m: Machine): boolean => status.isUsual(m.registers[FCSR]!);

/**
 * Leaves what an operation raised in the cause and the flags.
 *
 * @throws GuestTrap where one of them is enabled: the flags stay as they were, and the caller writes no result
 */
export function raise(m: Machine, raised: number): void {
  const { control, isTrap } = status.controlAfter(m.registers[FCSR]!, raised);
  m.registers[FCSR] = control;
  if (isTrap) throw new GuestTrap("floating_point");
}

export const condition = (m: Machine, number: number): boolean =>
  ((m.registers[FCSR]! >>> status.conditionShift(number)) & 1) !== 0;

export function setCondition(m: Machine, number: number, isMet: boolean): void {
  const bit = 1 << status.conditionShift(number);
  m.registers[FCSR] = isMet ? m.registers[FCSR]! | bit : m.registers[FCSR]! & ~bit;
}

/** A register that is none reads as 0, as under Linux's own emulation of the unit. */
export function readControl(m: Machine, number: number): number {
  const control = m.registers[FCSR]!;
  switch (number) {
    case VIEW.implementation:
      return status.implementationOf(m.float.isNan2008);
    case VIEW.conditions:
      return ((control >>> 24) & 0xfe) | ((control >>> 23) & 1);
    case VIEW.exceptions:
      return control & FEXR_BITS;
    case VIEW.enables:
      return (control & FENR_BITS) | ((control >>> 22) & 4);
    case VIEW.full:
      return control;
    default:
      return 0;
  }
}

/** FCSR after a write of one of its views; undefined where the register takes none. */
function written(control: number, number: number, value: number): number | undefined {
  switch (number) {
    case VIEW.conditions:
      return (value & ~0xff) !== 0 ? undefined : (control & 0x017fffff) | ((value & 0xfe) << 24) | ((value & 1) << 23);
    case VIEW.exceptions:
      return (value & FIXED) !== 0 ? undefined : (control & ~FEXR_BITS) | (value & FEXR_BITS);
    case VIEW.enables:
      if ((value & FIXED) !== 0) return undefined;
      return (control & ~UNUSUAL) | (value & FENR_BITS) | ((value & 4) << 22);
    case VIEW.full:
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
  if (status.hasEnabledCause(control)) throw new GuestTrap("floating_point");
}
