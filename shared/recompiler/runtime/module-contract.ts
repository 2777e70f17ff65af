/**
 * What a linked module is, looked at before the engine compiles it: the imports it may have, the exports it must have, and how large it
 * may be. What the checks here do not read (bodies, data) the engine validates.
 */

import { RecompilerError } from "../errors.ts";
import { USUAL_SHAPE } from "../lift/shape.ts";
import { hex } from "../machine.ts";
import type { MemoryLayout } from "../program.ts";
import { banksOf, NOTED_GLOBALS, optionalGlobals } from "../register-file.ts";
import { EXTERNAL_KIND, SECTION, VALUE_TYPE } from "../wasm/opcodes.ts";
import { WasmReader } from "../wasm/reader.ts";
import { WASM_PAGE } from "./memory.ts";

/** What a module may take of its host. All far above what a program of 100 MB of code needs. */
export const MODULE_LIMITS = {
  /** Bytes of the module, of which most is code and data. */
  bytes: 256 << 20,
  /** Slots of the function table; what engines accept (JavaScript API, implementation limits). */
  tableSlots: 10_000_000,
  /** Types, functions, globals, exports, each; what engines accept. */
  items: 1_000_000,
  /** Bytes that the memory may grow to. */
  memoryBytes: 2 ** 32 - WASM_PAGE,
} as const;

const PREAMBLE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/** The order in which sections come (core specification 2.0, section 5.5.2); a linked module has no function that starts by itself. */
const SECTION_ORDER: readonly number[] = [
  SECTION.type,
  SECTION.import,
  SECTION.function,
  SECTION.table,
  SECTION.memory,
  SECTION.global,
  SECTION.export,
  SECTION.element,
  12, // data count
  SECTION.code,
  SECTION.data,
];

const FUNCTION_FORM = 0x60;
const HAS_MAXIMUM = 0x01;

/** The host's functions, their parameters and results. */
const HOST_FUNCTIONS: Readonly<Record<string, string>> = {
  "env.syscall": "",
  "env.trap": "i32 i32",
  "env.float": "i32 i32 i64 i64 i64 -> i64",
};

const GUEST_FUNCTION = /^f_[0-9a-f]{8}$/;

interface Limits {
  readonly minimum: number;
  readonly maximum: number | undefined;
}

interface Export {
  readonly kind: number;
  readonly index: number;
}

/** What the sections say, as far as it is looked at. */
interface Outline {
  /** `i32 i32`, or `i32 -> i32`. */
  types: string[];
  imports: { readonly name: string; readonly kind: number; readonly type: number }[];
  /** The type of each function, imports first. */
  functions: number[];
  tables: (Limits & { readonly element: number })[];
  memories: Limits[];
  globals: { readonly type: number; readonly isMutable: boolean }[];
  exports: Map<string, Export>;
}

/**
 * @param bytes of the module that is to be run
 * @param layout of the program it is, where it has to be that one's
 * @throws RecompilerError `module_malformed` when the bytes are no module, `module_contract` when it is none of a recompiled program
 */
export function expectLinkedModule(bytes: Uint8Array, layout?: MemoryLayout): void {
  if (bytes.length > MODULE_LIMITS.bytes) {
    throw contractError(`at most ${MODULE_LIMITS.bytes} bytes`, `${bytes.length}`);
  }
  const outline = outlineOf(bytes);
  const others = expectExports(outline);
  expectImports(outline);
  expectGuestFunctions(outline, others);
  expectSizes(outline);
  if (layout !== undefined) expectLayout(outline, layout);
}

export function contractError(expected: string, found: string): RecompilerError {
  return new RecompilerError(
    "module_contract",
    `recompiled module: expected ${expected}, found ${found}; link it again with this version`,
  );
}

function outlineOf(bytes: Uint8Array): Outline {
  const outline: Outline = {
    types: [],
    imports: [],
    functions: [],
    tables: [],
    memories: [],
    globals: [],
    exports: new Map(),
  };
  const reader = new WasmReader(bytes, PREAMBLE.length);
  if (!PREAMBLE.every((byte, index) => bytes[index] === byte))
    throw malformed(0, "it has no preamble of WebAssembly 1");
  let last = -1;
  while (!reader.isAtEnd) {
    const start = reader.position;
    const id = reader.byte();
    const end = reader.unsigned() + reader.position;
    if (end > bytes.length) throw malformed(start, "a section ends behind the end of the file");
    if (id !== SECTION.custom) {
      const place = SECTION_ORDER.indexOf(id);
      if (place < 0) throw contractError("no section of another kind", `section ${id}`);
      if (place <= last) throw malformed(start, `section ${id} stands at the wrong place, or twice`);
      last = place;
    }
    const section = new WasmReader(bytes, reader.position, end);
    const read = READERS[id];
    if (read !== undefined) {
      read(section, outline);
      if (!section.isAtEnd) throw section.malformed("a section goes on behind its end");
    }
    reader.position = end;
  }
  return outline;
}

type SectionReader = (section: WasmReader, outline: Outline) => void;

/** By section id. Elements, code and data are the engine's to validate: they name nothing outside. */
const READERS: Readonly<Partial<Record<number, SectionReader>>> = {
  [SECTION.type]: (section, { types }) => {
    each(section, () => {
      if (section.byte() !== FUNCTION_FORM) throw contractError("function types alone", "a type of another form");
      const [parameters, results] = [valueTypes(section), valueTypes(section)];
      types.push(results === "" ? parameters : `${parameters} -> ${results}`);
    });
  },
  [SECTION.import]: (section, { imports, functions }) => {
    each(section, () => {
      const name = `${section.name()}.${section.name()}`;
      const kind = section.byte();
      if (kind !== EXTERNAL_KIND.function)
        throw contractError("the host's functions as the only imports", quoted(name));
      const type = section.unsigned();
      imports.push({ name, kind, type });
      functions.push(type);
    });
  },
  [SECTION.function]: (section, { functions }) => each(section, () => functions.push(section.unsigned())),
  [SECTION.table]: (section, { tables }) => {
    each(section, () => tables.push({ element: section.byte(), ...limits(section, "table") }));
  },
  [SECTION.memory]: (section, { memories }) => each(section, () => memories.push(limits(section, "memory"))),
  [SECTION.global]: (section, { globals }) => {
    each(section, () => {
      const type = section.byte();
      globals.push({ type, isMutable: section.byte() === 1 });
      skipConstant(section);
    });
  },
  [SECTION.export]: (section, { exports }) => {
    each(section, () => {
      const name = section.name();
      if (exports.has(name)) throw section.malformed(`two exports ${quoted(name)}`);
      exports.set(name, { kind: section.byte(), index: section.unsigned() });
    });
  },
};

function each(section: WasmReader, read: () => unknown): void {
  const count = section.unsigned();
  if (count > MODULE_LIMITS.items) throw contractError(`at most ${MODULE_LIMITS.items} items of one kind`, `${count}`);
  for (let left = count; left > 0; left--) read();
}

function valueTypes(section: WasmReader): string {
  const names = new Map<number, string>([
    [VALUE_TYPE.i32, "i32"],
    [VALUE_TYPE.i64, "i64"],
  ]);
  const count = section.unsigned();
  if (count > MODULE_LIMITS.items) throw section.malformed(`${count} values`);
  return Array.from({ length: count }, () => section.byte())
    .map((type) => names.get(type) ?? `type 0x${type.toString(16)}`)
    .join(" ");
}

function limits(section: WasmReader, what: string): Limits {
  const flags = section.byte();
  if (flags > HAS_MAXIMUM) throw contractError(`a ${what} of 32 bits that is not shared`, `one with flags ${flags}`);
  const minimum = section.unsigned();
  return { minimum, maximum: flags === HAS_MAXIMUM ? section.unsigned() : undefined };
}

const I32_CONST = 0x41;
const I64_CONST = 0x42;
const END = 0x0b;

/** Globals start with a number that stands there. */
function skipConstant(section: WasmReader): void {
  const opcode = section.byte();
  if (opcode !== I32_CONST && opcode !== I64_CONST) {
    throw contractError("globals that start with a number", "another initial value");
  }
  section.skipNumber();
  if (section.byte() !== END) throw contractError("globals that start with a number", "another initial value");
}

/** @returns the exports besides those that every linked module has */
function expectExports({ exports, tables, memories, globals }: Outline): ReadonlyMap<string, Export> {
  const left = new Map(exports);
  const take = (name: string, kind: number, words: string): number => {
    const found = left.get(name);
    left.delete(name);
    if (found?.kind !== kind) throw contractError(words, found === undefined ? "none" : "something else of that name");
    return found.index;
  };
  take("memory", EXTERNAL_KIND.memory, "an exported memory");
  take("functions", EXTERNAL_KIND.table, "an exported table functions");
  if (memories.length !== 1) throw contractError("one memory", `${memories.length}`);
  if (tables.length !== 1 || tables[0]?.element !== VALUE_TYPE.funcref) {
    throw contractError("one table of functions", `${tables.length} of another kind`);
  }
  const optional = [
    ...optionalGlobals(banksOf((name) => left.has(name))),
    ...(left.has(NOTED_GLOBALS[0].name) ? NOTED_GLOBALS : []),
  ];
  for (const { name, type } of [...USUAL_SHAPE.globals, ...optional, { name: "table_base", type: "i32" as const }]) {
    const words = `an exported global ${name}`;
    const global = globals[take(name, EXTERNAL_KIND.global, words)];
    const isMutable = name !== "table_base";
    if (global?.type !== VALUE_TYPE[type] || global.isMutable !== isMutable) {
      throw contractError(`${words} (${type}${isMutable ? ", mutable" : ""})`, "one of another type");
    }
  }
  return left;
}

function expectGuestFunctions({ functions, types }: Outline, exports: ReadonlyMap<string, Export>): void {
  for (const [name, { kind, index }] of exports) {
    if (!GUEST_FUNCTION.test(name) || kind !== EXTERNAL_KIND.function) {
      throw contractError("no other exports than guest functions", quoted(name));
    }
    const type = functions[index];
    if (type === undefined || types[type] !== "") {
      throw contractError("guest functions without parameters and results", `${name} of another type`);
    }
  }
}

function expectImports({ imports, types }: Outline): void {
  const left = new Set(Object.keys(HOST_FUNCTIONS));
  for (const { name, type } of imports) {
    if (!left.delete(name)) {
      throw contractError(`${Object.keys(HOST_FUNCTIONS).join(", ")} as the only imports, once each`, quoted(name));
    }
    const expected = HOST_FUNCTIONS[name] ?? "";
    if (types[type] !== expected)
      throw contractError(`${name}(${expected})`, `${name}(${types[type] ?? "of no type"})`);
  }
}

function expectSizes({ tables, memories, functions }: Outline): void {
  const [table, memory] = [tables[0], memories[0]];
  const pages = MODULE_LIMITS.memoryBytes / WASM_PAGE;
  for (const [what, found, most] of [
    ["table slots", Math.max(table?.minimum ?? 0, table?.maximum ?? 0), MODULE_LIMITS.tableSlots],
    ["pages of memory", memory?.maximum ?? Number.POSITIVE_INFINITY, pages],
    ["functions", functions.length, MODULE_LIMITS.items],
  ] as const) {
    if (found > most)
      throw contractError(`at most ${most} ${what}`, found === Number.POSITIVE_INFINITY ? "no limit" : `${found}`);
  }
}

function expectLayout({ memories }: Outline, layout: MemoryLayout): void {
  const { base, initialBytes, maximumBytes, stackBottom, stackTop, heapStart } = layout;
  const { minimum = 0, maximum = 0 } = memories[0] ?? {};
  const fits =
    Object.values(layout).every((value) => Number.isInteger(value) && value >= 0) &&
    [base, initialBytes, maximumBytes].every((bytes) => bytes % WASM_PAGE === 0) &&
    initialBytes <= maximumBytes &&
    base + maximumBytes <= 2 ** 32 &&
    base <= stackBottom &&
    stackBottom < stackTop &&
    stackTop <= heapStart &&
    stackTop <= base + initialBytes &&
    heapStart <= base + maximumBytes;
  if (!fits) {
    throw contractError(
      "a memory layout of stack and heap inside the memory",
      `memory at ${hex(base)} of ${initialBytes} to ${maximumBytes} bytes, stack from ${hex(stackBottom)} to ${hex(stackTop)}, heap from ${hex(heapStart)}`,
    );
  }
  if (minimum * WASM_PAGE !== initialBytes || maximum * WASM_PAGE !== maximumBytes) {
    throw contractError(
      `a memory of ${initialBytes} to ${maximumBytes} bytes, as the layout says`,
      `${minimum * WASM_PAGE} to ${maximum * WASM_PAGE}`,
    );
  }
}

function malformed(position: number, problem: string): RecompilerError {
  return new RecompilerError("module_malformed", `recompiled module at byte ${position}: ${problem}; link it again`);
}

/** A name of the module in a message: short, and in JSON's spelling. */
function quoted(name: string): string {
  const most = 80;
  return JSON.stringify(name.length > most ? `${name.slice(0, most)}...` : name);
}
