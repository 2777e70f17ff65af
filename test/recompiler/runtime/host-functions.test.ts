import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { seededRandomness, steppingClock } from "../../../shared/recompiler/runtime/clocks.ts";
import { runModule } from "../../../shared/recompiler/runtime/host.ts";
import { readHostFile } from "../../../shared/recompiler/runtime/host-file.ts";
import type { Guest, HostFile } from "../../../shared/recompiler/runtime/host-functions.ts";
import { memoryFiles } from "../../../shared/recompiler/runtime/memory-files.ts";
import { assemble } from "../programs/assemble.ts";
import { handWrittenModule } from "../programs/module.ts";
import { ENTRY, LAYOUT } from "./support/programs.ts";

const folder = mkdtempSync(path.join(tmpdir(), "restep-host-"));
afterAll(() => rmSync(folder, { recursive: true }));

const DRAW = ENTRY + 8;
const LATER = ENTRY + 16;
const set = (register: number, value: string | number): string =>
  `(global.set $r${register} ${typeof value === "number" ? `(i32.const ${value})` : value})`;
const exit = (value: string): string => `${set(4, value)} ${set(2, 4001)} (call $syscall)`;

/** Calls `draw` with 3 and 4 and exits with what it gives; `later` is called by its address. */
const MODULE = handWrittenModule({
  layout: LAYOUT,
  functions: [
    {
      address: ENTRY,
      name: "start",
      body: `${set(4, 3)} ${set(5, 4)} (call $draw) ${set(16, "(global.get $r2)")}
        (call_indirect (type $guest) (i32.const 4)) ${exit("(global.get $r16)")}`,
    },
    { address: DRAW, name: "draw", body: set(2, 99) },
    { address: LATER, name: "later", body: set(3, 5) },
  ],
});

const START = { layout: LAYOUT, endianness: "little", entry: ENTRY, args: ["program"], env: [] } as const;
const runWith = (file?: HostFile, start: Partial<Parameters<typeof runModule>[1]> = {}, module = MODULE) => {
  const world = { files: memoryFiles(), clock: steppingClock(), randomness: seededRandomness() };
  return runModule(module, { ...START, ...start }, world, file);
};

describe("a function of the host in the place of the program's", () => {
  it("is given its arguments, and its number is what the function returns", () => {
    expect(runWith()).toMatchObject({ status: 99 });
    const draw = (guest: Guest) => guest.argument(0) * 10 + guest.argument(1);
    expect(runWith({ functions: { draw } })).toMatchObject({ status: 34 });
    expect(runWith({ functions: { [`0x${DRAW.toString(16)}`]: draw } })).toMatchObject({ status: 34 });
  });

  it("stands for it where it is called by its address, too", () => {
    const seen: number[] = [];
    const later = (guest: Guest) => void seen.push(guest.address, guest.registers.s0);
    runWith({ functions: { later: later as () => undefined } });
    expect(seen).toEqual([LATER, 99]);
  });

  it("reads and writes registers and memory, in the guest's order of bytes", () => {
    const seen: unknown[] = [];
    const draw = ({ memory, registers, argument }: Guest) => {
      memory.storeWord(0x20000, 0x61620000);
      memory.storeWord(registers.sp + 16, 77);
      seen.push(memory.readString(0x20000), argument(4), Object.keys(registers).slice(0, 3));
      registers.v0 = 2 ** 31 + 7;
      return undefined;
    };
    const outcome = runWith({ functions: { draw } }, { endianness: "big" });
    expect(seen).toEqual(["ab", 77, ["zero", "at", "v0"]]);
    expect(outcome).toMatchObject({ status: 7 });
  });

  it("calls the program's functions, and ends it", () => {
    const draw = (guest: Guest) => guest.exit(guest.call("later") + guest.registers.v1 + guest.call(LATER) * 0);
    expect(runWith({ functions: { draw } })).toMatchObject({ kind: "exit", status: 5 });
  });

  it("does what the guest does when it touches what is not there", () => {
    const draw = (guest: Guest) => guest.memory.loadWord(0xfffffff0);
    expect(runWith({ functions: { draw } })).toMatchObject({
      kind: "trap",
      trap: "memory_fault",
      signal: 11,
      scene: {
        frames: [
          { name: "draw", index: 1, at: 0 },
          { name: "start", index: 0 },
        ],
      },
    });
    const lost = (guest: Guest) => guest.call(LATER + 4);
    expect(runWith({ functions: { draw: lost } })).toMatchObject({ kind: "trap", trap: "unknown_target" });
  });
});

describe("hooks", () => {
  it("run before a function and after it", () => {
    const seen: string[] = [];
    const note = (when: string) => (guest: Guest) => void seen.push(`${when} ${guest.name} ${guest.registers.v0}`);
    const file = {
      before: { draw: note("before"), start: note("before") },
      after: { draw: note("after"), start: note("after") },
    } as unknown as HostFile;
    expect(runWith(file)).toMatchObject({ status: 99 });
    // The program ends in its first function, which never comes back.
    expect(seen).toEqual(["before start 0", "before draw 0", "after draw 99"]);
  });

  it("may change what goes in and what comes out", () => {
    const file: HostFile = { after: { draw: (guest) => guest.registers.v0 + 1 } };
    expect(runWith(file)).toMatchObject({ status: 100 });
  });

  it("leave a trap's place as it is", () => {
    const module = handWrittenModule({
      layout: LAYOUT,
      functions: [
        { address: ENTRY, name: "start", body: "(call $draw)" },
        { address: DRAW, name: "draw", body: set(2, "(i32.load (i32.const -64))") },
      ],
    });
    const framesOf = (file?: HostFile) => {
      const outcome = runWith(file, {}, module);
      return outcome.kind === "trap" ? outcome.scene.frames.map(({ index, at }) => [index, at]) : [];
    };
    const plain = framesOf();
    expect(plain).toHaveLength(2);
    expect(framesOf({ before: { draw: () => undefined } })).toEqual(plain);
  });
});

describe("a host file", () => {
  it.each([
    [
      { functions: { drew: () => 1 } },
      /^host file: functions\.drew: expected the name or the address of one of the program's 3 functions, found none/,
    ],
    [{ functions: { draw: () => 1, "0x1008": () => 2 } }, /expected each function once/],
    [{ functions: { draw: () => 1 }, after: { draw: () => 1 } }, /expected no hooks of a function that is replaced/],
    [
      { functions: { draw: () => (undefined as unknown as Guest).address } },
      /^host file: functions\.draw threw TypeError/,
    ],
  ] as unknown as [HostFile, RegExp][])("is refused by name: %o", (file, message) => {
    expect(() => runWith(file)).toThrow(
      expect.objectContaining({ code: "host_file", message: expect.stringMatching(message) }),
    );
  });

  it("is JavaScript that exports functions by name", async () => {
    const file = path.join(folder, "host.mjs");
    writeFileSync(file, "export const functions = { draw: (guest) => guest.argument(1) };");
    expect(runWith(await readHostFile(file))).toMatchObject({ status: 4 });
  });

  it("may be WebAssembly, whose exports have the functions' names", async () => {
    const file = path.join(folder, "host.wasm");
    const text = `(module (import "guest" "memory" (memory 0))
      (import "guest" "a0" (global $a0 (mut i32))) (import "guest" "v0" (global $v0 (mut i32)))
      (func (export "draw") (i32.store (i32.const 64) (global.get $a0)) (global.set $v0 (i32.load (i32.const 64))))
      (func (export "after:later") (global.set $v0 (i32.const 1))))`;
    writeFileSync(file, assemble(text));
    expect(runWith(await readHostFile(file))).toMatchObject({ status: 3 });
  });

  it.each([
    ["none.mjs", undefined, /host file .*none\.mjs: Error.*(Cannot find|ENOENT)/s],
    ["empty.mjs", "export const x = 1;", /exports: expected one of functions, before, after$/],
    ["wrong.mjs", "export const before = { draw: 1 };", /before\.draw: expected a function$/],
    ["list.mjs", "export const functions = 7;", /export functions: expected an object of functions by name$/],
    ["broken.mjs", "export const =", /broken\.mjs: \w*Error/],
    ["broken.wasm", "no module", /CompileError/],
  ])("is refused, %s", async (name, text, message) => {
    const file = path.join(folder, name);
    if (text !== undefined) writeFileSync(file, text);
    await expect(readHostFile(file)).rejects.toMatchObject({
      code: "host_file",
      message: expect.stringMatching(message),
    });
  });
});
