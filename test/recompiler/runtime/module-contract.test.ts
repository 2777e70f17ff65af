import { describe, expect, it } from "vitest";
import { seededRandomness, steppingClock } from "../../../shared/recompiler/runtime/clocks.ts";
import { runModule } from "../../../shared/recompiler/runtime/host.ts";
import { compileModule, instantiate } from "../../../shared/recompiler/runtime/lifted-module.ts";
import { memoryFiles } from "../../../shared/recompiler/runtime/memory-files.ts";
import { expectLinkedModule } from "../../../shared/recompiler/runtime/module-contract.ts";
import { encodeModule, section } from "../../../shared/recompiler/wasm/sections.ts";
import { ENTRY, LAYOUT } from "../../lab/fuzz/bundles.ts";
import {
  bodyOf,
  EXPORTS,
  type Export,
  GOOD,
  HOST_IMPORTS,
  type Import,
  limits,
  type ModuleParts,
  sectionsOf,
} from "../../lab/fuzz/linked-module.ts";

const layout = {
  base: LAYOUT.base,
  initialBytes: LAYOUT.initial_bytes,
  maximumBytes: LAYOUT.maximum_bytes,
  stackBottom: LAYOUT.stack_bottom,
  stackTop: LAYOUT.stack_top,
  heapStart: LAYOUT.heap_start,
};

const moduleOf = (parts: Partial<ModuleParts>): Uint8Array => encodeModule(sectionsOf({ ...GOOD, ...parts }));

const FUNCTION = 0;
const TABLE = 1;
const MEMORY = 2;
const GLOBAL = 3;
const importing = (module: string, name: string, kind = FUNCTION, type: readonly number[] = [0]): readonly Import[] => [
  ...HOST_IMPORTS,
  { module, name, kind, type },
];
const exporting = (...more: readonly Export[]): readonly Export[] => [...EXPORTS, ...more];
const without = (name: string): readonly Export[] => EXPORTS.filter((each) => each.name !== name);
const FUNCREF = 0x70;
const EXTERNREF = 0x6f;

describe("a module is looked at before it is compiled", () => {
  it("and is none of a recompiled program's but for what is wrong here", () => {
    expect(() => expectLinkedModule(moduleOf({}), layout)).not.toThrow();
    expect(WebAssembly.validate(moduleOf({}) as Uint8Array<ArrayBuffer>)).toBe(true);
  });

  // biome-ignore format: a table, one row a case
  it.each<[string, Partial<ModuleParts>, string]>([
    ["an import of what every object inherits", { imports: importing("constructor", "constructor") }, 'found "constructor.constructor"'],
    ["an import of a prototype",                { imports: importing("env", "__proto__") },           'found "env.__proto__"'],
    ["an import that is no host function",      { imports: importing("env", "read") },                'found "env.read"'],
    ["one import twice",                        { imports: importing("env", "trap", FUNCTION, [1]) }, 'found "env.trap"'],
    ["an import of another type",               { imports: [{ module: "env", name: "syscall", kind: FUNCTION, type: [1] }] }, "expected env.syscall(), found env.syscall(i32 i32)"],
    ["an import of a type that is not there",   { imports: [{ module: "env", name: "syscall", kind: FUNCTION, type: [9] }] }, "expected env.syscall(), found env.syscall(of no type)"],
    ["an imported table",                       { imports: importing("env", "t", TABLE, [FUNCREF, 0, 1]) }, 'found "env.t"'],
    ["an imported memory",                      { imports: importing("env", "m", MEMORY, [0, 1]) },   'found "env.m"'],
    ["an imported global",                      { imports: importing("env", "g", GLOBAL, [0x7f, 0]) }, 'found "env.g"'],
    ["no memory that is exported",              { exports: without("memory") },                       "expected an exported memory, found none"],
    ["no table that is exported",               { exports: without("functions") },                    "expected an exported table functions, found none"],
    ["a register that is missing",              { exports: without("r17") },                          "expected an exported global r17, found none"],
    ["a register that is a function",           { exports: [...without("hi"), { name: "hi", kind: FUNCTION, index: 2 }] }, "expected an exported global hi, found something else"],
    ["a register that cannot be written",       { exports: [...without("hi"), { name: "hi", kind: GLOBAL, index: 35 }] },  "(i32, mutable), found one of another type"],
    ["an export that nobody asked for",         { exports: exporting({ name: "then", kind: FUNCTION, index: 2 }) },       'found "then"'],
    ["a guest function with parameters",        { exports: exporting({ name: "f_00400004", kind: FUNCTION, index: 1 }) }, "found f_00400004 of another type"],
    ["a guest function that is a memory",       { exports: exporting({ name: "f_00400004", kind: MEMORY, index: 0 }) },   'found "f_00400004"'],
    ["two exports of one name",                 { exports: exporting({ name: "memory", kind: MEMORY, index: 0 }) },       'two exports "memory"'],
    ["a table of host objects",                 { table: [EXTERNREF, 0, 1] },                         "expected one table of functions"],
    ["a table larger than engines take",        { table: [FUNCREF, 1, ...limits(1, 10_000_001)] },    "expected at most 10000000 table slots, found 10000001"],
    ["a shared memory",                         { memory: [3, 1, 2] },                                "expected a memory of 32 bits that is not shared"],
    ["a memory of 64 bits",                     { memory: [4, 1] },                                   "expected a memory of 32 bits that is not shared"],
    ["a memory without a limit",                { memory: [0, 2] },                                   "pages of memory, found no limit"],
    ["a memory of four gigabytes",              { memory: [1, ...limits(2, 65_536)] },                "pages of memory, found 65536"],
    ["a memory that is not the layout's",       { memory: [1, ...limits(2, 3)] },                     "as the layout says, found 131072 to 196608"],
    ["a function that starts by itself",        { start: 2 },                                         "expected no section of another kind, found section 8"],
  ])("which refuses %s", (_, parts, message) => {
    expect(() => expectLinkedModule(moduleOf(parts), layout)).toThrow(message);
  });

  it("which refuses bytes that are no module, wherever they end", () => {
    const whole = moduleOf({});
    const codeEnd = whole.length;
    for (let length = 0; length < codeEnd; length++) {
      const isCutBetweenSections = (() => {
        try {
          expectLinkedModule(whole.subarray(0, length), layout);
          return true;
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^module_(malformed|contract)$/) });
          return false;
        }
      })();
      // The engine refuses a module whose code is missing; the sections looked at here are whole by then.
      if (isCutBetweenSections) expect(WebAssembly.validate(whole.slice(0, length))).toBe(false);
    }
  });

  it("which refuses sections that come twice, in another order, or with a rest", () => {
    const sections = sectionsOf(GOOD);
    const [first, second, ...rest] = sections;
    if (first === undefined || second === undefined) throw new Error("no sections");
    expect(() => expectLinkedModule(encodeModule([first, first, second, ...rest]))).toThrow(
      "section 1 stands at the wrong place",
    );
    expect(() => expectLinkedModule(encodeModule([second, first, ...rest]))).toThrow(
      "section 1 stands at the wrong place",
    );
    const longer = section(first.id, (content) => {
      content.bytes(first.content);
      content.byte(0);
    });
    expect(() => expectLinkedModule(encodeModule([longer, second, ...rest]))).toThrow(
      "a section goes on behind its end",
    );
  });

  // biome-ignore format: a table, one row a case
  it.each<[string, Partial<typeof layout>]>([
    ["a stack outside the memory",     { stackTop: 0x900000 }],
    ["a stack that ends below itself", { stackBottom: 0x420000 }],
    ["memory past the address space",  { base: 0xfff00000 }],
    ["less memory than at the start",  { maximumBytes: 0x10000 }],
    ["a broken number",                { heapStart: 0x420000 + 0.5 }],
    ["a heap outside the memory",      { heapStart: 0x5000000 }],
    ["odd sizes",                      { initialBytes: 0x20001 }],
  ])("which refuses a layout with %s", (_, change) => {
    expect(() => expectLinkedModule(moduleOf({}), { ...layout, ...change })).toThrow("expected a memory layout");
  });
});

describe("an instance", () => {
  const start = { layout, endianness: "big", entry: ENTRY, args: [], env: [] } as const;
  const world = () => ({ files: memoryFiles(), clock: steppingClock(), randomness: seededRandomness() });

  it("is given nothing that objects inherit, though nobody had looked at the module", () => {
    const module = compileModule(moduleOf({ imports: importing("constructor", "freeze") }));
    expect(() => instantiate(module, { systemCall() {} })).toThrow("expected one that can be made ready to run");
    const inEnv = compileModule(moduleOf({ imports: importing("env", "constructor") }));
    expect(() => instantiate(inEnv, { systemCall() {} })).toThrow("expected one that can be made ready to run");
    expect(Object.isFrozen(Object.prototype)).toBe(false);
  });

  it("is not made of a module that is refused", () => {
    const module = moduleOf({ imports: importing("constructor", "constructor") });
    expect(() => runModule(module, start, world())).toThrow("as the only imports");
  });

  it("says what the engine says of bodies that are not valid", () => {
    const broken = moduleOf({ bodies: [bodyOf((code) => code.byte(0xff))] });
    expect(() => runModule(broken, start, world())).toThrow("the engine refuses its");
  });
});
