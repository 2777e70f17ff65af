/**
 * Finds what is known of the lowest bits of addresses: takes out checks that cannot fail, and notes at loads and stores
 * where their address lies in its word. What is known of cells is carried forwards from block to block, as one mask for
 * each bit: is it known, and if so, is it set.
 */

import { BANK } from "../cells.ts";
import type { IrFunction } from "../function.ts";
import { IR, OPCODES } from "../opcodes.ts";
import { Bytes, Ints } from "../scratch.ts";
import { bitsAfter, isMultiple, type LowBits, NOTHING, residueOf, withMultiple } from "./low-bits.ts";

/** Terminators behind which the cells may be any. */
const FORGETS = flagged(["call", "call_value", "host_call"]);
const IS_ACCESS = flagged(["load", "store"]);

function flagged(shapes: readonly string[]): Uint8Array {
  return Uint8Array.from(OPCODES, ({ shape }) => Number(shapes.includes(shape)));
}

/** Masks of cells: bit 0 known, bit 1 known, bit 0 set, bit 1 set. In the order of the bits of `LowBits`. */
const MASKS = 4;

const KNOWN = new Bytes();
const AT_START = new Ints();
const STATE = new Bytes();
const AT_END = new Int32Array(MASKS);
/** Of blocks: not reached yet, to be gone through, gone through. */
const [UNSEEN, OPEN, DONE] = [0, 1, 2];

export function alignment(fn: IrFunction): IrFunction {
  const { successors, order } = fn.graph();
  const known = KNOWN.take(fn.length);
  const atStart = AT_START.take(fn.blockCount * MASKS);
  const state = STATE.take(fn.blockCount);
  state[0] = OPEN;
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (const block of order) {
      if (state[block] !== OPEN) continue;
      state[block] = DONE;
      passBlock(fn, block, known, atStart, false);
      for (const next of successors[block]!) {
        if (!join(atStart, next * MASKS, state[next] === UNSEEN) && state[next] !== UNSEEN) continue;
        state[next] = OPEN;
        hasChanged = true;
      }
    }
  }
  for (const block of order) passBlock(fn, block, known, atStart, true);
  return fn;
}

/** Takes what holds at a block's end to the start of the next one; says whether that changes what is known there. */
function join(atStart: Int32Array, at: number, isFirst: boolean): boolean {
  if (isFirst) {
    atStart.set(AT_END, at);
    return true;
  }
  const both0 = atStart[at]! & AT_END[0]! & ~(atStart[at + 2]! ^ AT_END[2]!);
  const both1 = atStart[at + 1]! & AT_END[1]! & ~(atStart[at + 3]! ^ AT_END[3]!);
  if (both0 === atStart[at] && both1 === atStart[at + 1]) return false;
  atStart[at] = both0;
  atStart[at + 1] = both1;
  atStart[at + 2]! &= both0;
  atStart[at + 3]! &= both1;
  return true;
}

/** Carries what is known through a block to `AT_END`; acts on it if `isSettled`. */
function passBlock(fn: IrFunction, block: number, known: Uint8Array, atStart: Int32Array, isSettled: boolean): void {
  const { op, a, b, c, d } = fn;
  const start = fn.blockStarts[block]!;
  const end = fn.blockEnd(block);
  const first = block * MASKS;
  let hasCells = false;
  for (let index = start; index < end; index++) {
    const address = a[index]!;
    if (op[index] === IR.get) {
      hasCells = true;
      known[index] = address < BANK ? bitsOf(atStart, first, address) : NOTHING;
    } else if (op[index] === IR.check) {
      const bits = known[address]!;
      if (isSettled && isMultiple(bits, c[index]!, d[index]!) === true) op[index] = IR.nop;
      known[address] = withMultiple(bits, c[index]!, d[index]!);
    } else if (op[index] === IR.set) hasCells = true;
    else if (IS_ACCESS[op[index]!] === 1) {
      if (isSettled) d[index] = residueOf(known[address]!, c[index]!) + 1;
      known[index] = NOTHING;
    } else known[index] = bitsAfter(fn, index, known);
  }
  if (isSettled) return;
  if (FORGETS[op[end - 1]!] === 1) {
    AT_END.fill(0);
    return;
  }
  for (let mask = 0; mask < MASKS; mask++) AT_END[mask] = atStart[first + mask]!;
  if (!hasCells) return;
  // What was read may have been found out more of since; what was written counts last.
  for (let index = start; index < end; index++) {
    if (op[index] === IR.get && a[index]! < BANK) putBits(a[index]!, known[index]!);
  }
  for (let index = start; index < end; index++) {
    if (op[index] === IR.set && a[index]! < BANK) putBits(a[index]!, known[b[index]!]!);
  }
}

function bitsOf(masks: Int32Array, first: number, cell: number): LowBits {
  let bits = 0;
  for (let mask = 0; mask < MASKS; mask++) bits |= ((masks[first + mask]! >>> cell) & 1) << mask;
  return bits;
}

function putBits(cell: number, bits: LowBits): void {
  const bit = 1 << cell;
  for (let mask = 0; mask < MASKS; mask++) {
    if ((bits >> mask) & 1) AT_END[mask]! |= bit;
    else AT_END[mask]! &= ~bit;
  }
}
