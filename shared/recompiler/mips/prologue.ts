/** How compilers begin functions. */

import { wordAt } from "../image.ts";
import type { ProgramImage } from "../program.ts";
import { hasDelaySlot } from "./instruction.ts";
import { decodeForTracing } from "./trace-decode.ts";

const STACK_PUSH = { match: 0x27bd8000, mask: 0xffff8000 };
const BRANCH_ALWAYS = { match: 0x10000000, mask: 0xffff0000 };
const LUI_GP = { match: 0x3c1c0000, mask: 0xffff0000 };
/** `addu fp,sp,zero` and `or fp,sp,zero`. */
const FRAME_POINTER_SETS: ReadonlySet<number> = new Set([0x03a0f021, 0x03a0f025]);
/** `sw ra,N(sp)`. */
const SAVE_RA = { match: 0xafbf0000, mask: 0xffff0000 };
const ADDIU_GP = { match: 0x279c0000, mask: 0xffff0000 };

/** Whether a function may begin where another, which began at `start`, seems to end. */
export function looksLikeNextFunction(image: ProgramImage, start: number, address: number): boolean {
  return looksLikePrologue(image, address) && !looksLikeAlloca(image, start, address);
}

function matches(word: number | undefined, pattern: { readonly match: number; readonly mask: number }): boolean {
  return word !== undefined && (word & pattern.mask) >>> 0 === pattern.match;
}

/** A function's usual first instruction: `addiu sp,sp,-N`, or the setting up of `gp`. */
export function looksLikePrologue(image: ProgramImage, address: number): boolean {
  const first = wordAt(image, address);
  return matches(first, STACK_PUSH) || (matches(first, LUI_GP) && matches(wordAt(image, address + 4), ADDIU_GP));
}

/**
 * Whether a push of the stack is `alloca` in a function that began before: that one has put its frame's address into
 * `fp`, and what follows the push keeps no register of the caller's in the new space.
 */
export function looksLikeAlloca(image: ProgramImage, start: number, address: number): boolean {
  if (!matches(wordAt(image, address), STACK_PUSH) || address <= start) return false;
  return (
    hasBeforeBranch(image, start, (word) => FRAME_POINTER_SETS.has(word)) &&
    !hasBeforeBranch(image, address, (word) => FRAME_POINTER_SETS.has(word) || matches(word, SAVE_RA))
  );
}

/** Looks at the words from an address to the first branch, its delay slot included. */
function hasBeforeBranch(image: ProgramImage, start: number, isMet: (word: number) => boolean): boolean {
  let last = Number.POSITIVE_INFINITY;
  for (let address = start; address <= last; address += 4) {
    const word = wordAt(image, address);
    if (word === undefined) return false;
    if (isMet(word)) return true;
    const instruction = decodeForTracing(word, address);
    if (instruction === undefined) return false;
    if (last === Number.POSITIVE_INFINITY && hasDelaySlot(instruction)) last = address + 4;
  }
  return false;
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
