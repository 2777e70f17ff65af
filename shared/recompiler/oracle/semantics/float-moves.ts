/** Loads, stores and moves of floating-point registers: bits go through as they are. */

import { AccessTrap } from "../../runtime/memory.ts";
import { condition, readControl, writeControl } from "../float/control.ts";
import {
  expectRegisters,
  highSlot,
  highWord,
  lowWord,
  requireWideRegisters,
  setLowWord,
  setWords,
} from "../float/registers.ts";
import type { DecodedInstruction, Machine, Semantics } from "../machine.ts";
import { effectiveAddress, rs, rt, setRt, unsigned } from "./operands.ts";

const LONG = 8;

function expectAligned(address: number): void {
  if ((address & (LONG - 1)) !== 0) throw new AccessTrap("address_error", address, LONG);
}

/** The word at the lower address is the high one of a big-endian program. */
function loadWords(m: Machine, register: number, address: number): void {
  const isBig = m.memory.endianness === "big";
  const first = m.memory.loadWord(address);
  const second = m.memory.loadWord(address + 4);
  setWords(m, register, isBig ? first : second, isBig ? second : first);
}

function storeWords(m: Machine, register: number, address: number): void {
  const isBig = m.memory.endianness === "big";
  const [high, low] = [highWord(m, register), lowWord(m, register)];
  m.memory.storeWord(address, isBig ? high : low);
  m.memory.storeWord(address + 4, isBig ? low : high);
}

function loadLong(m: Machine, register: number, address: number): void {
  expectRegisters(m, register);
  expectAligned(address);
  loadWords(m, register, address);
}

function storeLong(m: Machine, register: number, address: number): void {
  expectRegisters(m, register);
  expectAligned(address);
  storeWords(m, register, address);
}

const indexed = (m: Machine, i: DecodedInstruction): number => unsigned(rs(m, i) + rt(m, i));

/** `luxc1` and `suxc1` leave the low three bits of the address out of account. */
function unaligned(m: Machine, i: DecodedInstruction): number {
  requireWideRegisters(m);
  return unsigned(indexed(m, i) & -LONG);
}

function copyWord(m: Machine, i: DecodedInstruction): void {
  setLowWord(m, i.sa, lowWord(m, i.rd));
}

function copyLong(m: Machine, i: DecodedInstruction): void {
  expectRegisters(m, i.rd | i.sa);
  setWords(m, i.sa, highWord(m, i.rd), lowWord(m, i.rd));
}

const ifCondition =
  (copy: Semantics, isExpected: boolean): Semantics =>
  (m, i) => {
    if (condition(m, i.rt >>> 2) === isExpected) copy(m, i);
  };

const ifZero =
  (copy: Semantics, isExpected: boolean): Semantics =>
  (m, i) => {
    if ((rt(m, i) === 0) === isExpected) copy(m, i);
  };

// biome-ignore format: a table, one row a mnemonic
export const FLOAT_MOVES = {
  mfc1:  (m, i) => setRt(m, i, lowWord(m, i.rd)),
  mtc1:  (m, i) => setLowWord(m, i.rd, rt(m, i)),
  mfhc1: (m, i) => setRt(m, i, m.registers[highSlot(m, i.rd)]!),
  mthc1: (m, i) => { m.registers[highSlot(m, i.rd)] = rt(m, i); },
  cfc1:  (m, i) => setRt(m, i, readControl(m, i.rd)),
  ctc1:  (m, i) => writeControl(m, i.rd, rt(m, i)),

  lwc1:  (m, i) => setLowWord(m, i.rt, m.memory.loadWord(effectiveAddress(m, i))),
  swc1:  (m, i) => m.memory.storeWord(effectiveAddress(m, i), lowWord(m, i.rt)),
  ldc1:  (m, i) => loadLong(m, i.rt, effectiveAddress(m, i)),
  sdc1:  (m, i) => storeLong(m, i.rt, effectiveAddress(m, i)),
  lwxc1: (m, i) => setLowWord(m, i.sa, m.memory.loadWord(indexed(m, i))),
  swxc1: (m, i) => m.memory.storeWord(indexed(m, i), lowWord(m, i.rd)),
  ldxc1: (m, i) => loadLong(m, i.sa, indexed(m, i)),
  sdxc1: (m, i) => storeLong(m, i.rd, indexed(m, i)),
  luxc1: (m, i) => loadWords(m, i.sa, unaligned(m, i)),
  suxc1: (m, i) => storeWords(m, i.rd, unaligned(m, i)),
  // No caches.
  prefx: () => {},

  "mov.s":  copyWord,
  "mov.d":  copyLong,
  "movf.s": ifCondition(copyWord, false),
  "movt.s": ifCondition(copyWord, true),
  "movz.s": ifZero(copyWord, true),
  "movn.s": ifZero(copyWord, false),
  "movf.d": ifCondition(copyLong, false),
  "movt.d": ifCondition(copyLong, true),
  "movz.d": ifZero(copyLong, true),
  "movn.d": ifZero(copyLong, false),
} as const satisfies Record<string, Semantics>;
