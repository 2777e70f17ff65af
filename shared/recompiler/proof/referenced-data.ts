/** Which writable data a function names in its code: so that random states can give its globals other values. */

import { segmentAt, wordAt } from "../image.ts";
import { GP } from "../machine.ts";
import { decode } from "../mips/decode.ts";
import type { Instruction } from "../mips/instruction.ts";
import { registersWritten } from "../mips/opcodes.ts";
import type { GuestFunction, ProgramImage } from "../program.ts";

/** Instructions that add their immediate to a register: the rest of an address, or an access to one. */
const ADDING: ReadonlySet<string> = new Set("addiu lb lbu lh lhu lw lwl lwr ll sb sh sw swl swr sc".split(" "));

/** More would only be spread too thin. */
const MOST_ADDRESSES = 64;

function namedBy(instruction: Instruction, upper: readonly (number | undefined)[]): number | undefined {
  const { mnemonic, rs, immediate } = instruction;
  const base = upper[rs];
  if (base === undefined) return undefined;
  if (mnemonic === "ori") return (base | (immediate & 0xffff)) >>> 0;
  return ADDING.has(mnemonic) ? (base + immediate) >>> 0 : undefined;
}

/**
 * Reads the code from start to end: `lui` and what is added to it, offsets from `gp`, and what `gp`'s table holds.
 * Flow of control is not followed: an address too many does no harm. Sorted.
 */
export function referencedData(image: ProgramImage, { address, size }: GuestFunction): number[] {
  const found = new Set<number>();
  const upper: (number | undefined)[] = new Array(32).fill(undefined);
  const isWritable = (candidate: number): boolean => segmentAt(image, candidate)?.isWritable === true;
  for (let at = address; at < address + size && found.size < MOST_ADDRESSES; at += 4) {
    upper[GP] = image.gp;
    const instruction = decode(wordAt(image, at) ?? 0, at);
    if (instruction === undefined) continue;
    const named = namedBy(instruction, upper);
    if (named !== undefined && isWritable(named)) found.add(named);
    const isTableLoad = instruction.mnemonic === "lw" && instruction.rs === GP && named !== undefined;
    const value = isTableLoad ? wordAt(image, named) : instruction.mnemonic === "addiu" ? named : undefined;
    if (value !== undefined && isWritable(value)) found.add(value);
    const isUpper = instruction.mnemonic === "lui";
    for (const register of registersWritten(instruction)) {
      if (register < 32) upper[register] = isUpper ? (instruction.immediate << 16) >>> 0 : value;
    }
  }
  return [...found].sort((a, b) => a - b);
}
