/** In which state Linux starts a program's floating-point unit (arch/mips/kernel/elf.c, on a processor with 64-bit registers). */

import type { FloatMode } from "../program.ts";
import type { ElfHeader } from "./header.ts";

// e_flags: binutils' include/elf/mips.h.
const EF_MIPS_FP64 = 0x00000200;
const EF_MIPS_NAN2008 = 0x00000400;

/** Values of fp_abi that ask for registers of 64 bits, or take them where there are any (MIPS psABI supplement, "FP ABI"). */
const WIDE_ABIS: ReadonlySet<number> = new Set([
  4, // -mips32r2 -mfp64, before there were ABI flags
  5, // -mfpxx
  6, // -mfp64
  7, // -mfp64 -mno-odd-spreg
]);

/** @param floatAbi of the ABI flags, which older programs do not have */
export function floatModeOf(header: ElfHeader, floatAbi: number | undefined): FloatMode {
  const { e_flags } = header.values;
  const isWide = floatAbi === undefined ? (e_flags & EF_MIPS_FP64) !== 0 : WIDE_ABIS.has(floatAbi);
  return { registerBits: isWide ? 64 : 32, isNan2008: (e_flags & EF_MIPS_NAN2008) !== 0 };
}
