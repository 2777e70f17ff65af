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
import { readSymbols, type Symbols } from "./symbols.ts";

/**
 * Loads a statically linked MIPS executable (ELF32, either byte order) as Linux does, which needs the program headers alone:
 * what is wrong with the tables of sections and symbols is a warning of the image, and they are left out. Segment bytes
 * are views of the input.
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
  const warnings: string[] = [];
  const leaveOut = <Found>(what: string, read: () => Found, otherwise: () => Found): Found => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ElfError)) throw error;
      warnings.push(`${error.message}: ${what} left out, which running it does not need`);
      return otherwise();
    }
  };
  // No kernel looks at it.
  if (header.values.e_version !== 1) warnings.push(fieldError(header, "e_version", "1").message);
  const sections = leaveOut(
    "all sections and symbols are",
    () => readSections(file, header),
    () => [],
  );
  const withoutSymbols: ProgramImage = {
    endianness: file.endianness,
    entry: header.values.e_entry,
    segments,
    symbols: [],
    codeRanges: leaveOut(
      "what the sections say of code is",
      () => codeRangesOf(sections, segments),
      () => codeRangesOf([], segments),
    ),
    float: floatModeOf(header, floatAbi),
  };
  const { e_entry } = header.values;
  if ((e_entry & 3) !== 0) throw fieldError(header, "e_entry", "a multiple of 4", { found: hex(e_entry) });
  if (!isCodeAddress(withoutSymbols, e_entry)) {
    throw fieldError(header, "e_entry", "an address in the program's code", { found: hex(e_entry) });
  }
  const symbols = leaveOut<Symbols>(
    "all symbols are",
    () => readSymbols(file, sections, (address) => isCodeAddress(withoutSymbols, address)),
    () => ({ functions: [], gp: undefined }),
  );
  const gp = symbols.gp ?? registerGp;
  return {
    ...withoutSymbols,
    symbols: symbols.functions,
    ...(gp !== undefined && { gp }),
    ...(warnings.length > 0 && { warnings }),
  };
}
