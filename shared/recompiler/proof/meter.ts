/**
 * Makes a module's code end: every function and every loop takes one unit of fuel, and without fuel it traps. Nothing
 * else about the code changes, so what is proven of the metered module holds of the module itself.
 */

import { skipInstruction } from "../wasm/immediates.ts";
import { unsignedBytes, WasmReader } from "../wasm/reader.ts";

/** The exported global that holds the fuel left: mutable, i32. At 0 the next function or loop is `unreachable`. */
export const FUEL_EXPORT = "proof_fuel";

const SECTION = { import: 2, global: 6, export: 7, code: 10 } as const;
const EXPORT_KIND_GLOBAL = 3;
const LOOP = 0x03;
const HEADER_BYTES = 8;

interface Section {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

function sectionsOf(module: Uint8Array): Section[] {
  const reader = new WasmReader(module, HEADER_BYTES);
  const sections: Section[] = [];
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const size = reader.unsigned();
    sections.push({ id, start: reader.position, end: reader.position + size });
    reader.skip(size);
  }
  return sections;
}

function skipLimits(reader: WasmReader): void {
  const hasMaximum = (reader.byte() & 1) !== 0;
  reader.skipNumber();
  if (hasMaximum) reader.skipNumber();
}

function importedGlobals(module: Uint8Array, section: Section | undefined): number {
  if (section === undefined) return 0;
  const reader = new WasmReader(module, section.start, section.end);
  let globals = 0;
  for (let left = reader.unsigned(); left > 0; left--) {
    reader.skipName();
    reader.skipName();
    const kind = reader.byte();
    if (kind === 0) reader.skipNumber();
    else if (kind === 1) {
      reader.byte();
      skipLimits(reader);
    } else if (kind === 2) skipLimits(reader);
    else if (kind === EXPORT_KIND_GLOBAL) {
      reader.skip(2);
      globals++;
    } else {
      reader.skip(1);
      reader.skipNumber();
    }
  }
  return globals;
}

/** The section's content with one more entry at its end. */
function withEntry(module: Uint8Array, section: Section, entry: readonly number[]): Uint8Array {
  const reader = new WasmReader(module, section.start, section.end);
  const count = reader.unsigned();
  return Buffer.concat([
    Uint8Array.from(unsignedBytes(count + 1)),
    module.subarray(reader.position, section.end),
    Uint8Array.from(entry),
  ]);
}

/** `if fuel = 0 then unreachable; fuel := fuel - 1` */
function fuelCheck(fuel: number): Uint8Array {
  const index = unsignedBytes(fuel);
  return Uint8Array.from([
    ...[0x23, ...index], // global.get
    ...[0x45, 0x04, 0x40, 0x00, 0x0b], // i32.eqz, if, unreachable, end
    ...[0x23, ...index, 0x41, 0x01, 0x6b], // global.get, i32.const 1, i32.sub
    ...[0x24, ...index], // global.set
  ]);
}

function meteredBody(module: Uint8Array, start: number, end: number, check: Uint8Array): Uint8Array {
  const reader = new WasmReader(module, start, end);
  for (let left = reader.unsigned(); left > 0; left--) {
    reader.skipNumber();
    reader.skipNumber();
  }
  const pieces: Uint8Array[] = [module.subarray(start, reader.position), check];
  let copied = reader.position;
  while (!reader.isAtEnd) {
    if (skipInstruction(reader) !== LOOP) continue;
    pieces.push(module.subarray(copied, reader.position), check);
    copied = reader.position;
  }
  pieces.push(module.subarray(copied, end));
  return Buffer.concat(pieces);
}

function meteredCode(module: Uint8Array, section: Section, check: Uint8Array): Uint8Array {
  const reader = new WasmReader(module, section.start, section.end);
  const count = reader.unsigned();
  const pieces: Uint8Array[] = [Uint8Array.from(unsignedBytes(count))];
  for (let left = count; left > 0; left--) {
    const size = reader.unsigned();
    const body = meteredBody(module, reader.position, reader.position + size, check);
    pieces.push(Uint8Array.from(unsignedBytes(body.length)), body);
    reader.skip(size);
  }
  return Buffer.concat(pieces);
}

/** @throws RecompilerError `module_malformed` for what is no module, has no globals or exports, or is past this reader */
export function meterModule(module: Uint8Array): Uint8Array {
  const sections = sectionsOf(module);
  const globals = sections.find(({ id }) => id === SECTION.global);
  const exports = sections.find(({ id }) => id === SECTION.export);
  if (globals === undefined || exports === undefined) {
    throw new WasmReader(module).malformed("there are no globals or no exports, expected a linked module with both");
  }
  const defined = new WasmReader(module, globals.start, globals.end).unsigned();
  const imports = sections.find(({ id }) => id === SECTION.import);
  const fuel = importedGlobals(module, imports) + defined;
  const check = fuelCheck(fuel);
  const fuelGlobal = [0x7f, 0x01, 0x41, 0x00, 0x0b]; // i32, mutable, i32.const 0, end
  const name = [...new TextEncoder().encode(FUEL_EXPORT)];
  const fuelExport = [...unsignedBytes(name.length), ...name, EXPORT_KIND_GLOBAL, ...unsignedBytes(fuel)];

  const contentOf = (section: Section): Uint8Array => {
    if (section === globals) return withEntry(module, section, fuelGlobal);
    if (section === exports) return withEntry(module, section, fuelExport);
    if (section.id === SECTION.code) return meteredCode(module, section, check);
    return module.subarray(section.start, section.end);
  };
  const pieces: Uint8Array[] = [module.subarray(0, HEADER_BYTES)];
  for (const section of sections) {
    const content = contentOf(section);
    pieces.push(Uint8Array.from([section.id, ...unsignedBytes(content.length)]), content);
  }
  return Buffer.concat(pieces);
}
