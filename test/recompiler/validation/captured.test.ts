import { describe, expect, it } from "vitest";
import { decodeCaptures, encodeCaptures } from "../../../shared/recompiler/oracle/captures.ts";
import { testFunctions } from "../../../shared/recompiler/validation/test-functions.ts";
import { CODE, constant, get, type Line, MEMORY, requestFor, set, type Twin, testTwins, trap } from "./support.ts";

const EXIT = 4001;
const READ = 4003;
const WRITE = 4004;

const systemCall = (number: number, ...args: readonly number[]): Line[] => [
  ...args.map((value, index): Line => ["addiu", (["a0", "a1", "a2"] as const)[index]!, "zero", value]),
  ["addiu", "v0", "zero", number],
  ["syscall", 0],
];

const liftedCall = (number: number, ...args: readonly number[]): string =>
  `${args.map((value, index) => set(4 + index, constant(value))).join("")} ${set(2, constant(number))} (call $syscall)`;

/** Reads three bytes of input, makes the first a `!`, and writes them out. */
const echo: Twin = {
  guest: [
    ["lui", "s0", MEMORY >>> 16],
    ["addiu", "a0", "zero", 0],
    ["addiu", "a1", "s0", 0x40],
    ["addiu", "a2", "zero", 3],
    ["addiu", "v0", "zero", READ],
    ["syscall", 0],
    ["addiu", "t0", "zero", 33],
    ["sb", "t0", 0x40, "s0"],
    ["addiu", "a0", "zero", 1],
    ["addiu", "v0", "zero", WRITE],
    ["syscall", 0],
    ["jr", "ra"],
    ["nop"],
  ],
  lifted: `${set(16, constant(MEMORY))} ${set(4, constant(0))} ${set(5, constant(MEMORY + 0x40))} ${set(6, constant(3))}
    ${set(2, constant(READ))} (call $syscall)
    ${set(8, constant(33))} (i32.store8 offset=${0x40 + 3} ${get(16)} ${get(8)})
    ${set(4, constant(1))} ${set(2, constant(WRITE))} (call $syscall)`,
};

const start: Twin = {
  guest: [["jal", ".echo"], ["nop"], ["addu", "a0", "v0", "zero"], ["addiu", "v0", "zero", EXIT], ["syscall", 0]],
  lifted: `${set(31, constant(CODE + 8))} (call $echo) ${set(4, get(2))} ${set(2, constant(EXIT))} (call $syscall)`,
};

const trace = { stdin: Buffer.from("abcdef") };
const onlyCaptured = { trace, settings: { randomStates: 0 } };

function wrongEcho(piece: string, replacement: string): Twin {
  if (!echo.lifted.includes(piece)) throw new Error(`no ${piece}`);
  return { ...echo, lifted: echo.lifted.replace(piece, replacement) };
}

describe("captured calls", () => {
  it("prove a function with its system calls, and one that ends the process", () => {
    const tests = testTwins({ start, echo }, onlyCaptured);
    expect(tests.echo).toMatchObject({ status: "tested", captured: { conclusive: 1, trapped: 0 } });
    expect(tests.start).toMatchObject({ status: "tested", captured: { conclusive: 1 } });
    expect(tests.echo!.coverage).toEqual({ executed: 13, instructions: 13 });
  });

  it("prove the same after they have been stored", () => {
    const request = requestFor({ start, echo }, onlyCaptured);
    const stored = { ...request, captures: decodeCaptures(encodeCaptures(request.captures)) };
    expect(testFunctions(stored)).toEqual(testFunctions(request));
  });

  it("prove a function that traps", () => {
    const breaker: Twin = { guest: [["break", 0]], lifted: trap(5) };
    const tests = testTwins({ breaker }, onlyCaptured);
    expect(tests.breaker).toMatchObject({ status: "tested", captured: { conclusive: 1, trapped: 1 } });
  });

  const write = `${set(2, constant(WRITE))} (call $syscall)`;
  const store = `(i32.store8 offset=${0x40 + 3} ${get(16)} ${get(8)})`;
  // biome-ignore format: a table, one row a case
  it.each<[string, Twin, object]>([
    ["another call",                 wrongEcho(constant(WRITE), constant(READ)),
     { what: "system call 1", expected: "write(0x00000001, 0x00410040, 0x00000003)", found: "read(0x00000001, 0x00410040, 0x00000003)" }],
    ["another argument",             wrongEcho(set(4, constant(1)), set(4, constant(2))),
     { what: "system call 1", found: "write(0x00000002, 0x00410040, 0x00000003)" }],
    ["a call too few",               wrongEcho(write, set(2, constant(3))),
     { what: "system call 1", expected: "write(0x00000001, 0x00410040, 0x00000003)", found: "no system call" }],
    ["a call too many",              wrongEcho(write, `${write} ${write}`),
     { what: "system call 2", expected: "no system call", found: "write(0x00000001, 0x00410040, 0x00000003)" }],
    ["a buffer filled too late",     { ...echo, lifted: `${echo.lifted.replace(store, "")} ${store}` },
     { what: "system call 1, memory 0x00410040", expected: "0x21", found: "0x61" }],
  ])("catch %s", (_, twin, disagreement) => {
    expect(testTwins({ start, echo: twin }, onlyCaptured).echo).toMatchObject({
      status: "disproven",
      disagreement: { ...disagreement, origin: { kind: "captured", index: 0, call: 1 } },
    });
  });

  it("disprove a translation that returns where the program jumped past its caller", () => {
    const thrower: Twin = {
      guest: [
        ["addu", "ra", "s2", "zero"],
        ["jr", "ra"],
        ["addu", "sp", "s1", "zero"],
      ],
      lifted: `${set(31, get(18))} ${set(29, get(17))}`,
    };
    const jumper: Twin = {
      guest: [
        ["addu", "s1", "sp", "zero"],
        ["lui", "s2", CODE >>> 16],
        ["addiu", "s2", "s2", 6 * 4],
        ["jal", ".thrower"],
        ["nop"],
        ["break", 0],
        ...systemCall(EXIT, 3),
      ],
      lifted: trap(7, CODE),
    };
    const tests = testTwins({ jumper, thrower }, onlyCaptured);
    expect(tests.thrower).toMatchObject({
      status: "disproven",
      disagreement: {
        what: "control",
        expected: "a jump to 0x00400018, past its caller",
        found: "a return to its caller",
      },
    });
    expect(tests.jumper).toMatchObject({ status: "untested", captured: { inconclusive: { unlifted: 1 } } });
  });

  it("are refused when they are of another program", () => {
    const request = requestFor({ start, echo }, onlyCaptured);
    const other: Twin = { guest: [...echo.guest.slice(1), ["nop"]], lifted: echo.lifted };
    const { image, module, functions } = requestFor({ start, echo: other }, onlyCaptured);
    expect(() => testFunctions({ ...request, image, module, functions })).toThrow(
      /^captures: .*; the captures are of another program: trace this one$/,
    );
  });

  it("make memory as large as it was in the run", () => {
    const grower: Twin = {
      guest: [
        ...systemCall(4045, 0),
        ["lui", "a0", 0x0042],
        ["addiu", "v0", "zero", 4045],
        ["syscall", 0],
        ...systemCall(EXIT, 1),
      ],
      lifted: `${liftedCall(4045, 0)} ${set(4, constant(0x0042_0000))} ${set(2, constant(4045))} (call $syscall) ${liftedCall(EXIT, 1)}`,
    };
    expect(testTwins({ grower }, onlyCaptured).grower).toMatchObject({ status: "tested" });
  });
});
