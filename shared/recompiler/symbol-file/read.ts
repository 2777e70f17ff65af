/** Files that name the functions of a program which does not name them itself. */

import { SymbolFileError } from "../errors.ts";
import { faultAt, type SymbolFileEntry, type SymbolFileFormat } from "./entry.ts";
import { GHIDRA_CSV } from "./ghidra-csv.ts";
import { LINKER_MAP } from "./linker-map.ts";
import { RECOMP_TOML } from "./recomp-toml.ts";
import { SYMBOL_ADDRS } from "./symbol-addrs.ts";

const FORMATS: readonly SymbolFileFormat[] = [LINKER_MAP, GHIDRA_CSV, SYMBOL_ADDRS, RECOMP_TOML];

export interface SymbolFile {
  readonly format: SymbolFileFormat;
  /** In the order of the file. */
  readonly entries: readonly SymbolFileEntry[];
}

const EXPECTED = FORMATS.map(({ name }) => name).join(", ");
const LONGEST_FIRST_LINE = 60;

/**
 * Reads a symbol file. Its form follows from its first line that is neither empty nor a comment, whatever the file is called.
 *
 * @param name what messages call the file, such as its path
 * @throws SymbolFileError where the file is of no form that is known, breaks its form, or names no function
 */
export function readSymbolFile(bytes: Uint8Array, name: string): SymbolFile {
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  const first = lines.map((line) => line.trim()).find((line) => line !== "" && !/^(?:#|\/\/)/.test(line)) ?? "";
  const format = FORMATS.find((each) => each.recognises(first, lines));
  if (format === undefined) {
    const found = first === "" ? "nothing" : JSON.stringify(first.slice(0, LONGEST_FIRST_LINE));
    throw faultAt("first line", `a symbol file (${EXPECTED})`, found).of(name);
  }
  const entries = entriesOf(format, lines, name);
  if (entries.length === 0) {
    throw faultAt(format.name, "at least one function", "none").of(name);
  }
  return { format, entries };
}

function entriesOf(format: SymbolFileFormat, lines: readonly string[], name: string): SymbolFileEntry[] {
  try {
    return format.read(lines);
  } catch (error) {
    throw error instanceof SymbolFileError ? error.of(name) : error;
  }
}
