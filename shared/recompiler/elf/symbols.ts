/** Symbol tables, where the file has them: functions, and the value of `_gp`. */

import type { FunctionSymbol } from "../program.ts";
import { type ElfFile, fieldError, type Layout, readStructure, requireInFile, type Structure } from "./reader.ts";
import type { SectionHeader } from "./sections.ts";

const SYMBOL_SIZE = 16;
const SYMBOL_LAYOUT = {
  st_name: [0, 4],
  st_value: [4, 4],
  st_size: [8, 4],
  st_info: [12, 1],
  st_other: [13, 1],
  st_shndx: [14, 2],
} as const satisfies Layout<string>;

type SymbolEntry = Structure<keyof typeof SYMBOL_LAYOUT>;

const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHT_DYNSYM = 11;
const SHN_UNDEF = 0;
const STT_FUNC = 2;
/** `st_other` bits of MIPS16 (0xf0) and microMIPS (0x80) functions, which are in another encoding. */
const STO_OTHER_ENCODINGS = 0xf0;

/** Names of all functions together may take this many bytes: names may share their tails, so a small file can ask for much. */
const MAXIMUM_NAME_BYTES = 2 ** 26;

interface StringTable {
  readonly label: string;
  readonly bytes: Uint8Array;
}

function readStringTable(file: ElfFile, sections: readonly SectionHeader[], symbols: SectionHeader): StringTable {
  const section = sections[symbols.values.sh_link];
  if (section === undefined || section.values.sh_type !== SHT_STRTAB) {
    throw fieldError(symbols, "sh_link", `the index of a string table among ${sections.length} sections`);
  }
  requireInFile(file, section, "sh_offset", "sh_size", section.values.sh_size);
  const { sh_offset, sh_size } = section.values;
  return { label: section.label, bytes: file.bytes.subarray(sh_offset, sh_offset + sh_size) };
}

const decoder = new TextDecoder();

function readName(symbol: SymbolEntry, table: StringTable): string {
  const start = symbol.values.st_name;
  const end = start < table.bytes.length ? table.bytes.indexOf(0, start) : -1;
  if (end === -1) {
    throw fieldError(symbol, "st_name", `a string that ends inside ${table.label} (${table.bytes.length} bytes)`);
  }
  return inOneLine(decoder.decode(table.bytes.subarray(start, end)));
}

/** Control characters, line ends of Unicode, and what turns the direction of writing. */
const OBEYED = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Names go into reports and onto terminals: what those obey instead of showing is written out, as `\u001b`. */
export function inOneLine(name: string): string {
  return name.replace(OBEYED, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function readTable(file: ElfFile, section: SectionHeader): SymbolEntry[] {
  const { sh_offset, sh_size, sh_entsize } = section.values;
  if (sh_entsize !== SYMBOL_SIZE) throw fieldError(section, "sh_entsize", `0x${SYMBOL_SIZE.toString(16)}`);
  if (sh_size % SYMBOL_SIZE !== 0) throw fieldError(section, "sh_size", `a multiple of ${SYMBOL_SIZE}`);
  requireInFile(file, section, "sh_offset", "sh_size", sh_size);
  return Array.from({ length: sh_size / SYMBOL_SIZE }, (_, index) =>
    readStructure(file, `${section.label} symbol ${index}`, sh_offset + index * SYMBOL_SIZE, SYMBOL_LAYOUT),
  );
}

/** System V ABI, "Sections": a file has at most one table of each type; further ones are not looked at. */
function symbolTables(sections: readonly SectionHeader[]): SectionHeader[] {
  const firstOf = (type: number): SectionHeader[] =>
    sections.filter((section) => section.values.sh_type === type).slice(0, 1);
  return [...firstOf(SHT_SYMTAB), ...firstOf(SHT_DYNSYM)];
}

export interface Symbols {
  /** Sorted by address, then name; no two alike. */
  readonly functions: readonly FunctionSymbol[];
  readonly gp: number | undefined;
}

/**
 * The defined functions of `.symtab` and `.dynsym` that start where an instruction may stand.
 *
 * @param isCodeAddress symbols elsewhere (absolute, discarded, other encodings) are left out
 * @throws ElfError when a table or a name lies outside the file or its section
 */
export function readSymbols(
  file: ElfFile,
  sections: readonly SectionHeader[],
  isCodeAddress: (address: number) => boolean,
): Symbols {
  const found = new Map<string, FunctionSymbol>();
  let gp: number | undefined;
  let nameBytes = 0;
  for (const section of symbolTables(sections)) {
    const names = readStringTable(file, sections, section);
    for (const symbol of readTable(file, section)) {
      const { st_value, st_size, st_info, st_other, st_shndx } = symbol.values;
      const isFunction = (st_info & 0xf) === STT_FUNC && st_shndx !== SHN_UNDEF;
      if (isFunction && (st_other & STO_OTHER_ENCODINGS) === 0 && isCodeAddress(st_value)) {
        const name = readName(symbol, names);
        nameBytes += name.length;
        if (nameBytes > MAXIMUM_NAME_BYTES) {
          throw fieldError(symbol, "st_name", `at most ${MAXIMUM_NAME_BYTES} bytes of function names in all`);
        }
        const key = `${st_value} ${name}`;
        const size = Math.max(st_size, found.get(key)?.size ?? 0);
        if (name !== "") found.set(key, { name, address: st_value, size });
      } else if (gp === undefined && !isFunction && st_value !== 0 && isGlobalPointer(symbol, names)) {
        gp = st_value;
      }
    }
  }
  const functions = [...found.values()].sort((a, b) => a.address - b.address || (a.name < b.name ? -1 : 1));
  return { functions, gp };
}

const GLOBAL_POINTER_NAME = Uint8Array.of(0x5f, 0x67, 0x70, 0);

/** Compares the bytes of the name in place, so that unnamed and oddly named data symbols are no error. */
function isGlobalPointer(symbol: SymbolEntry, table: StringTable): boolean {
  return GLOBAL_POINTER_NAME.every((byte, index) => table.bytes[symbol.values.st_name + index] === byte);
}
