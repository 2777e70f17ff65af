/**
 * The map that GNU ld writes (`-Wl,-Map=FILE`): its section "Linker script and memory map" has the input sections in the order
 * of their addresses, and below each the global symbols in it. Of functions that are not global it has the names only where
 * each was compiled to a section of its own (`-ffunction-sections`), which then gives sizes too.
 */

import { addressOfDigits, type SymbolFileEntry, type SymbolFileFormat } from "./entry.ts";

const HEADING = "Linker script and memory map";
/** What the heading stands behind in maps that begin with it. */
const FIRST_LINES = [
  "Archive member included",
  "Merging program properties",
  "Discarded input sections",
  "Memory Configuration",
  HEADING,
];

/** An input section begins behind one blank, its address on that line or, behind a long name, on the next. */
const INPUT_SECTION = /^ (?<name>[.*]\S*)(?:\s+0x(?<address>[0-9a-f]+)\s+0x(?<size>[0-9a-f]+)\s+\S.*)?\s*$/;
const REST_OF_SECTION = /^\s+0x(?<address>[0-9a-f]+)\s+0x(?<size>[0-9a-f]+)\s+\S.*$/;
/** A symbol alone on its line: what a linker script assigns has `=` there. */
const SYMBOL = /^\s+0x(?<address>[0-9a-f]+)\s+(?<name>[^\s=(]+)\s*$/;

const CODE_SECTION = /^\.(?:text|init|fini)(?:\..*)?$/;
/** Sections of functions that gcc puts apart: what else it calls so are parts of functions, or holds many. */
const OWN_SECTION = /^\.text\.(?:(?:hot|startup|exit)\.)?(?<name>[^.\s].*)$/;
const GROUPS = new Set(["unlikely", "hot", "startup", "exit", "sorted", "unknown"]);

export const LINKER_MAP: SymbolFileFormat = {
  name: "linker map of GNU ld",
  hasAliases: true,
  recognises: (first, lines) => FIRST_LINES.some((start) => first.startsWith(start)) && lines.includes(HEADING),
  read: (lines) => {
    const entries: SymbolFileEntry[] = [];
    let section: Section | undefined;
    for (let index = lines.indexOf(HEADING) + 1; index < lines.length; index++) {
      const line = lines[index]!;
      const where = `line ${index + 1}`;
      const start = INPUT_SECTION.exec(line)?.groups;
      if (start !== undefined) {
        const rest = start.address === undefined ? REST_OF_SECTION.exec(lines[index + 1] ?? "")?.groups : start;
        if (start.address === undefined && rest !== undefined) index += 1;
        entries.push(...ownFunction(section));
        section = CODE_SECTION.test(start.name!) && rest !== undefined ? opened(start.name!, rest, where) : undefined;
      } else if (/^\S/.test(line)) {
        entries.push(...ownFunction(section));
        section = undefined;
      } else if (section !== undefined) {
        const symbol = SYMBOL.exec(line)?.groups;
        const address = symbol === undefined ? undefined : addressOfDigits(symbol.address!);
        if (address === undefined || address < section.address || address >= section.address + section.size) continue;
        section.symbols.push({ name: symbol!.name!, address, size: 0, where, isStated: true });
      }
    }
    return [...entries, ...ownFunction(section)];
  },
};

interface Section {
  readonly name: string;
  readonly address: number;
  /** Bytes. */
  readonly size: number;
  readonly where: string;
  readonly symbols: SymbolFileEntry[];
}

function opened(name: string, fields: Readonly<Record<string, string>>, where: string): Section | undefined {
  const address = addressOfDigits(fields.address!);
  const size = addressOfDigits(fields.size!);
  // What was discarded stands at 0.
  return address === undefined || size === undefined || size === 0 || address === 0
    ? undefined
    : { name, address, size, where, symbols: [] };
}

/** The symbols of a section; where it holds one function alone, that one with its size. */
function ownFunction(section: Section | undefined): readonly SymbolFileEntry[] {
  if (section === undefined) return [];
  const { name, address, size, where, symbols } = section;
  const own = OWN_SECTION.exec(name)?.groups?.name;
  const isOwn = own !== undefined && !GROUPS.has(own.split(".")[0]!);
  const areAtStart = symbols.every((symbol) => symbol.address === address);
  if (!isOwn || !areAtStart) return symbols;
  if (symbols.length === 0) return [{ name: own, address, size, where, isStated: true }];
  return symbols.map((symbol) => ({ ...symbol, size }));
}
