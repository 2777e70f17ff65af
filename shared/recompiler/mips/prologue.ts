/** How compilers begin functions. */

import { wordAt } from "../image.ts";
import type { ProgramImage } from "../program.ts";
import { hasDelaySlot } from "./instruction.ts";
import { decodeForTracing } from "./trace-decode.ts";

const STACK_PUSH = { match: 0x27bd8000, mask: 0xffff8000 };
const BRANCH_ALWAYS = { match: 0x10000000, mask: 0xffff0000 };
const LUI_GP = { match: 0x3c1c0000, mask: 0xffff0000 };
const ADDIU_GP = { match: 0x279c0000, mask: 0xffff0000 };

function matches(word: number | undefined, pattern: { readonly match: number; readonly mask: number }): boolean {
  return word !== undefined && (word & pattern.mask) >>> 0 === pattern.match;
}

/** A function's usual first instruction: `addiu sp,sp,-N`, or the setting up of `gp`. */
export function looksLikePrologue(image: ProgramImage, address: number): boolean {
  const first = wordAt(image, address);
  return matches(first, STACK_PUSH) || (matches(first, LUI_GP) && matches(wordAt(image, address + 4), ADDIU_GP));
}

/**
 * Whether no prologue of this function can stand further on: the stack is pushed before the first branch, or the first
 * branch is a jump, which only a stub of another function begins with.
 */
export function hasNoLaterPrologue(image: ProgramImage, start: number): boolean {
  for (let address = start; ; address += 4) {
    const word = wordAt(image, address);
    if (matches(word, STACK_PUSH)) return true;
    const instruction = word === undefined ? undefined : decodeForTracing(word, address);
    if (instruction === undefined) return false;
    if (hasDelaySlot(instruction)) return instruction.mnemonic === "j" || matches(word, BRANCH_ALWAYS);
  }
}
