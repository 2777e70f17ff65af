/** Loads and stores. */

import { LINK } from "../../register-file.ts";
import type { DecodedInstruction, Machine, Semantics } from "../machine.ts";
import { effectiveAddress, rt, setRt } from "./operands.ts";

const signedByte = (value: number): number => (value << 24) >> 24;
const signedHalf = (value: number): number => (value << 16) >> 16;

const ALL_BITS = -1;

/**
 * How many bits above the addressed byte its word has, in memory order: `lwl` and `swl` leave out that many low bits
 * of the register. In a big-endian word the byte at offset 0 is the most significant one.
 */
function bitsBefore(m: Machine, address: number): number {
  const offset = address & 3;
  return (m.memory.endianness === "big" ? offset : 3 - offset) * 8;
}

/** `lwl`: the addressed byte and those less significant in its word become the high end of the register. */
function loadLeft(m: Machine, i: DecodedInstruction): number {
  const address = effectiveAddress(m, i);
  const missing = bitsBefore(m, address);
  const word = m.memory.loadWord(address & ~3);
  return (word << missing) | (rt(m, i) & ~(ALL_BITS << missing));
}

/** `lwr`: the addressed byte and those more significant in its word become the low end of the register. */
function loadRight(m: Machine, i: DecodedInstruction): number {
  const address = effectiveAddress(m, i);
  const missing = 24 - bitsBefore(m, address);
  const word = m.memory.loadWord(address & ~3);
  return (word >>> missing) | (rt(m, i) & ~(ALL_BITS >>> missing));
}

/** `swl`: the high end of the register goes to the addressed byte and those less significant in its word. */
function storeLeft(m: Machine, i: DecodedInstruction): void {
  const address = effectiveAddress(m, i);
  const kept = bitsBefore(m, address);
  const word = m.memory.loadWord(address & ~3);
  m.memory.storeWord(address & ~3, (word & ~(ALL_BITS >>> kept)) | (rt(m, i) >>> kept));
}

/** `swr`: the low end of the register goes to the addressed byte and those more significant in its word. */
function storeRight(m: Machine, i: DecodedInstruction): void {
  const address = effectiveAddress(m, i);
  const kept = 24 - bitsBefore(m, address);
  const word = m.memory.loadWord(address & ~3);
  m.memory.storeWord(address & ~3, (word & ~(ALL_BITS << kept)) | (rt(m, i) << kept));
}

/** `ll` and `sc` name aligned words, so bit 0 is free to say that there is a link at all. */
const linkTo = (address: number): number => address | 1;

function loadLinked(m: Machine, i: DecodedInstruction): void {
  const address = effectiveAddress(m, i);
  setRt(m, i, m.memory.loadWord(address));
  m.registers[LINK] = linkTo(address);
}

/**
 * With one thread only the program itself breaks a link: by a system call, from which the kernel returns with `eret`, and by `sc`.
 * A store to the address in between may or may not break it in the manual; here it does not.
 */
function storeConditional(m: Machine, i: DecodedInstruction): void {
  const address = effectiveAddress(m, i);
  const value = rt(m, i);
  const isLinked = m.registers[LINK] === linkTo(address);
  m.registers[LINK] = 0;
  // It is an access to the address whether or not it succeeds.
  if (isLinked) m.memory.storeWord(address, value);
  else m.memory.loadWord(address);
  setRt(m, i, isLinked ? 1 : 0);
}

// biome-ignore format: a table, one row a mnemonic
export const MEMORY = {
  lb:  (m, i) => setRt(m, i, signedByte(m.memory.loadByte(effectiveAddress(m, i)))),
  lbu: (m, i) => setRt(m, i, m.memory.loadByte(effectiveAddress(m, i))),
  lh:  (m, i) => setRt(m, i, signedHalf(m.memory.loadHalf(effectiveAddress(m, i)))),
  lhu: (m, i) => setRt(m, i, m.memory.loadHalf(effectiveAddress(m, i))),
  lw:  (m, i) => setRt(m, i, m.memory.loadWord(effectiveAddress(m, i))),
  lwl: (m, i) => setRt(m, i, loadLeft(m, i)),
  lwr: (m, i) => setRt(m, i, loadRight(m, i)),
  ll:  loadLinked,
  sb:  (m, i) => m.memory.storeByte(effectiveAddress(m, i), rt(m, i)),
  sh:  (m, i) => m.memory.storeHalf(effectiveAddress(m, i), rt(m, i)),
  sw:  (m, i) => m.memory.storeWord(effectiveAddress(m, i), rt(m, i)),
  swl: storeLeft,
  swr: storeRight,
  sc:  storeConditional,
} as const satisfies Record<string, Semantics>;
