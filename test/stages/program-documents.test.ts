import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { PlannedFunction } from "../../shared/contracts/program.ts";
import { TracedRun } from "../../shared/contracts/validation.ts";
import type { RegisterJump } from "../../shared/recompiler/mips/terminator.ts";
import type { ProgramEnd, Trace } from "../../shared/recompiler/oracle/trace.ts";
import {
  fromLayout,
  fromRegisterJumps,
  fromTrace,
  statedJumpTables,
  toLayout,
  toProgramEnd,
  toRecordedRun,
  toRegisterJumps,
} from "../../shared/stages/program-documents.ts";

const functions = ["_start", "main", "unreached"].map(
  (name, index): PlannedFunction => ({
    index,
    name,
    address: `0x0040000${index}` as PlannedFunction["address"],
    size: 4,
    origin: "symbol",
    treatment: "lift",
  }),
);
const text = (value: string) => new TextEncoder().encode(value);
const trace = (change: Partial<Trace> = {}): Trace =>
  ({
    end: { kind: "exit", status: 3, reason: "exit" },
    instructions: 10,
    deepest: 2,
    stdout: text("out"),
    stderr: text(""),
    syscalls: { count: 2, sha256: "0".repeat(64), first: ["write(1)", "cacheflush(0x00400000, 0x10)"] },
    calls: [
      { function: 0x400000, count: 1 },
      { function: 0x400001, count: 2, caller: 0x400000 },
      { function: 0x400002, count: 0 },
    ],
    ...change,
  }) as unknown as Trace;
const input = { args: ["small", "one"], stdin: "in" };

describe("a run of the program as a document", () => {
  it("says what ran, who called it first, and where the program wrote code", () => {
    const run = fromTrace(trace(), input, functions);
    expect(TracedRun.parse(run)).toEqual({
      args: ["small", "one"],
      stdin: "in",
      end: { kind: "exit", status: 3, reason: "exit" },
      instructions: 10,
      deepest: 2,
      stdout: { bytes: 3, sha256: createHash("sha256").update("out").digest("hex") },
      stderr: { bytes: 0, sha256: createHash("sha256").update("").digest("hex") },
      syscalls: { count: 2, sha256: "0".repeat(64), first: ["write(1)", "cacheflush(0x00400000, 0x10)"] },
      functions: [{ index: 0 }, { index: 1, caller: 0 }],
      code_flushes: ["cacheflush(0x00400000, 0x10)"],
    });
    expect(run.functions[0]).not.toHaveProperty("caller");
  });

  it.each<[ProgramEnd["kind"], object]>([
    ["exit", { kind: "exit", status: 3, reason: "exit" }],
    ["trap", { kind: "trap", trap: "breakpoint", address: 0x400004, message: "guest breakpoint at 0x00400004" }],
    ["budget", { kind: "budget", message: "instruction budget used up" }],
    ["written_code", { kind: "written_code", address: 0x400008, message: "wrote code" }],
    [
      "forbidden_access",
      { kind: "forbidden_access", address: 0x400004, accessed: 12, access: "write", message: "writes to 0x0000000c" },
    ],
  ])("has its end there and back: %s", (_, end) => {
    const run = fromTrace(trace({ end: end as ProgramEnd }), input, functions);
    if ("address" in run.end) expect(run.end.address).toMatch(/^0x0040000[48]$/);
    if ("accessed" in run.end) expect(run.end.accessed).toBe("0x0000000c");
    expect(TracedRun.safeParse({ ...run, end: run.end }).success).toBe(
      !("message" in end) || run.end.kind !== "budget",
    );
    expect(toProgramEnd(run.end)).toStrictEqual(end);
  });

  it("is what the linked module is asked to repeat", () => {
    const run = fromTrace(trace(), input, functions);
    const { stdout, stderr, syscalls } = run;
    expect(toRecordedRun(run)).toEqual({
      input: { args: ["small", "one"], stdin: text("in") },
      end: { kind: "exit", status: 3, reason: "exit" },
      instructions: 10,
      deepest: 2,
      syscalls,
      stdout,
      stderr,
    });
  });
});

describe("what is found of a program, as a document", () => {
  it("has jumps through registers there and back, in the order of their addresses", () => {
    const found = new Map<number, RegisterJump>([
      [0x400010, { table: { jump: 0x400010, address: 0x410000, entries: [0x400020, 0x400024] } }],
      [0x400004, { target: 0x400030 }],
    ]);
    const document = fromRegisterJumps(7, found);
    expect(document).toEqual({
      index: 7,
      jumps: [
        { jump: "0x00400004", target: "0x00400030" },
        { jump: "0x00400010", table: "0x00410000", entries: ["0x00400020", "0x00400024"] },
      ],
    });
    expect(toRegisterJumps({ schema_version: 1, functions: [document] })).toEqual(new Map([[7, found]]));
  });

  it("has the layout of memory there and back", () => {
    const layout = { base: 1, initialBytes: 2, maximumBytes: 3, stackBottom: 4, stackTop: 5, heapStart: 6 };
    expect(toLayout(fromLayout(layout))).toEqual(layout);
  });

  it("has the jump tables that the config states, as numbers", () => {
    const stated = [{ jump: "0x00400010", address: "0x00410000", entries: ["0x00400020"] }];
    expect(statedJumpTables({ jump_tables: stated } as never)).toEqual([
      { jump: 0x400010, address: 0x410000, entries: [0x400020] },
    ]);
  });
});
