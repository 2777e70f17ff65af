/** Decoding for code that is only traced, not lifted: floating-point operations without a row have a stand-in. */

import { isCodeAddress, wordAt } from "../image.ts";
import type { ProgramImage } from "../program.ts";
import { decode } from "./decode.ts";
import type { Instruction } from "./instruction.ts";

const COP1 = 0x11;
const COP1X = 0x13;
/** Formats below are moves and branches. */
const FIRST_OPERATION = 16;

/** Paired singles, which only change floating-point registers. */
const isUnknownFloat = (word: number): boolean =>
  word >>> 26 === COP1X || (word >>> 26 === COP1 && ((word >>> 21) & 31) >= FIRST_OPERATION);

/** As `decode`, but a floating-point operation without a row comes back as one that does nothing: what counts is that code goes on. */
export function decodeForTracing(word: number, address: number): Instruction | undefined {
  const known = decode(word, address);
  if (known !== undefined || !isUnknownFloat(word)) return known;
  return { address, word, mnemonic: "sync", rs: 0, rt: 0, rd: 0, sa: 0, immediate: 0, target: 0 };
}

/** Whether an instruction stands at the address, one this machine knows or a floating-point one. */
export function startsInstruction(image: ProgramImage, address: number): boolean {
  const word = isCodeAddress(image, address) ? wordAt(image, address) : undefined;
  return word !== undefined && decodeForTracing(word, address) !== undefined;
}
