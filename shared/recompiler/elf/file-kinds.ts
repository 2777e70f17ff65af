/** What a file is that is no ELF file, and what an ELF file is for that is not for MIPS: for messages. */

interface Kind {
  readonly what: string;
  readonly magic: readonly number[];
  /** In bytes; default: the beginning of the file. */
  readonly at?: number;
}

const text = (word: string): number[] => Array.from(word, (character) => character.charCodeAt(0));

// biome-ignore format: a table, one row a kind
const KINDS: readonly Kind[] = [
  { what: "a Nintendo 64 cartridge image; its program has to be taken out of it and made an ELF file", magic: [0x80, 0x37, 0x12, 0x40] },
  { what: "a Nintendo 64 cartridge image, byte-swapped; its program has to be taken out of it and made an ELF file", magic: [0x37, 0x80, 0x40, 0x12] },
  { what: "a Nintendo 64 cartridge image, little-endian; its program has to be taken out of it and made an ELF file", magic: [0x40, 0x12, 0x37, 0x80] },
  { what: "a PlayStation executable (PS-X EXE); it has to be made an ELF file", magic: text("PS-X EXE") },
  { what: "a compact disc image (ISO 9660); the program is a file in it", magic: text("CD001"), at: 0x8001 },
  { what: "a Windows or DOS program", magic: text("MZ") },
  { what: "a Mach-O program", magic: [0xcf, 0xfa, 0xed, 0xfe] },
  { what: "a Mach-O program", magic: [0xfe, 0xed, 0xfa, 0xce] },
  { what: "a Mach-O program or a Java class", magic: [0xca, 0xfe, 0xba, 0xbe] },
  { what: "a WebAssembly module", magic: [0x00, 0x61, 0x73, 0x6d] },
  { what: "an archive (ar); the program is linked of what is in it", magic: text("!<arch>") },
  { what: "a ZIP archive; unpack it first", magic: text("PK\x03\x04") },
  { what: "a gzip file; unpack it first", magic: [0x1f, 0x8b] },
  { what: "an xz file; unpack it first", magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { what: "a 7z archive; unpack it first", magic: [0x37, 0x7a, 0xbc, 0xaf] },
  { what: "a script", magic: text("#!") },
];

/** Enough to tell text by. */
const LOOKED_AT = 512;
const ELF_MAGIC = [0x7f, ...text("ELF")];

export function isElfFile(bytes: Uint8Array): boolean {
  return hasMagic(bytes, { what: "", magic: ELF_MAGIC });
}

/** What a file that is no ELF file is, in words; undefined for what nobody knows. */
export function kindOf(bytes: Uint8Array): string | undefined {
  const kind = KINDS.find((each) => hasMagic(bytes, each));
  if (kind !== undefined) return kind.what;
  if (bytes.length === 0) return "an empty file";
  const isText = bytes.subarray(0, LOOKED_AT).every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
  return isText ? "a text file" : undefined;
}

function hasMagic(bytes: Uint8Array, { magic, at = 0 }: Kind): boolean {
  return magic.every((byte, index) => bytes[at + index] === byte);
}

// gABI, "e_machine", as kept at https://www.sco.com/developers/gabi/latest/ch4.eheader.html
// biome-ignore format: a table
const MACHINES: Readonly<Record<number, string>> = {
  2: "SPARC", 3: "x86", 4: "Motorola 68000", 8: "MIPS", 10: "MIPS I, little-endian", 20: "PowerPC", 21: "PowerPC 64",
  22: "S/390", 40: "ARM", 42: "SuperH", 43: "SPARC V9", 50: "Itanium", 62: "x86-64", 94: "Xtensa", 183: "AArch64",
  243: "RISC-V", 258: "LoongArch",
};

/** `62 (x86-64)` */
export function machineName(machine: number): string {
  const name = MACHINES[machine];
  return name === undefined ? String(machine) : `${machine} (${name})`;
}
