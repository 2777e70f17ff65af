import { describe, expect, it } from "vitest";
import { traceProgram } from "../../../shared/recompiler/oracle/trace.ts";
import type { Line } from "../lift/support/assemble.ts";
import { CODE, program } from "../lift/support/guest.ts";

const EXIT: Line[] = [
  ["addiu", "v0", "zero", 4001],
  ["syscall", 0],
];
/** `addiu a0, zero, 42` and `addiu a0, zero, 17`. */
const NEW = 0x2404_002a;
const OLD = 0x2404_0011;

/** Loads the word and the place of `target`'s first instruction. */
const aim = (word: number): Line[] => [
  ["lui", "t1", word >>> 16],
  ["ori", "t1", "t1", word & 0xffff],
  ["lui", "t0", CODE >>> 16],
  ["addiu", "t0", "t0", ".target" as unknown as number],
];

/** Where `target` lies: the first function is as long as the lines before it. */
function trace(before: Line[], after: Line[] = [], change: { isWritable?: boolean } = {}) {
  const start: Line[] = [...before, ["jal", ".target"], ["nop"], ...after, ...EXIT];
  const target: Line[] = [["addiu", "a0", "zero", 17], ["jr", "ra"], ["nop"]];
  const offset = start.length * 4;
  const placed = start.map(
    (line): Line =>
      Array.isArray(line) && line.includes(".target" as never) && line[0] === "addiu"
        ? ["addiu", "t0", "t0", offset]
        : line,
  );
  const { image, layout, functions } = program({ start: placed, target }, { endianness: "little" });
  const segments = image.segments.map((segment) => ({ ...segment, isWritable: change.isWritable ?? true }));
  return traceProgram({ ...image, segments }, functions, layout, {
    args: ["program"],
    maxInstructions: 1000,
    capturesPerFunction: 2,
  });
}

describe("a program that writes its own code", () => {
  it.each<[string, Line]>([
    ["a word", ["sw", "t1", 0, "t0"]],
    ["a halfword", ["sh", "t1", 0, "t0"]],
    ["a byte", ["sb", "t1", 0, "t0"]],
  ])("is stopped where it would run what it wrote: %s", (_, store) => {
    const { end } = trace([...aim(NEW), store]);
    expect(end).toMatchObject({
      kind: "written_code",
      message: expect.stringMatching(/^the program runs code that it has written, at 0x004/),
    });
  });

  it("also where the code has run before", () => {
    const again: Line[] = [...aim(NEW), ["sw", "t1", 0, "t0"], ["jal", ".target"], ["nop"]];
    expect(trace([["nop"]], again).end.kind).toBe("written_code");
  });

  it("is not, where it writes what is there, or puts it back", () => {
    expect(trace([...aim(OLD), ["sw", "t1", 0, "t0"]]).end).toMatchObject({ kind: "exit", status: 17 });
    const back: Line[] = [...aim(NEW), ["sw", "t1", 0, "t0"], ...aim(OLD), ["sw", "t1", 0, "t0"]];
    expect(trace(back).end).toMatchObject({ kind: "exit", status: 17 });
  });

  it("is not, where it never comes there again", () => {
    expect(trace([["nop"]], [...aim(NEW), ["sw", "t1", 0, "t0"]]).end).toMatchObject({ kind: "exit", status: 17 });
  });

  /** Jumps to a place on the stack, or at another address, behind what it does to it. */
  const jumpTo = (place: Line[], written: Line[] = []) =>
    trace([...aim(NEW), ...place, ...written, ["jalr", "ra", "t2"], ["nop"]]).end;
  const onTheStack: Line[] = [["addiu", "t2", "sp", -64]];

  it("is stopped where it would run what it put where its file has no code", () => {
    const written: Line[] = [["sw", "t1", 0, "t2"]];
    expect(jumpTo(onTheStack, written)).toMatchObject({
      kind: "written_code",
      message: expect.stringMatching(/^the program runs code that it has written, at 0x/),
    });
  });

  it.each<[string, Line[]]>([
    ["memory that nobody has written", onTheStack],
    ["page 0", [["addiu", "t2", "zero", 16]]],
    ["no mapping", [["lui", "t2", 0x7000]]],
    ["what is no place of an instruction", [["addiu", "t2", "sp", -62]]],
  ])("is not, where it jumps to %s", (_, place) => {
    expect(jumpTo(place).kind).toBe("trap");
  });

  it("says that it has written code by a system call, which is noted", () => {
    const flush: Line[] = [
      ["addiu", "a1", "zero", 64],
      ["addiu", "v0", "zero", 4147],
      ["syscall", 0],
    ];
    const { syscalls, unknownSyscalls } = trace([["addu", "a0", "zero", "zero"], ...flush]);
    expect(syscalls.first[0]).toBe("cacheflush(0x00000000, 0x00000040, 0x00000000) = 0x00000000");
    expect(unknownSyscalls).toEqual([]);
  });
});
