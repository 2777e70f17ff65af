import { describe, expect, it } from "vitest";
import { type Trace, traceProgram } from "../../../shared/recompiler/oracle/trace.ts";
import type { Line } from "../lift/support/assemble.ts";
import { CODE, MEMORY, program } from "../lift/support/guest.ts";

const [EXIT, WRITE, BRK, MUNMAP, MPROTECT, MMAP2] = [4001, 4004, 4045, 4091, 4125, 4210];
const [PROT_NONE, PROT_READ, PROT_WRITE] = [0, 1, 2];

const set = (register: "a0" | "a1" | "a2" | "a3" | "t0", value: number): Line[] => [
  ["lui", register, value >>> 16],
  ["ori", register, register, value & 0xffff],
];
const call = (number: number, ...args: readonly number[]): Line[] => [
  ...args.flatMap((value, index) => set((["a0", "a1", "a2", "a3"] as const)[index]!, value)),
  ["addiu", "v0", "zero", number],
  ["syscall", 0],
];
/** `mmap2` of anonymous memory: its file and offset lie on the stack. */
const map = (length: number, protection: number, fixed?: number): Line[] => [
  ["addiu", "t0", "zero", -1],
  ["sw", "t0", 16, "sp"],
  ["sw", "zero", 20, "sp"],
  ...call(MMAP2, fixed ?? 0, length, protection, fixed === undefined ? 0x802 : 0x812),
];
const at = (load: "lw" | "lb" | "lhu" | "sw" | "sh" | "sb" | "lwl" | "swr", address: number): Line[] => [
  ...set("t0", address),
  [load, "t1", 0, "t0"],
];

/** The lines' instructions, then `exit(0)`. Linear memory has room for a heap of 64 MiB. */
function trace(lines: readonly Line[], others: Readonly<Record<string, Line[]>> = {}): Trace {
  const { image, layout, functions } = program(
    { start: [...lines, ...call(EXIT, 0)], ...others },
    { endianness: "little" },
  );
  const roomy = { ...layout, maximumBytes: layout.initialBytes + (64 << 20) };
  return traceProgram(image, functions, roomy, { args: ["program"], maxInstructions: 100_000, capturesPerFunction: 2 });
}

const EXITS = { kind: "exit", status: 0, reason: "exit" };
const forbidden = (access: "read" | "write", accessed: number) => ({ kind: "forbidden_access", access, accessed });

/** Heap and first mapping of these programs. */
const HEAP = MEMORY + 0x1_0000;
const MAPPING = HEAP + (16 << 20);

describe("an access that Linux ends a program for ends it under the oracle", () => {
  it("with the instruction, the address and what was to be done to it", () => {
    expect(trace([["nop"], ["sw", "zero", 12, "zero"]]).end).toEqual({
      kind: "forbidden_access",
      address: CODE + 4,
      accessed: 12,
      access: "write",
      message: "the program writes to 0x0000000c at 0x00400004, where Linux ends it with SIGSEGV",
    });
  });

  // biome-ignore format: a table, one row an access
  it.each<[string, Line[], object]>([
    ["a read of page 0",               at("lw", 8),              forbidden("read", 8)],
    ["a byte read of it",              at("lb", 5),              forbidden("read", 5)],
    ["a read below the program",       at("lhu", CODE - 2),      forbidden("read", CODE - 2)],
    ["a read of the gap behind it",    at("lw", CODE + 0x1000),  forbidden("read", CODE + 0x1000)],
    ["half a word of it",              at("lwl", CODE + 0x1000), forbidden("read", CODE + 0x1000)],
    ["a write of the gap",             at("sh", CODE + 0x1000),  forbidden("write", CODE + 0x1000)],
    ["a write to code",                at("sw", CODE),           forbidden("write", CODE)],
    ["a byte of it",                   at("sb", CODE + 3),       forbidden("write", CODE + 3)],
    ["half a word of it",              at("swr", CODE + 4),      forbidden("write", CODE + 4)],
    ["a write behind code in its page", at("sw", CODE + 0xffc),  forbidden("write", CODE + 0xffc)],
    ["a read of code",                 at("lw", CODE),           EXITS],
    ["a read behind it in its page",   at("lw", CODE + 0xffc),   EXITS],
    ["the lowest page of the stack",   at("sw", MEMORY),         EXITS],
    ["a heap nobody asked for", [...call(BRK, 0), ...at("lw", HEAP)], { kind: "trap", trap: "memory_fault" }],
  ])("%s", (_, lines, end) => {
    expect(trace(lines).end).toMatchObject(end);
  });

  // biome-ignore format: a table, one row an access
  it.each<[string, Line[], object]>([
    ["a heap that was asked for",      [...call(BRK, HEAP + 1), ...at("sw", HEAP + 0xffc)], EXITS],
    ["the page behind it",             [...call(BRK, HEAP + 1), ...at("lw", HEAP + 0x1000)], forbidden("read", HEAP + 0x1000)],
    ["a heap given back",              [...call(BRK, HEAP + 0x2000), ...at("sw", HEAP + 0x1000), ...call(BRK, HEAP + 0x1000), ...at("lw", HEAP + 0x1000)], forbidden("read", HEAP + 0x1000)],
    ["a mapping",                      [...map(0x2000, PROT_READ | PROT_WRITE), ...at("sw", MAPPING + 0x1ffc)], EXITS],
    ["what lies behind it",            [...map(0x2000, PROT_READ | PROT_WRITE), ...at("lw", MAPPING + 0x2000)], forbidden("read", MAPPING + 0x2000)],
    ["what lies between heap and it",  [...map(0x2000, PROT_READ | PROT_WRITE), ...at("lw", MAPPING - 4)], forbidden("read", MAPPING - 4)],
    ["a mapping that is read only",    [...map(0x1000, PROT_READ), ...at("lw", MAPPING), ...at("sb", MAPPING)], forbidden("write", MAPPING)],
    ["a mapping nobody may touch",     [...map(0x1000, PROT_NONE), ...at("lw", MAPPING)], forbidden("read", MAPPING)],
    ["a mapping given back",           [...map(0x2000, PROT_READ | PROT_WRITE), ...at("sw", MAPPING), ...call(MUNMAP, MAPPING, 0x1000), ...at("lw", MAPPING)], forbidden("read", MAPPING)],
    ["its rest",                       [...map(0x2000, PROT_READ | PROT_WRITE), ...call(MUNMAP, MAPPING, 0x1000), ...at("sw", MAPPING + 0x1000)], EXITS],
    ["a mapping put where it was",     [...map(0x1000, PROT_NONE), ...call(MUNMAP, MAPPING, 0x1000), ...map(0x1000, PROT_WRITE), ...at("lw", MAPPING), ...at("sw", MAPPING)], EXITS],
    ["a place of its own choice",      [...map(0x1000, PROT_READ, HEAP + 0x10_0000), ...at("lw", HEAP + 0x10_0000), ...at("sw", HEAP + 0x10_0000)], forbidden("write", HEAP + 0x10_0000)],
    ["what mprotect closes",           [["sw", "zero", -64, "sp"], ...call(MPROTECT, MEMORY, 0x1000, PROT_READ), ...at("lw", MEMORY), ...at("sw", MEMORY)], forbidden("write", MEMORY)],
    ["what mprotect closes after use", [...at("sw", MEMORY), ...call(MPROTECT, MEMORY, 0x1000, PROT_NONE), ...at("lw", MEMORY)], forbidden("read", MEMORY)],
    ["what mprotect opens",            [...call(MPROTECT, CODE, 0x1000, PROT_READ | PROT_WRITE), ...at("sw", CODE)], EXITS],
  ])("as system calls have it: %s", (_, lines, end) => {
    expect(trace(lines).end).toMatchObject(end);
  });

  it("also on a stack that grows past its end, one page above the program at least", () => {
    const deep: Line[] = [
      ["addiu", "sp", "sp", -64],
      ["sw", "ra", 0, "sp"],
      ["jal", ".deep"],
      ["nop"],
      ["jr", "ra"],
      ["nop"],
    ];
    const { end } = trace([["jal", ".deep"], ["nop"]], { deep });
    expect(end).toMatchObject({ kind: "forbidden_access", access: "write" });
    if (end.kind === "forbidden_access") expect(end.accessed).toBeGreaterThan(MEMORY - 64 - 4);
  });
});

describe("a system call that is given what may not be accessed", () => {
  it.each<[string, number, string]>([
    ["nothing is there", 0x1000, "error 0x0000000e"],
    ["it may be read", CODE, "0x00000004"],
  ])("answers EFAULT, or does it where it may, and the program goes on: %s", (_, address, result) => {
    const { end, syscalls } = trace(call(WRITE, 1, address, 4));
    expect(end).toMatchObject(EXITS);
    expect(syscalls.first[0]).toMatch(new RegExp(` = ${result}$`));
  });

  it("answers ENOMEM where mprotect is given what is not mapped, EINVAL where it is no page", () => {
    const { syscalls } = trace([
      ...call(MPROTECT, HEAP, 0x1000, PROT_READ),
      ...call(MPROTECT, CODE + 4, 0x1000, PROT_READ),
      ...call(MPROTECT, CODE, 0x1000, 8),
    ]);
    expect(syscalls.first.map((line) => line.split(" = ")[1]).slice(0, 3)).toEqual([
      "error 0x0000000c",
      "error 0x00000016",
      "error 0x00000016",
    ]);
  });
});

describe("states of a run that ends so", () => {
  it("are kept of calls that had ended, and not of those under way: lifted code would go on", () => {
    const start: Line[] = [["jal", ".whole"], ["nop"], ["jal", ".ended"], ["nop"]];
    const { captures } = trace(start, {
      whole: [["jr", "ra"], ["nop"]],
      ended: [...at("lw", 0), ["jr", "ra"], ["nop"]],
    });
    expect(captures.map(({ end }) => end)).toEqual(["returned"]);
  });
});
