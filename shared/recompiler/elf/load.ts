/** From the bytes of an ELF executable to a program image. */

import { ElfError } from "../errors.ts";
import { isCodeAddress } from "../image.ts";
import { hex } from "../machine.ts";
import type { ProgramImage } from "../program.ts";
import { floatModeOf } from "./float-mode.ts";
import { readHeader } from "./header.ts";
import { fieldError } from "./reader.ts";
import { codeRangesOf, readSections } from "./sections.ts";
import { readSegments } from "./segments.ts";
import { readSymbols } from "./symbols.ts";

/**
 * Loads a statically linked MIPS executable (ELF32, either byte order). Segment bytes are views of the input.
 *
 * @param name what messages call the file, such as its path
 * @throws ElfError naming the first field that is not as it must be, its file offset, expected and found
 */
export function loadElf(bytes: Uint8Array, name?: string): ProgramImage {
  try {
    return imageOf(bytes);
  } catch (error) {
    throw error instanceof ElfError && name !== undefined ? error.of(name) : error;
  }
}

function imageOf(bytes: Uint8Array): ProgramImage {
  const { file, header } = readHeader(bytes);
  const { segments, gp: registerGp, floatAbi } = readSegments(file, header);
  const sections = readSections(file, header);
  const withoutSymbols: ProgramImage = {
    endianness: file.endianness,
    entry: header.values.e_entry,
    segments,
    symbols: [],
    codeRanges: codeRangesOf(sections, segments),
    float: floatModeOf(header, floatAbi),
  };
  const { e_entry } = header.values;
  if ((e_entry & 3) !== 0) throw fieldError(header, "e_entry", "a multiple of 4", { found: hex(e_entry) });
  if (!isCodeAddress(withoutSymbols, e_entry)) {
    throw fieldError(header, "e_entry", "an address in the program's code", { found: hex(e_entry) });
  }
  const symbols = readSymbols(file, sections, (address) => isCodeAddress(withoutSymbols, address));
  const gp = symbols.gp ?? registerGp;
  return { ...withoutSymbols, symbols: symbols.functions, ...(gp === undefined ? {} : { gp }) };
}
