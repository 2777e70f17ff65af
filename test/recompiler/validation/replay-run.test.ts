import { describe, expect, it } from "vitest";
import { liftShard, linkShards } from "../../../shared/recompiler/lift/index.ts";
import { traceProgram } from "../../../shared/recompiler/oracle/trace.ts";
import { meteredModule } from "../../../shared/recompiler/validation/candidate.ts";
import { digestOf, type RecordedRun, replayRun } from "../../../shared/recompiler/validation/replay-run.ts";
import type { Line } from "../lift/support/assemble.ts";
import { program } from "../lift/support/guest.ts";

const EXIT = 4001;
const READ = 4003;
const WRITE = 4004;
const call = (number: number, ...args: readonly number[]): Line[] => [
  ...args.map((value, index): Line => ["addiu", (["a0", "a1", "a2"] as const)[index]!, "zero", value]),
  ["addiu", "v0", "zero", number],
  ["syscall", 0],
];

/** Reads three bytes to the stack, writes so many of them, and ends with a status. */
const echo = (length = 3, status = 7): Record<string, Line[]> => ({
  start: [
    ["addiu", "a1", "sp", -64],
    ["addiu", "a0", "zero", 0],
    ["addiu", "a2", "zero", 3],
    ["addiu", "v0", "zero", READ],
    ["syscall", 0],
    ["jal", ".put"],
    ["nop"],
    ...call(EXIT, status),
  ],
  put: [
    ["addiu", "a0", "zero", 1],
    ["addiu", "a2", "zero", length],
    ["addiu", "v0", "zero", WRITE],
    ["syscall", 0],
    ["jr", "ra"],
    ["nop"],
  ],
});

const input = { args: ["program"], stdin: Buffer.from("abcdef") };

/** The oracle's run of one program and the linked module of another. */
function compare(
  traced: Record<string, Line[]>,
  linked: Record<string, Line[]> = traced,
  { maxInstructions = 10_000, only }: { maxInstructions?: number; only?: readonly string[] } = {},
) {
  const of = program(traced);
  const trace = traceProgram(of.image, of.functions, of.layout, { ...input, maxInstructions, capturesPerFunction: 0 });
  const recorded: RecordedRun = {
    ...trace,
    input,
    stdout: digestOf(trace.stdout),
    stderr: digestOf(trace.stderr),
  };
  const { image, layout, functions } = program(linked);
  const members = functions.filter(({ name }) => only?.includes(name) ?? true);
  const { module: shard } = liftShard({ image, layout, functions, members });
  const module = meteredModule(linkShards({ image, layout, functions, shards: [shard] }));
  return replayRun({ module, layout, endianness: image.endianness, entry: image.entry }, recorded);
}

describe("a traced run on the linked module", () => {
  it("agrees where end, output and system calls are the same", () => {
    expect(compare(echo())).toEqual({ kind: "agrees" });
  });

  it.each<[string, Record<string, Line[]>, object]>([
    [
      "another argument of a system call",
      echo(2),
      {
        what: "system call 1",
        expected: expect.stringMatching(/^write\(0x00000001, 0x\w{8}, 0x00000003\) = 0x00000003$/),
        found: expect.stringMatching(/0x00000002\) = 0x00000002$/),
      },
    ],
    ["another status", echo(3, 8), { what: "system call 2", found: "exit(0x00000008) = does not return" }],
    [
      "a trap where there was none",
      { ...echo(), put: [["break", 0]] },
      { what: "end of the program", expected: "exit 7", found: expect.stringMatching(/breakpoint/) },
    ],
    [
      "no end",
      { ...echo(), put: [".on:", ["beq", "zero", "zero", ".on"], ["nop"]] },
      { what: "end of the program", found: "no end: it ran many times as long" },
    ],
    [
      "a call too many",
      {
        ...echo(),
        put: [...echo().put!.slice(0, 4), ["addiu", "v0", "zero", 4020], ["syscall", 0], ["jr", "ra"], ["nop"]],
      },
      { what: "system call 2", expected: "exit(0x00000007) = does not return", found: "getpid() = 0x000003e8" },
    ],
    [
      "another text in the same place",
      { ...echo(), put: [["addiu", "t0", "zero", 33], ["sb", "t0", 0, "a1"], ...echo().put!] },
      { what: "standard output", expected: expect.stringMatching(/^3 bytes of SHA-256 /) },
    ],
  ])("differs by %s", (_, linked, difference) => {
    const comparison = compare(echo(), linked);
    expect(comparison).toMatchObject({ kind: "differs", difference });
  });

  it("says where it came to code that was not lifted", () => {
    const { functions } = program(echo());
    expect(compare(echo(), echo(), { only: ["start"] })).toEqual({ kind: "unlifted", address: functions[1]!.address });
    expect(compare(echo(), echo(), { only: ["put"] })).toEqual({ kind: "unlifted", address: functions[0]!.address });
  });

  it("is followed as far as the oracle went, where that was stopped", () => {
    const loop: Record<string, Line[]> = {
      start: [".on:", ...call(4020), ["beq", "zero", "zero", ".on"], ["nop"]],
    };
    expect(compare(loop, loop, { maxInstructions: 1000 })).toEqual({ kind: "agrees" });
    const other: Record<string, Line[]> = { start: [".on:", ...call(4024), ["beq", "zero", "zero", ".on"], ["nop"]] };
    expect(compare(loop, other, { maxInstructions: 1000 })).toMatchObject({
      difference: { what: "system call 0", found: expect.stringMatching(/^getuid/) },
    });
    const idle: Record<string, Line[]> = { start: [".on:", ["beq", "zero", "zero", ".on"], ["nop"]] };
    expect(compare(idle, idle, { maxInstructions: 1000 })).toEqual({ kind: "agrees" });
  });

  it("is not made where its calls nest deeper than every host bears", () => {
    const deep: Record<string, Line[]> = {
      start: [["addiu", "s0", "zero", 1001], ["jal", ".deep"], ["nop"], ...call(EXIT, 0)],
      deep: [
        ["addiu", "sp", "sp", -8],
        ["sw", "ra", 4, "sp"],
        ["addiu", "s0", "s0", -1],
        ["beq", "s0", "zero", ".end"],
        ["nop"],
        ["jal", ".deep"],
        ["nop"],
        ".end:",
        ["lw", "ra", 4, "sp"],
        ["jr", "ra"],
        ["addiu", "sp", "sp", 8],
      ],
    };
    expect(compare(deep, deep, { maxInstructions: 100_000 })).toEqual({ kind: "not_compared", reason: "deep_calls" });
  });

  it("is not where the oracle ended the program for what lifted code does not check, but up to there it is", () => {
    const wild = (before: Line[]): Record<string, Line[]> => ({
      start: [...before, ["sw", "zero", 0, "zero"], ...call(WRITE, 1, 0, 0), ...call(EXIT, 3), ["break", 0]],
    });
    const noted = wild(call(WRITE, 1, 0, 0));
    expect(compare(noted)).toEqual({ kind: "not_compared", reason: "forbidden_access" });
    expect(compare(wild([]))).toEqual({ kind: "not_compared", reason: "forbidden_access" });
    expect(compare(noted, wild(call(WRITE, 2, 0, 0)))).toMatchObject({
      kind: "differs",
      difference: { what: "system call 0" },
    });
    expect(compare(noted, { start: [["break", 0]] })).toMatchObject({
      kind: "differs",
      difference: { what: "system calls" },
    });
  });
});
