/** What follows each opcode of WebAssembly, so that code can be read instruction by instruction (specification, 5.4). */

import type { WasmReader } from "./reader.ts";

/**
 * - `none`; `number`, `two`: so many LEB128 numbers; `f32`, `f64`: 4 or 8 bytes
 * - `numbers`: a vector of them; `table`: such a vector and one more number (`br_table`)
 * - `memory`: alignment, offset, and a memory's index where the alignment says so
 * - `catches`: a block type and a vector of catch clauses; `prefixed`: a further opcode follows
 */
type Immediates = "none" | "number" | "two" | "f32" | "f64" | "numbers" | "table" | "memory" | "catches" | "prefixed";

type Row = readonly [first: number, last: number, immediates: Immediates];

// biome-ignore format: a table, one row a range of opcodes
const ROWS: readonly Row[] = [
  [0x00, 0x01, "none"],     // unreachable, nop
  [0x02, 0x04, "number"],   // block, loop, if
  [0x05, 0x05, "none"],     // else
  [0x06, 0x09, "number"],   // try, catch, throw, rethrow
  [0x0a, 0x0b, "none"],     // throw_ref, end
  [0x0c, 0x0d, "number"],   // br, br_if
  [0x0e, 0x0e, "table"],    // br_table
  [0x0f, 0x0f, "none"],     // return
  [0x10, 0x10, "number"],   // call
  [0x11, 0x11, "two"],      // call_indirect
  [0x12, 0x12, "number"],   // return_call
  [0x13, 0x13, "two"],      // return_call_indirect
  [0x14, 0x15, "number"],   // call_ref, return_call_ref
  [0x18, 0x18, "number"],   // delegate
  [0x19, 0x1b, "none"],     // catch_all, drop, select
  [0x1c, 0x1c, "numbers"],  // select with types
  [0x1f, 0x1f, "catches"],  // try_table
  [0x20, 0x26, "number"],   // locals, globals, tables
  [0x28, 0x3e, "memory"],   // loads and stores
  [0x3f, 0x42, "number"],   // memory.size, memory.grow, i32.const, i64.const
  [0x43, 0x43, "f32"],      // f32.const
  [0x44, 0x44, "f64"],      // f64.const
  [0x45, 0xc4, "none"],     // arithmetic
  [0xd0, 0xd0, "number"],   // ref.null
  [0xd1, 0xd1, "none"],     // ref.is_null
  [0xd2, 0xd2, "number"],   // ref.func
  [0xfc, 0xfc, "prefixed"], // saturating conversions, bulk memory, tables
];

/** How many numbers follow the opcodes behind 0xfc, in order. */
const PREFIXED_NUMBERS: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

const IMMEDIATES: readonly (Immediates | undefined)[] = Array.from(
  { length: 256 },
  (_, opcode) => ROWS.find(([first, last]) => opcode >= first && opcode <= last)?.[2],
);

function skipNumbersOf(reader: WasmReader, count: number): void {
  for (let left = count; left > 0; left--) reader.skipNumber();
}

/** Catch clauses: two kinds name a tag and a label, two a label alone. */
function skipCatches(reader: WasmReader): void {
  reader.skipNumber();
  for (let left = reader.unsigned(); left > 0; left--) skipNumbersOf(reader, reader.byte() < 2 ? 2 : 1);
}

const HAS_MEMORY_INDEX = 0x40;

/** Instructions that a loop passes over by itself, and those that it leaves to `skipInstruction`. */
const PLAIN = { none: 0, number: 1, memory: 2, other: 3 } as const;

const PLAIN_IMMEDIATES = Uint8Array.from(IMMEDIATES, (immediates) =>
  immediates === "none" || immediates === "number" || immediates === "memory" ? PLAIN[immediates] : PLAIN.other,
);

/**
 * Where instructions with an opcode end, from the reader's position to its end. Programs are megabytes, and nearly all
 * of it is a few kinds of instructions: those are passed over in place.
 * @throws RecompilerError `module_malformed` for unknown opcodes
 */
export function endsOf(wanted: number, reader: WasmReader): number[] {
  const { bytes, end } = reader;
  const ends: number[] = [];
  let at = reader.position;
  while (at < end) {
    const opcode = bytes[at++]!;
    const immediates = PLAIN_IMMEDIATES[opcode]!;
    if (immediates === PLAIN.number) {
      while (bytes[at++]! >= 0x80);
    } else if (immediates === PLAIN.memory && bytes[at]! < HAS_MEMORY_INDEX) {
      at++;
      while (bytes[at++]! >= 0x80);
    } else if (immediates !== PLAIN.none) {
      reader.position = at - 1;
      skipInstruction(reader);
      at = reader.position;
    }
    if (opcode === wanted) ends.push(at);
  }
  reader.position = end;
  if (at > end) throw reader.malformed("a section ends too early");
  return ends;
}

/** Passes over one instruction and returns its opcode. @throws RecompilerError `module_malformed` for unknown ones */
export function skipInstruction(reader: WasmReader): number {
  const opcode = reader.byte();
  switch (IMMEDIATES[opcode]) {
    case "none":
      break;
    case "number":
      reader.skipNumber();
      break;
    case "two":
      skipNumbersOf(reader, 2);
      break;
    case "f32":
      reader.skip(4);
      break;
    case "f64":
      reader.skip(8);
      break;
    case "numbers":
      reader.skipNumbers();
      break;
    case "table":
      reader.skipNumbers();
      reader.skipNumber();
      break;
    case "memory":
      skipNumbersOf(reader, (reader.unsigned() & HAS_MEMORY_INDEX) === 0 ? 1 : 2);
      break;
    case "catches":
      skipCatches(reader);
      break;
    case "prefixed": {
      const further = reader.unsigned();
      const count = PREFIXED_NUMBERS[further];
      if (count === undefined) throw reader.malformed(`opcode 0xfc ${further} cannot be metered`);
      skipNumbersOf(reader, count);
      break;
    }
    default:
      throw reader.malformed(`opcode 0x${opcode.toString(16)} cannot be metered`);
  }
  return opcode;
}
