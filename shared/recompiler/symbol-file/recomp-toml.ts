/** N64Recomp's symbol files (https://github.com/N64Recomp/N64Recomp, `symbols_file_path`): sections with functions, in TOML. */

import { parse, TomlError } from "smol-toml";
import type { SymbolFileError } from "../errors.ts";
import { faultAt, quoted, type SymbolFileEntry, type SymbolFileFormat } from "./entry.ts";

export const RECOMP_TOML: SymbolFileFormat = {
  name: "TOML of N64Recomp",
  hasAliases: false,
  // A header of a table, or a key of the one that has no header.
  recognises: (first) => /^\[\[?\s*[\w."-]+\s*\]\]?/.test(first) || /^[\w-]+\s*=\s*[["'{]/.test(first),
  read: (lines) => {
    const sections = listIn(parsed(lines.join("\n")), "section", "the file");
    const withFunctions = sections.filter((section) => isTable(section) && section.functions !== undefined);
    if (withFunctions.length === 0) {
      const expected = "[[section]] tables with functions, as in a symbol file (files of data symbols have none)";
      throw faultAt("the file", expected, `${sections.length} sections without`);
    }
    return sections.flatMap((section, index) => functionsOf(section, `section ${index}`));
  },
};

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split("\n")[0]!.replace(/^Invalid TOML document: /, "");
    throw faultAt(`line ${error.line}, column ${error.column}`, "TOML", reason);
  }
}

function functionsOf(section: unknown, where: string): SymbolFileEntry[] {
  if (!isTable(section)) throw faultAt(where, "a table", quoted(JSON.stringify(section)));
  if (section.functions === undefined) return [];
  return listIn(section, "functions", where).map((fn, index) => {
    const place = `${where}, function ${index}`;
    if (!isTable(fn)) throw faultAt(place, "a table", quoted(JSON.stringify(fn)));
    const { name, vram, size } = fn;
    if (typeof name !== "string" || name === "") throw fieldProblem(place, "name", "a name", name);
    if (!isWord(vram)) throw fieldProblem(place, "vram", "an address of 32 bits, such as 0x80001050", vram);
    if (!isWord(size)) throw fieldProblem(place, "size", "a size in bytes, such as 0x20", size);
    return { name, address: vram, size, where: place, isStated: true };
  });
}

function listIn(table: unknown, key: string, where: string): unknown[] {
  const list = isTable(table) ? table[key] : undefined;
  if (!Array.isArray(list)) throw fieldProblem(where, key, "an array of tables", list);
  return list;
}

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

const isWord = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 32;

function fieldProblem(where: string, field: string, expected: string, found: unknown): SymbolFileError {
  return faultAt(`${where}: ${field}`, expected, found === undefined ? "none" : quoted(String(found)));
}
