/**
 * Makes a module's code end: every function and every loop takes one unit of fuel, and without fuel it traps. Nothing
 * else about the code changes, so what a test shows of the metered module holds of the module itself.
 */

import { ByteWriter, unsignedLength } from "../wasm/bytes.ts";
import { endsOf } from "../wasm/immediates.ts";
import { EMPTY_BLOCK, EXTERNAL_KIND, OP, SECTION, VALUE_TYPE } from "../wasm/opcodes.ts";
import { WasmReader } from "../wasm/reader.ts";

/** The exported global that holds the fuel left: mutable, i32. At 0 the next function or loop is `unreachable`. */
export const FUEL_EXPORT = "test_fuel";

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
    else if (kind === EXTERNAL_KIND.global) {
      reader.skip(2);
      globals++;
    } else {
      reader.skip(1);
      reader.skipNumber();
    }
  }
  return globals;
}

/** `if fuel = 0 then unreachable; fuel := fuel - 1` */
function fuelCheck(fuel: number): Uint8Array {
  const check = new ByteWriter();
  const global = (opcode: number) => {
    check.byte(opcode);
    check.unsigned(fuel);
  };
  global(OP.globalGet);
  for (const byte of [OP.i32Eqz, OP.if, EMPTY_BLOCK, OP.unreachable, OP.end]) check.byte(byte);
  global(OP.globalGet);
  check.byte(OP.i32Const);
  check.signed(1);
  check.byte(OP.i32Sub);
  global(OP.globalSet);
  return check.finish();
}

interface Body {
  readonly start: number;
  readonly end: number;
  /** Where the checks go. */
  readonly checked: readonly number[];
}

function readBody(reader: WasmReader): Body {
  const size = reader.unsigned();
  const start = reader.position;
  reader.skip(size);
  const inside = new WasmReader(reader.bytes, start, reader.position);
  for (let left = inside.unsigned(); left > 0; left--) {
    inside.skipNumber();
    inside.skipNumber();
  }
  return { start, end: reader.position, checked: [inside.position, ...endsOf(OP.loop, inside)] };
}

/** The code section's content, and how long it will be: it is nearly all of the module, and is written only once. */
function meteredCode(module: Uint8Array, { start, end }: Section, check: Uint8Array) {
  const reader = new WasmReader(module, start, end);
  const bodies: Body[] = [];
  for (let left = reader.unsigned(); left > 0; left--) bodies.push(readBody(reader));
  const sizeOf = (body: Body): number => body.end - body.start + body.checked.length * check.length;
  const length = bodies.reduce(
    (sum, body) => sum + unsignedLength(sizeOf(body)) + sizeOf(body),
    unsignedLength(bodies.length),
  );
  const write = (out: ByteWriter): void => {
    out.unsigned(bodies.length);
    for (const body of bodies) {
      out.unsigned(sizeOf(body));
      let copied = body.start;
      for (const position of body.checked) {
        out.bytes(module.subarray(copied, position));
        out.bytes(check);
        copied = position;
      }
      out.bytes(module.subarray(copied, body.end));
    }
  };
  return { length, write };
}

/** The globals, and behind them the fuel. */
function writeGlobals(out: ByteWriter, module: Uint8Array, { start, end }: Section): void {
  const reader = new WasmReader(module, start, end);
  out.unsigned(reader.unsigned() + 1);
  out.bytes(module.subarray(reader.position, end));
  for (const byte of [VALUE_TYPE.i32, IS_MUTABLE, OP.i32Const, 0, OP.end]) out.byte(byte);
}

const IS_MUTABLE = 1;

/** The exports that are no functions, and the fuel. An engine makes an object of each function exported, before any is called. */
function writeExports(out: ByteWriter, module: Uint8Array, { start, end }: Section, fuel: number): void {
  const reader = new WasmReader(module, start, end);
  const kept: Uint8Array[] = [];
  for (let left = reader.unsigned(); left > 0; left--) {
    const begin = reader.position;
    reader.skipName();
    const kind = reader.byte();
    reader.skipNumber();
    if (kind !== EXTERNAL_KIND.function) kept.push(module.subarray(begin, reader.position));
  }
  out.unsigned(kept.length + 1);
  for (const each of kept) out.bytes(each);
  out.name(FUEL_EXPORT);
  out.byte(EXTERNAL_KIND.global);
  out.unsigned(fuel);
}

/**
 * Functions are not exported any more: they are found in the table.
 *
 * @throws RecompilerError `module_malformed` for what is no module, has no globals or exports, or is past this reader
 */
export function meterModule(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(module);
  const globals = sections.find(({ id }) => id === SECTION.global);
  if (globals === undefined || !sections.some(({ id }) => id === SECTION.export)) {
    throw new WasmReader(module).malformed("there are no globals or no exports, expected a linked module with both");
  }
  const defined = new WasmReader(module, globals.start, globals.end).unsigned();
  const imports = sections.find(({ id }) => id === SECTION.import);
  const fuel = importedGlobals(module, imports) + defined;
  const check = fuelCheck(fuel);

  const contentOf = (section: Section) => {
    if (section.id === SECTION.code) return meteredCode(module, section, check);
    const content = new ByteWriter(section.end - section.start);
    if (section.id === SECTION.global) writeGlobals(content, module, section);
    else if (section.id === SECTION.export) writeExports(content, module, section, fuel);
    else content.bytes(module.subarray(section.start, section.end));
    return { length: content.length, write: (out: ByteWriter) => out.bytes(content.finish()) };
  };
  // Names are for people who look at a trace.
  const contents = sections
    .filter(({ id }) => id !== SECTION.custom)
    .map((section) => [section.id, contentOf(section)] as const);
  const metered = new ByteWriter(
    contents.reduce((sum, [, { length }]) => sum + 1 + unsignedLength(length) + length, HEADER_BYTES),
  );
  metered.bytes(module.subarray(0, HEADER_BYTES));
  for (const [id, { length, write }] of contents) {
    metered.byte(id);
    metered.unsigned(length);
    write(metered);
  }
  return metered.finish();
}
