/**
 * What Ghidra exports of its tables of functions and of symbols (Export to CSV): a line with the names of the columns, fields
 * in double quotes, quotes and commas in them behind a backslash. Columns may stand in any order, and some may be missing.
 */

import { addressOfDigits, faultAt, numberOf, quoted, type SymbolFileEntry, type SymbolFileFormat } from "./entry.ts";

const COLUMNS = {
  name: ["name", "label", "function name"],
  address: ["location", "address", "entry point", "entry"],
  size: ["function size", "size", "body size"],
  type: ["type", "symbol type"],
} as const;
type Column = keyof typeof COLUMNS;

export const GHIDRA_CSV: SymbolFileFormat = {
  name: "CSV of Ghidra",
  hasAliases: false,
  recognises: (first) => {
    const columns = columnsOf(first);
    return columns.name >= 0 && columns.address >= 0;
  },
  read: (lines) => {
    const head = lines.findIndex((line) => line.trim() !== "");
    const columns = columnsOf(lines[head]!);
    return lines.slice(head + 1).flatMap((line, index) => {
      if (line.trim() === "") return [];
      return readRow(fieldsOf(line), columns, `line ${head + index + 2}`);
    });
  },
};

function columnsOf(line: string): Readonly<Record<Column, number>> {
  const fields = fieldsOf(line).map((field) => field.trim().toLowerCase());
  const indexOf = (column: Column): number =>
    fields.findIndex((field) => (COLUMNS[column] as readonly string[]).includes(field));
  return { name: indexOf("name"), address: indexOf("address"), size: indexOf("size"), type: indexOf("type") };
}

/** Quotes inside of a field are written `\"`, as Ghidra does, or doubled (RFC 4180). */
const FIELD = /\s*(?:"(?<text>(?:\\[",]|""|[^"\\]|\\(?![",]))*)"|(?<bare>[^,]*))\s*(?:,|$)/y;

function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  for (FIELD.lastIndex = 0; FIELD.lastIndex < line.length; ) {
    const found = FIELD.exec(line)?.groups;
    if (found === undefined) break;
    fields.push(found.text?.replace(/\\(?=[",])|"(?=")/g, "") ?? found.bare!.trim());
  }
  return fields;
}

/** `00400120`, `0x00400120`, or with the space of addresses that it lies in: `ram:00400120`, `overlay::00400120`. */
const LOCATION = /^(?:(?<space>[^:]+)::?)?(?:0x)?(?<digits>[0-9a-f]+)$/i;

function readRow(
  fields: readonly string[],
  columns: Readonly<Record<Column, number>>,
  where: string,
): SymbolFileEntry[] {
  const at = (column: Column): string | undefined => fields[columns[column]];
  const type = at("type")?.toLowerCase();
  // A table of symbols has labels, data, parameters and what the program does not hold.
  if (type !== undefined && (!type.includes("function") || type.includes("external"))) return [];
  const [name, location] = [at("name") ?? "", at("address") ?? ""];
  if (location.startsWith("External[")) return [];
  const digits = LOCATION.exec(location)?.groups?.digits;
  const address = digits === undefined ? undefined : addressOfDigits(digits);
  if (address === undefined) {
    throw faultAt(where, "a location such as 00400120", quoted(location));
  }
  if (name === "") throw faultAt(where, "a name", "none");
  const size = numberOf(at("size") || "0");
  if (size === undefined) throw faultAt(where, "a size in bytes", quoted(at("size")!));
  return [{ name, address, size, where, isStated: true }];
}
