/** Addresses that the code spells out: `lui` with `addiu` or `ori`, and what the global offset table holds. */

import { wordAt } from "../image.ts";
import { GP } from "../machine.ts";
import type { ProgramImage } from "../program.ts";
import { decode } from "./decode.ts";
import { globalPointerOf } from "./global-pointer.ts";
import { type Instruction, registersWritten } from "./instruction.ts";
import type { ControlClass } from "./opcode-row.ts";
import { OPCODE_OF } from "./opcodes.ts";

const cache = new WeakMap<ProgramImage, ReadonlySet<number>>();

/**
 * Every address that a pair of instructions may compute, found in one pass over all code in address order. Compilers
 * move the `lui` far ahead of its uses, so the pass forgets a register only where it is overwritten or a call may
 * change it: it finds all pairs, and a few values that never arise.
 */
export function addressConstants(image: ProgramImage): ReadonlySet<number> {
  const known = cache.get(image);
  if (known !== undefined) return known;
  const found = collect(image);
  cache.set(image, found);
  return found;
}

const CALLS: ReadonlySet<ControlClass> = new Set(["call", "call_register", "branch_call", "branch_call_likely"]);

/** Registers a call may change (o32): `at`, `v0`..`t7`, `t8`, `t9`, `ra`. */
const CHANGED_BY_CALLS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 31];

function collect(image: ProgramImage): ReadonlySet<number> {
  const found = new Set<number>();
  for (const range of image.codeRanges) {
    const registers: (number | undefined)[] = new Array(32).fill(undefined);
    registers[0] = 0;
    let callEnd: number | undefined;
    for (let address = range.start; address < range.end; address += 4) {
      const word = wordAt(image, address);
      const instruction = word === undefined ? undefined : decode(word, address);
      if (instruction !== undefined) {
        const value = resultOf(image, instruction, registers);
        // Half an address, and the page of one that the offset table holds, are not spelt out yet.
        const isWhole = instruction.mnemonic !== "lui" && instruction.mnemonic !== "lw";
        if (value !== undefined && isWhole) found.add(value);
        for (const register of registersWritten(instruction)) {
          if (register !== 0 && register < 32) registers[register] = value;
        }
        const { control } = OPCODE_OF[instruction.mnemonic];
        if (CALLS.has(control)) callEnd = address + 4;
      }
      // The slot runs before the callee, so its results are forgotten too.
      if (address === callEnd) for (const register of CHANGED_BY_CALLS) registers[register] = undefined;
    }
  }
  return found;
}

function resultOf(
  image: ProgramImage,
  { mnemonic, rs, rt, immediate }: Instruction,
  registers: readonly (number | undefined)[],
): number | undefined {
  const base = rs === GP ? globalPointerOf(image) : registers[rs];
  if (mnemonic === "lui") return (immediate << 16) >>> 0;
  if (base === undefined || rs === 0) return undefined;
  switch (mnemonic) {
    case "addiu":
      return (base + immediate) >>> 0;
    case "ori":
      return (base | (immediate & 0xffff)) >>> 0;
    case "addu": {
      const other = registers[rt];
      return other === undefined ? undefined : (base + other) >>> 0;
    }
    case "lw":
      return rs === GP ? wordAt(image, (base + immediate) >>> 0) : undefined;
    default:
      return undefined;
  }
}
