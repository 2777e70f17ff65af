import { describe, expect, it } from "vitest";
import { encodeCaptures } from "../../../shared/recompiler/oracle/captures.ts";
import { type TraceRun, traceProgram } from "../../../shared/recompiler/oracle/trace.ts";
import { PAGE_BYTES } from "../../../shared/recompiler/oracle/watched-memory.ts";
import { program } from "../lift/support/guest.ts";
import { CODE, type Line, MEMORY } from "./support/machine.ts";

const EXIT = 4001;
const WRITE = 4004;
const READ = 4003;

/** `exit(v0)` */
const exit: readonly Line[] = [
  ["addu", "a0", "v0", "zero"],
  ["addiu", "v0", "zero", EXIT],
  ["syscall", 0],
];

function call(name: string): Line[] {
  return [["jal", `.${name}`], ["nop"]];
}

/** A function body between the pushing and the popping of `ra` and `s0`. */
function framed(...body: readonly Line[]): Line[] {
  return [
    ["addiu", "sp", "sp", -16],
    ["sw", "ra", 12, "sp"],
    ["sw", "s0", 8, "sp"],
    ...body,
    ["lw", "ra", 12, "sp"],
    ["lw", "s0", 8, "sp"],
    ["jr", "ra"],
    ["addiu", "sp", "sp", 16],
  ];
}

const increment: Line[] = [
  ["lui", "t0", MEMORY >>> 16],
  ["lw", "v0", 0, "t0"],
  ["addiu", "v0", "v0", 1],
  ["jr", "ra"],
  ["sw", "v0", 0, "t0"],
];

function trace(sources: Readonly<Record<string, readonly Line[]>>, options: Partial<TraceRun> = {}) {
  const { image, layout, functions } = program(sources);
  const run = { args: ["program"], maxInstructions: 100_000, capturesPerFunction: 4, ...options };
  const addressOf = (name: string): number => functions.find((each) => each.name === name)!.address;
  const result = traceProgram(image, functions, layout, run);
  const capturesOf = (name: string) => result.captures.filter(({ address }) => address === addressOf(name));
  return { result, addressOf, capturesOf };
}

describe("tracing a program", () => {
  it("tells how it ended, what it wrote, how long it took", () => {
    const { result } = trace({
      start: [
        ["lui", "a1", MEMORY >>> 16],
        ["lui", "t0", 0x4f4b],
        ["ori", "t0", "t0", 0x210a],
        ["sw", "t0", 0, "a1"],
        ["addiu", "a0", "zero", 1],
        ["addiu", "a2", "zero", 4],
        ["addiu", "v0", "zero", WRITE],
        ["syscall", 0],
        ...exit,
      ],
    });
    expect(Buffer.from(result.stdout).toString()).toBe("OK!\n");
    expect(result.end).toEqual({ kind: "exit", status: 4, reason: "exit" });
    expect(result.instructions).toBe(11);
  });

  it("tells of a trap with its place", () => {
    const { result } = trace({ start: [["nop"], ["break", 0]] });
    expect(result.end).toMatchObject({ kind: "trap", trap: "breakpoint", address: CODE + 4 });
  });

  it("stops at the budget", () => {
    const { result } = trace({ start: [".on:", ["j", ".on"], ["nop"]] }, { maxInstructions: 1000 });
    expect(result.end).toEqual({ kind: "budget" });
    expect(result.captures).toEqual([]);
  });

  it("counts system calls that are not there", () => {
    const unknown: Line[] = [
      ["addiu", "v0", "zero", 4999],
      ["syscall", 0],
    ];
    const { result } = trace({ start: [...unknown, ...unknown, ...exit] });
    expect(result.unknownSyscalls).toEqual([{ number: 4999, count: 2 }]);
  });

  it("lists where indirect calls and jumps out of a function go, not returns", () => {
    const toLeaf: Line[] = [
      ["lui", "t9", CODE >>> 16],
      ["addiu", "t9", "t9", 13 * 4],
    ];
    const { result, addressOf } = trace({
      start: [...toLeaf, ["jalr", "ra", "t9"], ["nop"], ...call("tail"), ...exit],
      tail: [...toLeaf, ["jr", "t9"], ["nop"]],
      leaf: [["jr", "ra"], ["nop"]],
    });
    expect(result.end.kind).toBe("exit");
    expect(addressOf("leaf")).toBe(CODE + 13 * 4);
    expect(result.indirectTargets).toEqual([addressOf("leaf")]);
  });

  it("goes the same way every time, to the byte", () => {
    const sources = { start: [...call("increment"), ...call("increment"), ...exit], increment };
    expect(encodeCaptures(trace(sources).result.captures)).toEqual(encodeCaptures(trace(sources).result.captures));
  });
});

describe("captured calls", () => {
  it("hold the pages a call touches as they were at its entry", () => {
    const { capturesOf } = trace({
      start: [...call("increment"), ...call("increment"), ...call("increment"), ...exit],
      increment,
    });
    const page = MEMORY / PAGE_BYTES;
    const firstWords = capturesOf("increment").map(({ pages }) => {
      const found = pages.find((each) => each.page === page);
      return found === undefined ? 0 : new Int32Array(found.bytes.buffer, found.bytes.byteOffset, 1)[0];
    });
    expect(capturesOf("increment").map((capture) => capture.call)).toEqual([1, 2, 3]);
    expect(firstWords).toEqual([0, 1, 2]);
  });

  it("hold the same page for an outer and an inner call, each as it found it", () => {
    const { capturesOf } = trace({
      start: [...call("outer"), ...exit],
      outer: framed(...call("increment"), ...call("increment")),
      increment,
    });
    const wordIn = (name: string, index: number): number => {
      const found = capturesOf(name)[index]!.pages.find(({ page }) => page === MEMORY / PAGE_BYTES);
      return found === undefined ? 0 : new DataView(found.bytes.buffer, found.bytes.byteOffset).getInt32(0, true);
    };
    expect([wordIn("outer", 0), wordIn("increment", 0), wordIn("increment", 1)]).toEqual([0, 0, 1]);
  });

  it("count instructions with their callees, from entry to return", () => {
    const { capturesOf } = trace({
      start: [...call("outer"), ...exit],
      outer: framed(...call("increment")),
      increment,
    });
    expect(capturesOf("increment")[0]).toMatchObject({ instructions: 5, end: "returned" });
    expect(capturesOf("outer")[0]).toMatchObject({ instructions: 3 + 2 + 5 + 4, end: "returned" });
  });

  it("end with the process where they do not return", () => {
    const { capturesOf } = trace({ start: [...call("outer")], outer: framed(...exit) });
    expect(capturesOf("outer")[0]).toMatchObject({ end: "exit" });
    expect(capturesOf("start")[0]).toMatchObject({ end: "exit", instructions: 2 + 3 + 3 });
  });

  it("take a tail call as one call of each function, both ending at the return", () => {
    const { capturesOf } = trace({
      start: [...call("first"), ...exit],
      first: [
        ["j", ".second"],
        ["addiu", "a0", "zero", 1],
      ],
      second: [
        ["jr", "ra"],
        ["addiu", "v0", "a0", 1],
      ],
    });
    expect(capturesOf("first")[0]).toMatchObject({ instructions: 4, end: "returned" });
    expect(capturesOf("second")[0]).toMatchObject({ instructions: 2, end: "returned" });
  });

  it("tell recursive calls apart though they return to the same place", () => {
    const { result, capturesOf, addressOf } = trace(
      {
        start: [["addiu", "a0", "zero", 3], ...call("down"), ...exit],
        down: [
          ["addiu", "sp", "sp", -8],
          ["sw", "ra", 4, "sp"],
          ["beq", "a0", "zero", ".end"],
          ["nop"],
          ["jal", ".down"],
          ["addiu", "a0", "a0", -1],
          ".end:",
          ["lw", "ra", 4, "sp"],
          ["jr", "ra"],
          ["addiu", "sp", "sp", 8],
        ],
      },
      { capturesPerFunction: 8 },
    );
    expect(result.calls.find((each) => each.function === addressOf("down"))!.count).toBe(4);
    expect(capturesOf("down").map(({ instructions }) => instructions)).toEqual([34, 25, 16, 7]);
  });

  it("take a loop back to a function's start as the same call", () => {
    const { result, addressOf } = trace({
      start: [["addiu", "a0", "zero", 5], ...call("loop"), ...exit],
      loop: [["addiu", "a0", "a0", -1], ["bgtz", "a0", ".loop"], ["nop"], ["jr", "ra"], ["nop"]],
    });
    expect(result.calls.find((each) => each.function === addressOf("loop"))!.count).toBe(1);
  });

  it("mark a jump past the caller, and drop the calls it sweeps away", () => {
    const { capturesOf, result } = trace({
      // `thrower` goes straight back into `start`, as longjmp would, with the stack pointer `start` had.
      start: [
        ["addu", "s1", "sp", "zero"],
        ["lui", "s2", CODE >>> 16],
        ["addiu", "s2", "s2", 6 * 4],
        ...call("middle"),
        ["break", 0],
        ...exit,
      ],
      middle: framed(...call("thrower")),
      thrower: [
        ["addu", "ra", "s2", "zero"],
        ["jr", "ra"],
        ["addu", "sp", "s1", "zero"],
      ],
    });
    expect(result.end.kind).toBe("exit");
    expect(capturesOf("thrower")).toMatchObject([{ end: "left", instructions: 3 }]);
    expect(capturesOf("middle")).toEqual([]);
    expect(capturesOf("start")).toMatchObject([{ end: "exit" }]);
  });

  it("keep the system calls made inside, with what the kernel read and wrote", () => {
    const { capturesOf } = trace(
      {
        start: [...call("reader"), ...call("increment"), ...exit],
        reader: [
          ["lui", "a1", MEMORY >>> 16],
          ["addiu", "a1", "a1", 0x100],
          ["addiu", "a2", "zero", 8],
          ["addiu", "a0", "zero", 0],
          ["addiu", "v0", "zero", READ],
          ["syscall", 0],
          ["jr", "ra"],
          ["nop"],
        ],
        increment,
      },
      { stdin: Buffer.from("abc") },
    );
    expect(capturesOf("increment")[0]!.syscalls).toEqual([]);
    expect(capturesOf("start")[0]!.syscalls.map(({ number }) => number)).toEqual([READ, EXIT]);
    expect(capturesOf("reader")[0]!.syscalls).toMatchObject([
      {
        number: READ,
        args: [0, MEMORY + 0x100, 8],
        result: 3,
        errorFlag: 0,
        endsProcess: false,
        reads: [],
        writes: [{ address: MEMORY + 0x100, bytes: Uint8Array.of(97, 98, 99) }],
      },
    ]);
  });

  it("are given up when they touch too many pages", () => {
    const sweep: Line[] = [
      ["lui", "t0", MEMORY >>> 16],
      ["addiu", "t1", "t0", 0x4000],
      ".on:",
      ["sw", "t0", 0, "t0"],
      ["addiu", "t0", "t0", 256],
      ["bne", "t0", "t1", ".on"],
      ["nop"],
      ["jr", "ra"],
      ["nop"],
    ];
    const sources = { start: [...call("sweep"), ...call("sweep"), ...exit], sweep };
    expect(trace(sources, { maxPagesPerCapture: 70 }).capturesOf("sweep")).toHaveLength(2);
    const strict = trace(sources, { maxPagesPerCapture: 20 });
    // The first call finds all pages as loaded, so it keeps none.
    expect(strict.capturesOf("sweep").map((capture) => capture.call)).toEqual([1]);
    expect(strict.result.oversizedCaptures).toBe(1);
  });
});
