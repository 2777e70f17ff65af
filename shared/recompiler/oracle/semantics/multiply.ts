/** Multiplication, division, and the registers HI and LO. */

import { HI, LO } from "../../register-file.ts";
import type { DecodedInstruction, Machine, Semantics } from "../machine.ts";
import { rs, rt, setHiLo, setRd, unsigned } from "./operands.ts";

/** High word of the unsigned product, from four products of halves, each of which fits a word with its carry. */
function highOfUnsigned(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carried = aLow * bHigh + (middle & 0xffff);
  return aHigh * bHigh + (middle >>> 16) + (carried >>> 16);
}

/** A negative factor counts 2**32 too much as an unsigned one. */
function highOfSigned(a: number, b: number): number {
  return highOfUnsigned(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0);
}

type HighOf = (a: number, b: number) => number;

function multiply(m: Machine, i: DecodedInstruction, highOf: HighOf): void {
  setHiLo(m, highOf(rs(m, i), rt(m, i)), Math.imul(rs(m, i), rt(m, i)));
}

/** `(HI, LO) += product`, 64 bits. */
function accumulate(m: Machine, i: DecodedInstruction, highOf: HighOf): void {
  const low = unsigned(m.registers[LO]!) + unsigned(Math.imul(rs(m, i), rt(m, i)));
  const carry = low > 0xffffffff ? 1 : 0;
  setHiLo(m, m.registers[HI]! + highOf(rs(m, i), rt(m, i)) + carry, low);
}

/** `(HI, LO) -= product`, 64 bits. */
function subtract(m: Machine, i: DecodedInstruction, highOf: HighOf): void {
  const low = unsigned(m.registers[LO]!) - unsigned(Math.imul(rs(m, i), rt(m, i)));
  const borrow = low < 0 ? 1 : 0;
  setHiLo(m, m.registers[HI]! - highOf(rs(m, i), rt(m, i)) - borrow, low);
}

/**
 * Division never traps. The manual leaves a zero divisor open; as qemu does, LO is then the dividend and HI is 0.
 * The one quotient that is no word, -2**31 / -1, wraps to -2**31.
 */
function divide(m: Machine, dividend: number, divisor: number): void {
  if (divisor === 0) setHiLo(m, 0, dividend);
  else setHiLo(m, dividend % divisor, Math.trunc(dividend / divisor));
}

// biome-ignore format: a table, one row a mnemonic
export const MULTIPLICATION = {
  mult:  (m, i) => multiply(m, i, highOfSigned),
  multu: (m, i) => multiply(m, i, highOfUnsigned),
  madd:  (m, i) => accumulate(m, i, highOfSigned),
  maddu: (m, i) => accumulate(m, i, highOfUnsigned),
  msub:  (m, i) => subtract(m, i, highOfSigned),
  msubu: (m, i) => subtract(m, i, highOfUnsigned),
  div:   (m, i) => divide(m, rs(m, i), rt(m, i)),
  divu:  (m, i) => divide(m, unsigned(rs(m, i)), unsigned(rt(m, i))),
  // The manual lets `mul` spoil HI and LO; as qemu does, it keeps them.
  mul:   (m, i) => setRd(m, i, Math.imul(rs(m, i), rt(m, i))),
  mfhi:  (m, i) => setRd(m, i, m.registers[HI]!),
  mflo:  (m, i) => setRd(m, i, m.registers[LO]!),
  mthi:  (m, i) => { m.registers[HI] = rs(m, i); },
  mtlo:  (m, i) => { m.registers[LO] = rs(m, i); },
} as const satisfies Record<string, Semantics>;
