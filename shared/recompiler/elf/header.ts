/** The ELF file header: what kind of file this is, and where its tables are. */

import { ElfError } from "../errors.ts";
import { isElfFile, kindOf, machineName } from "./file-kinds.ts";
import { type ElfFile, elfFile, fieldError, hexNumber, type Layout, readStructure, type Structure } from "./reader.ts";

// Offsets: System V ABI, "ELF Header", 32-bit layout.
const HEADER_LAYOUT = {
  e_type: [16, 2],
  e_machine: [18, 2],
  e_version: [20, 4],
  e_entry: [24, 4],
  e_phoff: [28, 4],
  e_shoff: [32, 4],
  e_flags: [36, 4],
  e_ehsize: [40, 2],
  e_phentsize: [42, 2],
  e_phnum: [44, 2],
  e_shentsize: [46, 2],
  e_shnum: [48, 2],
} as const satisfies Layout<string>;

export type HeaderField = keyof typeof HEADER_LAYOUT;
export type ElfHeader = Structure<HeaderField>;

const IDENT_SIZE = 16;
const ELFCLASS32 = 1;
const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;
const ELFDATA2MSB = 2;

const FILE_TYPES: Readonly<Record<number, string>> = {
  0: "ET_NONE",
  1: "ET_REL",
  2: "ET_EXEC",
  3: "ET_DYN",
  4: "ET_CORE",
};
const ET_EXEC = 2;
const EM_MIPS = 8;

// e_flags: MIPS psABI supplement, "Machine Information"; later values from binutils' include/elf/mips.h.
const EF_MIPS_ABI2 = 0x00000020;
const EF_MIPS_MICROMIPS = 0x02000000;
const EF_MIPS_ARCH = 0xf0000000;
const RELEASE_6_ARCHITECTURES: Readonly<Record<number, string>> = { 2415919104: "mips32r6", 2684354560: "mips64r6" };

const STATIC_ADVICE = "link a static executable at a fixed address (-static -no-pie)";
const MIPS_ADVICE = "compile it for MIPS32, such as with: mips-linux-gnu-gcc -static -no-pie";

function readIdent(bytes: Uint8Array): ElfFile {
  const ident = (field: string, offset: number, expected: string, found: string): ElfError =>
    new ElfError("elf_malformed", { field, offset, expected, found });
  if (!isElfFile(bytes)) {
    const quoted = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const found = [...(quoted === "" ? [] : [quoted]), kindOf(bytes) ?? ""].filter((each) => each !== "");
    throw ident("e_ident[EI_MAG0..3]", 0, "7f 45 4c 46 (an ELF file)", found.join(", "));
  }
  if (bytes.length < IDENT_SIZE) {
    throw ident("e_ident", 0, `${IDENT_SIZE} bytes`, `a file of ${bytes.length} bytes`);
  }
  const [elfClass, encoding, version] = [bytes[4]!, bytes[5]!, bytes[6]!];
  if (elfClass === ELFCLASS64) {
    const where = { field: "e_ident[EI_CLASS]", offset: 4, expected: "1 (32-bit)" };
    throw new ElfError("elf_unsupported", {
      ...where,
      found: `2 (64-bit${machineOf(bytes, encoding)})`,
      advice: MIPS_ADVICE,
    });
  }
  if (elfClass !== ELFCLASS32) throw ident("e_ident[EI_CLASS]", 4, "1 (32-bit)", String(elfClass));
  if (encoding !== ELFDATA2LSB && encoding !== ELFDATA2MSB) {
    throw ident("e_ident[EI_DATA]", 5, "1 (little-endian) or 2 (big-endian)", String(encoding));
  }
  if (version !== 1) throw ident("e_ident[EI_VERSION]", 6, "1", String(version));
  return elfFile(bytes, encoding === ELFDATA2LSB ? "little" : "big");
}

/** e_machine is at the same place in both classes. */
function machineOf(bytes: Uint8Array, encoding: number): string {
  if (bytes.length < 20) return "";
  const machine = elfFile(bytes, "little").view.getUint16(18, encoding === ELFDATA2LSB);
  return `, ${machineName(machine).replace(/^.*\((.*)\)$/, "$1")}`;
}

function requireMipsExecutable(header: ElfHeader): void {
  const { e_type, e_machine, e_flags } = header.values;
  if (e_machine !== EM_MIPS) {
    const found = machineName(e_machine);
    throw fieldError(header, "e_machine", "8 (MIPS)", { found, advice: MIPS_ADVICE, isUnsupported: true });
  }
  if (e_type !== ET_EXEC) {
    const found = `${e_type} (${FILE_TYPES[e_type] ?? "unknown"})`;
    throw fieldError(header, "e_type", "2 (ET_EXEC)", { found, advice: STATIC_ADVICE, isUnsupported: true });
  }
  const found = hexNumber(e_flags);
  if ((e_flags & EF_MIPS_MICROMIPS) !== 0) {
    throw fieldError(header, "e_flags", "no microMIPS code", { found, isUnsupported: true });
  }
  if ((e_flags & EF_MIPS_ABI2) !== 0) {
    throw fieldError(header, "e_flags", "the o32 ABI", { found: `${found} (n32)`, isUnsupported: true });
  }
  const release6 = RELEASE_6_ARCHITECTURES[(e_flags & EF_MIPS_ARCH) >>> 0];
  if (release6 !== undefined) {
    throw fieldError(header, "e_flags", "MIPS before release 6", {
      found: `${found} (${release6})`,
      isUnsupported: true,
    });
  }
}

/**
 * Reads the identification and the file header of a MIPS executable.
 *
 * @throws ElfError when it is no ELF32 executable for MIPS, or cut short
 */
export function readHeader(bytes: Uint8Array): { readonly file: ElfFile; readonly header: ElfHeader } {
  const file = readIdent(bytes);
  const header = readStructure<HeaderField>(file, "", 0, HEADER_LAYOUT);
  requireMipsExecutable(header);
  return { file, header };
}

/** @param name what messages call the file. @throws ElfError when its header is none of an executable for MIPS */
export function expectMipsExecutable(bytes: Uint8Array, name: string): void {
  try {
    readHeader(bytes);
  } catch (error) {
    throw error instanceof ElfError ? error.of(name) : error;
  }
}

/** The error for a file that needs a dynamic linker. */
export function dynamicLinkingError<Field extends string>(
  structure: Structure<Field>,
  field: Field,
  found: string,
): ElfError {
  return fieldError(structure, field, "a statically linked program", {
    found,
    advice: STATIC_ADVICE,
    isUnsupported: true,
  });
}
