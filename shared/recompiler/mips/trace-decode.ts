/** Decoding for code that is only traced, not lifted: floating-point words get stand-ins with the same flow. */

import { isCodeAddress, wordAt } from "../image.ts";
import type { ProgramImage } from "../program.ts";
import { decode } from "./decode.ts";
import type { Instruction } from "./instruction.ts";
import type { Mnemonic } from "./opcodes.ts";

const COP1 = 0x11;
const COP1_BRANCH = 8;
/** `mfc1`, `cfc1`, `mfhc1`: they write a general register. */
const COP1_MOVES_FROM = [0, 2, 3];
/** COP1X, `lwc1`, `ldc1`, `swc1`, `sdc1`: nothing that flow depends on. */
const PLAIN_MAJORS = [0x13, 0x31, 0x35, 0x39, 0x3d];
const LIKELY_BIT = 0x20000;
// MOVF, MOVT: MIPS32 Volume II.
const MOVE_ON_CONDITION = { match: 0x00000001, mask: 0xfc0207ff };

function standInFor(word: number): Mnemonic | undefined {
  const major = word >>> 26;
  if (PLAIN_MAJORS.includes(major)) return "sync";
  if ((word & MOVE_ON_CONDITION.mask) >>> 0 === MOVE_ON_CONDITION.match) return "movz";
  if (major !== COP1) return undefined;
  const format = (word >>> 21) & 31;
  if (format === COP1_BRANCH) return (word & LIKELY_BIT) === 0 ? "bne" : "bnel";
  return COP1_MOVES_FROM.includes(format) ? "rdhwr" : "sync";
}

/**
 * As `decode`, but a floating-point word comes back as an integer instruction that goes where it goes and writes the
 * general registers it writes: enough to tell where a function leads and ends, and nothing else.
 */
export function decodeForTracing(word: number, address: number): Instruction | undefined {
  const known = decode(word, address);
  if (known !== undefined) return known;
  const mnemonic = standInFor(word);
  if (mnemonic === undefined) return undefined;
  const immediate = (word << 16) >> 16;
  const isBranch = mnemonic === "bne" || mnemonic === "bnel";
  return {
    address,
    word,
    mnemonic,
    // A branch on a coprocessor condition compares no general registers.
    rs: isBranch ? 0 : (word >>> 21) & 31,
    rt: isBranch ? 0 : (word >>> 16) & 31,
    rd: (word >>> 11) & 31,
    sa: (word >>> 6) & 31,
    immediate,
    target: isBranch ? (address + 4 + immediate * 4) >>> 0 : 0,
  };
}

/** Whether an instruction stands at the address, one this machine knows or a floating-point one. */
export function startsInstruction(image: ProgramImage, address: number): boolean {
  const word = isCodeAddress(image, address) ? wordAt(image, address) : undefined;
  return word !== undefined && decodeForTracing(word, address) !== undefined;
}
