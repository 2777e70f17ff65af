/** The operands of an instruction, as the rows of the semantics tables name them. */

import { HI, LO } from "../../register-file.ts";
import type { DecodedInstruction, Machine } from "../machine.ts";

export const rs = (m: Machine, i: DecodedInstruction): number => m.registers[i.rs]!;
export const rt = (m: Machine, i: DecodedInstruction): number => m.registers[i.rt]!;

export const unsigned = (word: number): number => word >>> 0;

/** Values wrap modulo 2**32 as they are stored. */
export function setRd(m: Machine, i: DecodedInstruction, value: number): void {
  m.registers[i.rd] = value;
}

export function setRt(m: Machine, i: DecodedInstruction, value: number): void {
  m.registers[i.rt] = value;
}

export function setHiLo(m: Machine, hi: number, lo: number): void {
  m.registers[HI] = hi;
  m.registers[LO] = lo;
}

/** `base + offset`, modulo 2**32. */
export const effectiveAddress = (m: Machine, i: DecodedInstruction): number => unsigned(rs(m, i) + i.immediate);
