import { describe, expect, it } from "vitest";
import { seededRandomness, steppingClock } from "../../../shared/recompiler/runtime/clocks.ts";
import { runModule } from "../../../shared/recompiler/runtime/host.ts";
import { memoryFiles } from "../../../shared/recompiler/runtime/memory-files.ts";
import { type HandWritten, handWrittenModule } from "../programs/module.ts";

const ENTRY = 0x400000;
const layout = {
  base: 0x400000,
  initialBytes: 0x20000,
  maximumBytes: 0x100000,
  stackBottom: 0x410000,
  stackTop: 0x420000,
  heapStart: 0x420000,
};

function runFunctions(
  functions: readonly HandWritten[],
  args: readonly string[] = ["program"],
  limits: { readonly mostMemoryBytes?: number } = {},
) {
  const files = memoryFiles();
  const world = { files, clock: steppingClock(), randomness: seededRandomness() };
  const module = handWrittenModule({ layout, functions });
  const outcome = runModule(module, { layout, endianness: "big", entry: ENTRY, args, env: [], ...limits }, world);
  return { outcome, stdout: Buffer.from(files.stdout()).toString() };
}

const runBody = (body: string, limits = {}) =>
  runFunctions([{ address: ENTRY, name: "start", body }], ["program"], limits);

const call = (number: number, ...args: number[]): string =>
  `${args.map((value, index) => `(global.set $r${4 + index} (i32.const ${value}))`).join("")}
   (global.set $r2 (i32.const ${number})) (call $syscall)`;

describe("running a module", () => {
  it("ends with the status the program exits with", () => {
    expect(runBody(call(4001, 42)).outcome).toEqual({ kind: "exit", status: 42, reason: "exit", unknownSyscalls: [] });
  });

  it("starts with the arguments where the stack pointer says", () => {
    const { outcome } = runFunctions(
      [
        {
          address: ENTRY,
          name: "start",
          body: `(global.set $r4 (i32.load (i32.sub (global.get $r29) (i32.const ${layout.base}))))
                 (global.set $r2 (i32.const 4001)) (call $syscall)`,
        },
      ],
      ["program", "a", "b"],
    );
    expect(outcome).toMatchObject({ kind: "exit", status: 3 });
  });

  it("lets the program write, grow its memory, and ask for what is not there", () => {
    const { outcome, stdout } = runBody(`
      (i32.store (i32.const 0x100) (i32.const 0x6f6b0a00))
      ${call(4004, 1, 0x400100, 3)}
      ${call(4045, 0x450000)}
      (i32.store (i32.const 0x4fffc) (i32.const 1))
      ${call(4777)}
      ${call(4001, 0)}`);
    expect(stdout).toBe("ok\n");
    expect(outcome).toEqual({
      kind: "exit",
      status: 0,
      reason: "exit",
      unknownSyscalls: [{ number: 4777, count: 1 }],
    });
  });

  it("keeps in mind where the program first said that it has written code", () => {
    const { outcome } = runBody(`${call(4147, 0x401230, 64, 0)} ${call(4147, 0x405000, 64, 0)} ${call(4001, 0)}`);
    expect(outcome).toMatchObject({ kind: "exit", status: 0, writtenCode: 0x401230 });
    expect(runBody(call(4001, 0)).outcome).not.toHaveProperty("writtenCode");
  });

  it("hands the thread pointer to the code", () => {
    const { outcome } = runBody(`${call(4283, 77)} (global.set $r4 (global.get $tls))
      (global.set $r2 (i32.const 4001)) (call $syscall)`);
    expect(outcome).toMatchObject({ kind: "exit", status: 77 });
  });

  // biome-ignore format: a table, one row a case
  it.each<[string, string, object]>([
    ["a trap of the code",       `(call $trap (i32.const 5) (i32.const 0x400123))`,          { trap: "breakpoint", address: 0x400123 }],
    ["an access out of bounds",  `(drop (i32.load (i32.const 0x20000)))`,                    { trap: "memory_fault", address: undefined }],
    ["a call of no function",    `(global.set $target (i32.const 0x400004))
                                  (call_indirect $functions (type $guest) (i32.const 9))`,    { trap: "unknown_target", address: 0x400004 }],
    ["calls without end",        `(call $start)`,                                            { trap: "stack_exhausted" }],
  ])("reports %s with the function it happened in", (_, body, trap) => {
    expect(runBody(body).outcome).toMatchObject({ kind: "trap", scene: { frames: { 0: { index: 0, name: "start" } } }, ...trap });
  });

  it("names the calls under way, the last first, and where in its body each is", () => {
    const { outcome } = runFunctions([
      { address: ENTRY, name: "start", body: "(call $inner)" },
      { address: ENTRY + 8, name: "inner", body: "(drop (i32.load8_u (i32.const -1)))" },
    ]);
    expect(outcome).toMatchObject({
      kind: "trap",
      trap: "memory_fault",
      scene: {
        frames: [
          { index: 1, name: "inner", at: 3 },
          { index: 0, name: "start", at: 1 },
        ],
      },
    });
  });

  it("takes the return of the first function for a jump to nowhere", () => {
    expect(runBody("(global.set $r31 (i32.const 0))").outcome).toMatchObject({
      kind: "trap",
      trap: "unknown_target",
      address: 0,
    });
  });

  it("does not take an engine's other complaints for the guest's", () => {
    expect(() => runBody("(unreachable)")).toThrow(WebAssembly.RuntimeError);
  });

  it("refuses a module without the entry, or that is not of this kind", () => {
    const module = handWrittenModule({ layout, functions: [{ address: ENTRY + 4, name: "other", body: "" }] });
    const world = { files: memoryFiles(), clock: steppingClock(), randomness: seededRandomness() };
    const start = { layout, endianness: "big", entry: ENTRY, args: [], env: [] } as const;
    expect(() => runModule(module, start, world)).toThrow("expected a function at the entry 0x00400000");
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    expect(() => runModule(empty, start, world)).toThrow("expected an exported memory, found none");
  });
});

describe("a limit to the memory of a program", () => {
  /** Exits with what the value is. */
  const exitWith = (value: string) => `(global.set $r4 ${value}) (global.set $r2 (i32.const 4001)) (call $syscall)`;
  const BRK = 4045;
  const breakAfter = (bytes: number) =>
    `${call(BRK, layout.heapStart + bytes)}
     ${exitWith(`(i32.shr_u (i32.sub (global.get $r2) (i32.const ${layout.heapStart})) (i32.const 16))`)}`;
  const status = (body: string, limits = {}) => (runBody(body, limits).outcome as { status?: number }).status;

  it("refuses what goes past it, and nothing before", () => {
    expect(status(breakAfter(0x10000))).toBe(1);
    expect(status(breakAfter(0xe0000))).toBe(14);
    const limits = { mostMemoryBytes: 0x3ffff };
    expect(status(breakAfter(0x10000), limits)).toBe(1);
    expect(status(breakAfter(0x10001), limits)).toBe(0);
  });

  it("holds the module's own code too", () => {
    const growth = exitWith("(i32.eq (memory.grow (i32.const 2)) (i32.const -1))");
    expect(status(growth)).toBe(0);
    expect(status(growth, { mostMemoryBytes: 0x30000 })).toBe(1);
  });

  it("changes nothing where the program was linked for less", () => {
    expect(status(breakAfter(0xe0000), { mostMemoryBytes: 2 ** 32 })).toBe(14);
  });

  it("that it cannot even begin with is said", () => {
    expect(() => runBody(call(4001, 0), { mostMemoryBytes: 0x10000 })).toThrow(
      "program memory: expected a limit of at least 1 MiB, for image and stack, found 0.0625 MiB; raise it",
    );
  });
});
