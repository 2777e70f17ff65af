/** splat's `symbol_addrs.txt` (https://github.com/ethteck/splat/blob/main/docs/Adding-Symbols.md): `name = 0x80001050; // type:func size:0x20`. */

import { faultAt, numberOf, quoted, type SymbolFileEntry, type SymbolFileFormat } from "./entry.ts";

const LINE = /^(?<name>[^\s=;]+)\s*=\s*(?<address>[^\s;]+)\s*;\s*(?:\/\/(?<attributes>.*))?$/;

const TRUE = new Set(["true", "on", "yes", "y"]);

export const SYMBOL_ADDRS: SymbolFileFormat = {
  name: "symbol_addrs.txt of splat",
  hasAliases: false,
  recognises: (first) => LINE.test(first),
  read: (lines) =>
    lines.flatMap((text, index) => {
      const line = text.trim();
      return line === "" || line.startsWith("//") ? [] : readLine(line, `line ${index + 1}`);
    }),
};

function readLine(line: string, where: string): SymbolFileEntry[] {
  const fields = LINE.exec(line)?.groups;
  if (fields === undefined) {
    throw faultAt(where, "name = 0x80001050; // type:func size:0x20", quoted(line));
  }
  const address = numberOf(fields.address!);
  if (address === undefined) {
    throw faultAt(where, "an address of 32 bits, such as 0x80001050", quoted(fields.address!));
  }
  const attributes = new Map(
    (fields.attributes ?? "")
      .trim()
      .split(/\s+/)
      .filter((each) => each.includes(":"))
      .map((each): [string, string] => [each.slice(0, each.indexOf(":")), each.slice(each.indexOf(":") + 1)]),
  );
  const type = attributes.get("type");
  if ((type !== undefined && type !== "func") || TRUE.has((attributes.get("ignore") ?? "").toLowerCase())) return [];
  const size = numberOf(attributes.get("size") ?? "0");
  if (size === undefined) {
    throw faultAt(where, "a size in bytes, such as size:0x20", quoted(`size:${attributes.get("size")}`));
  }
  return [{ name: fields.name!, address, size, where, isStated: type === "func" }];
}
