/**
 * Floating-point registers by the number in an instruction. A double lies in the two slots of a register of 64 bits, or in a pair of
 * registers of 32 bits, the low word in the even one; naming the odd one is a reserved instruction, as it is for Linux.
 */

import { GuestTrap } from "../../machine.ts";
import { F0, F0_HIGH } from "../../register-file.ts";
import type { Machine } from "../machine.ts";

const scratch = new ArrayBuffer(8);
const words = new Int32Array(scratch);
const singles = new Float32Array(scratch);
const doubles = new Float64Array(scratch);
// Lifted code and the oracle run on little-endian hosts alone: WebAssembly memory is so, and words of it are read directly.
const LOW = 0;
const HIGH = 1;

export const lowWord = (m: Machine, register: number): number => m.registers[F0 + register]!;

export function setLowWord(m: Machine, register: number, value: number): void {
  m.registers[F0 + register] = value;
}

/** The slot of a double's high word. `mfhc1` and `mthc1` may name either register of a pair; others, the even one. */
export const highSlot = (m: Machine, register: number): number =>
  m.float.registerBits === 64 ? F0_HIGH + register : F0 + (register | 1);

/** @throws GuestTrap `reserved_instruction` where one of the registers, joined bit by bit, is the second of a pair */
export function expectRegisters(m: Machine, registers: number): void {
  if (m.float.registerBits === 32 && (registers & 1) !== 0) throw new GuestTrap("reserved_instruction");
}

export const highWord = (m: Machine, register: number): number => m.registers[highSlot(m, register)]!;

export function setWords(m: Machine, register: number, high: number, low: number): void {
  m.registers[highSlot(m, register)] = high;
  m.registers[F0 + register] = low;
}

/** What needs registers of 64 bits is a reserved instruction without them. */
export function requireWideRegisters(m: Machine): void {
  if (m.float.registerBits !== 64) throw new GuestTrap("reserved_instruction");
}

/** A NaN read so has no payload to rely on. */
export function readSingle(m: Machine, register: number): number {
  words[LOW] = m.registers[F0 + register]!;
  return singles[0]!;
}

export function writeSingle(m: Machine, register: number, value: number): void {
  singles[0] = value;
  m.registers[F0 + register] = words[LOW]!;
}

export function readDouble(m: Machine, register: number): number {
  words[HIGH] = highWord(m, register);
  words[LOW] = lowWord(m, register);
  return doubles[0]!;
}

export function writeDouble(m: Machine, register: number, value: number): void {
  doubles[0] = value;
  setWords(m, register, words[HIGH]!, words[LOW]!);
}

export const readWord = (m: Machine, register: number): bigint => BigInt(lowWord(m, register) >>> 0);

export function writeWord(m: Machine, register: number, pattern: bigint): void {
  setLowWord(m, register, Number(BigInt.asIntN(32, pattern)));
}

export const readLong = (m: Machine, register: number): bigint =>
  (BigInt(highWord(m, register) >>> 0) << 32n) | BigInt(lowWord(m, register) >>> 0);

export function writeLong(m: Machine, register: number, pattern: bigint): void {
  setWords(m, register, Number(BigInt.asIntN(32, pattern >> 32n)), Number(BigInt.asIntN(32, pattern)));
}
