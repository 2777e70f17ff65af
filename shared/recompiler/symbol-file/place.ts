/** What a symbol file says, held against the program it is given for. */

import { inOneLine } from "../elf/symbols.ts";
import { SymbolFileError } from "../errors.ts";
import { codeRangeAt } from "../image.ts";
import { hex } from "../machine.ts";
import { preferred, type StatedFunction } from "../mips/function-starts.ts";
import type { ProgramImage } from "../program.ts";
import type { SymbolFileEntry } from "./entry.ts";
import { readSymbolFile, type SymbolFile } from "./read.ts";

export interface PlacedSymbols {
  /** Sorted by address, one an address, each in the code. */
  readonly functions: readonly StatedFunction[];
  /** What of the file is not used, and why: one sentence for each kind. */
  readonly warnings: readonly string[];
}

/** Names are part of reports and of selectors, which have so many characters. */
const LONGEST_NAME = 256;

/**
 * The functions that a symbol file names and that the program has.
 *
 * @param name what messages call the file, such as its path
 * @throws SymbolFileError where the file cannot be read, or none of its functions is in the program's code
 */
export function placeSymbols(image: ProgramImage, bytes: Uint8Array, name: string): PlacedSymbols {
  const file = readSymbolFile(bytes, name);
  const complaints = new Map<string, string[]>();
  const complain = (kind: string, { name: symbol, where }: SymbolFileEntry, said: string): void => {
    const text = `${where}: ${inOneLine(symbol)}: ${said}`;
    const all = complaints.get(kind);
    if (all === undefined) complaints.set(kind, [text]);
    else all.push(text);
  };
  const inCode = file.entries.filter((entry) => {
    if (codeRangeAt(image, entry.address) === undefined) {
      if (entry.isStated)
        complain("outside", entry, `expected an address in the program's code, found ${hex(entry.address)}; left out`);
      return false;
    }
    const isAligned = (entry.address & 3) === 0;
    if (!isAligned)
      complain(
        "misaligned",
        entry,
        `expected an address that is a multiple of 4, found ${hex(entry.address)}; left out`,
      );
    return isAligned;
  });
  if (inCode.length === 0) throw foreignFile(image, file, name);
  const functions = onePerAddress(file, inCode, complain);
  return {
    functions: functions.map((entry, index) => ({
      address: entry.address,
      name: inOneLine(entry.name).slice(0, LONGEST_NAME),
      origin: "symbol_file",
      size: usableSize(image, entry, functions[index + 1]?.address, complain),
    })),
    warnings: [...complaints.values()].map((all) => {
      const more = all.length === 1 ? "" : ` (and ${all.length - 1} more)`;
      return `${name}: ${all[0]}${more}`;
    }),
  };
}

type Complain = (kind: string, entry: SymbolFileEntry, said: string) => void;

function onePerAddress(
  { format }: SymbolFile,
  entries: readonly SymbolFileEntry[],
  complain: Complain,
): readonly SymbolFileEntry[] {
  const chosen = new Map<number, SymbolFileEntry>();
  for (const entry of entries) {
    const known = chosen.get(entry.address);
    if (known === undefined) {
      chosen.set(entry.address, entry);
      continue;
    }
    const better = preferred(known, entry) === known ? known : entry;
    chosen.set(entry.address, { ...better, size: Math.max(known.size, entry.size) });
    if (!format.hasAliases && known.name !== entry.name) {
      const other = `${inOneLine(known.name)} (${known.where})`;
      complain(
        "duplicate",
        entry,
        `expected each address once, found ${hex(entry.address)} for ${other} too; the function is called ${inOneLine(better.name)}`,
      );
    }
  }
  return [...chosen.values()].sort((a, b) => a.address - b.address);
}

/** The size in whole words; undefined where the file gives none, or one that cannot be: its code then says how far it goes. */
function usableSize(
  image: ProgramImage,
  entry: SymbolFileEntry,
  next: number | undefined,
  complain: Complain,
): number | undefined {
  const size = Math.ceil(entry.size / 4) * 4;
  if (size === 0) return undefined;
  const end = entry.address + size;
  const range = codeRangeAt(image, entry.address)!;
  const isInCode = end <= range.end;
  if (isInCode && (next === undefined || end <= next)) return size;
  const expected = isInCode
    ? `an end by ${hex(next!)}, where the next function starts`
    : `an end by ${hex(range.end)}, as the code does`;
  complain("overlap", entry, `expected ${expected}, found ${hex(end)}; its size is not used`);
  return undefined;
}

function foreignFile(image: ProgramImage, { entries, format }: SymbolFile, name: string): SymbolFileError {
  const addresses = entries.map(({ address }) => address);
  const ranges = image.codeRanges.map(({ start, end }) => `${hex(start)} to ${hex(end)}`);
  const shown = ranges.length > 3 ? [...ranges.slice(0, 3), "…"] : ranges;
  return new SymbolFileError({
    where: format.name,
    expected: `functions in the program's code (${shown.join(", ")})`,
    found: `${entries.length} from ${hex(lowest(addresses))} to ${hex(-lowest(addresses.map((each) => -each)))}, none of them in it`,
    advice: "is it the symbol file of this program, with the addresses that it is loaded at?",
  }).of(name);
}

const lowest = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.min(a, b));
