/** 64-bit fields of the structures that system calls read and write. */

import type { GuestMemory } from "../memory.ts";

/** Reads 64 bits in guest order, signed. */
export function loadLong(memory: GuestMemory, address: number): bigint {
  const [first, second] = [memory.loadWord(address), memory.loadWord(address + 4)];
  const [high, low] = memory.endianness === "big" ? [first, second] : [second, first];
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

/** Stores 64 bits in guest order. */
export function storeLong(memory: GuestMemory, address: number, value: bigint): void {
  const [high, low] = [Number(BigInt.asIntN(32, value >> 32n)), Number(BigInt.asIntN(32, value))];
  const isBig = memory.endianness === "big";
  memory.storeWord(address, isBig ? high : low);
  memory.storeWord(address + 4, isBig ? low : high);
}

/** A field of a structure: unsigned, of 1, 2, 4 or 8 bytes. */
export type Field = readonly [offset: number, width: 1 | 2 | 4 | 8, value: number | bigint];

/** Writes a structure of so many bytes, zero where no field is. */
export function storeFields(memory: GuestMemory, address: number, size: number, fields: readonly Field[]): void {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const isLittle = memory.endianness === "little";
  for (const [offset, width, value] of fields) {
    const bits = BigInt.asUintN(width * 8, BigInt(value));
    if (width === 1) view.setUint8(offset, Number(bits));
    else if (width === 2) view.setUint16(offset, Number(bits), isLittle);
    else if (width === 4) view.setUint32(offset, Number(bits), isLittle);
    else view.setBigUint64(offset, bits, isLittle);
  }
  memory.writeBytes(address, bytes);
}

const MASK_WORDS = 4;
const WORD_BITS = 32n;

/** A set of signals: four words, the lowest signals first. */
export function loadMask(memory: GuestMemory, address: number): bigint {
  let mask = 0n;
  for (let word = 0; word < MASK_WORDS; word++) {
    mask |= BigInt(memory.loadWord(address + word * 4) >>> 0) << (BigInt(word) * WORD_BITS);
  }
  return mask;
}

export function storeMask(memory: GuestMemory, address: number, mask: bigint): void {
  for (let word = 0; word < MASK_WORDS; word++) {
    memory.storeWord(address + word * 4, Number(BigInt.asIntN(32, mask >> (BigInt(word) * WORD_BITS))));
  }
}
