/** Shifts, rotations, bit fields. A variable shift counts the low five bits of `rs`. */

import { GuestTrap } from "../../machine.ts";
import type { DecodedInstruction, Machine, Semantics } from "../machine.ts";
import { rs, rt, setRd, setRt } from "./operands.ts";

function rotateRight(value: number, count: number): number {
  return (value >>> count) | (value << (32 - count));
}

/** `width` low bits set, 1 to 32. */
function lowBits(width: number): number {
  return width === 32 ? -1 : (1 << width) - 1;
}

/** `ext`: position in `sa`, size - 1 in `rd`. A field that leaves the word is unpredictable in the manual. */
function extract(m: Machine, i: DecodedInstruction): number {
  const size = i.rd + 1;
  if (i.sa + size > 32) throw new GuestTrap("reserved_instruction");
  return (rs(m, i) >>> i.sa) & lowBits(size);
}

/** `ins`: position in `sa`, the field's highest bit in `rd`. Unpredictable in the manual when that lies below. */
function insert(m: Machine, i: DecodedInstruction): number {
  const size = i.rd - i.sa + 1;
  if (size < 1) throw new GuestTrap("reserved_instruction");
  const field = lowBits(size) << i.sa;
  return (rt(m, i) & ~field) | ((rs(m, i) << i.sa) & field);
}

function swapBytesInHalves(value: number): number {
  return ((value & 0x00ff00ff) << 8) | ((value >>> 8) & 0x00ff00ff);
}

// biome-ignore format: a table, one row a mnemonic
export const SHIFTS = {
  sll:   (m, i) => setRd(m, i, rt(m, i) << i.sa),
  srl:   (m, i) => setRd(m, i, rt(m, i) >>> i.sa),
  sra:   (m, i) => setRd(m, i, rt(m, i) >> i.sa),
  rotr:  (m, i) => setRd(m, i, rotateRight(rt(m, i), i.sa)),
  sllv:  (m, i) => setRd(m, i, rt(m, i) << (rs(m, i) & 31)),
  srlv:  (m, i) => setRd(m, i, rt(m, i) >>> (rs(m, i) & 31)),
  srav:  (m, i) => setRd(m, i, rt(m, i) >> (rs(m, i) & 31)),
  rotrv: (m, i) => setRd(m, i, rotateRight(rt(m, i), rs(m, i) & 31)),

  ext:   (m, i) => setRt(m, i, extract(m, i)),
  ins:   (m, i) => setRt(m, i, insert(m, i)),
  wsbh:  (m, i) => setRd(m, i, swapBytesInHalves(rt(m, i))),
  seb:   (m, i) => setRd(m, i, (rt(m, i) << 24) >> 24),
  seh:   (m, i) => setRd(m, i, (rt(m, i) << 16) >> 16),
} as const satisfies Record<string, Semantics>;
