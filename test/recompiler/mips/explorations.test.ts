import { describe, expect, it } from "vitest";
import { buildControlFlow } from "../../../shared/recompiler/mips/control-flow.ts";
import { discoverFunctions } from "../../../shared/recompiler/mips/discover.ts";
import { traceOnce } from "../../../shared/recompiler/mips/explorations.ts";
import type { FunctionExtent } from "../../../shared/recompiler/mips/flow-map.ts";
import type { ProgramImage } from "../../../shared/recompiler/program.ts";
import { assembleProgram, type ProgramSource, TEXT } from "./assemble.ts";

/** A function that calls, jumps out of its range and comes back. */
const TEXT_OF_CALLER = `start:
    jal callee
    nop
    beqz v0,apart
    nop
    jr ra
    nop
  callee:
    jr ra
    nop
  apart:
    jr ra
    nop`;

function setUp(source: ProgramSource = { text: TEXT_OF_CALLER }) {
  const { image, labels } = assembleProgram(source);
  const at = (label: string): number => labels.get(label)!;
  const starts = new Set([at("start"), at("callee")]);
  const extent: FunctionExtent = {
    image,
    start: at("start"),
    end: at("callee"),
    startsFunction: (address) => starts.has(address),
    isEndlessCall: () => false,
    looksLikeNext: () => false,
  };
  return { image, at, extent };
}

/** The image as a program that nothing was traced of yet. */
const untouched = (image: ProgramImage): ProgramImage => ({ ...image });

describe("a trace", () => {
  it("is not made again where all that it asked has the same answers", () => {
    const { extent, at } = setUp();
    const first = traceOnce(extent);
    expect(first.foreign).toEqual(new Set([at("apart"), at("apart") + 4]));
    expect(traceOnce({ ...extent })).toBe(first);
  });

  it("is not affected by what it did not ask", () => {
    const { extent, at } = setUp();
    const first = traceOnce(extent);
    const startsFunction = (address: number) => extent.startsFunction(address) || address === at("apart") + 4;
    expect(traceOnce({ ...extent, startsFunction })).toBe(first);
  });

  it("is of its image", () => {
    const { extent, image } = setUp();
    const first = traceOnce(extent);
    const other = traceOnce({ ...extent, image: untouched(image) });
    expect(other).not.toBe(first);
    expect(other).toEqual(first);
  });

  type Change = (extent: FunctionExtent, at: (label: string) => number) => Partial<FunctionExtent>;
  const changes: readonly (readonly [string, Change])[] = [
    ["a start where it went on", (_, at) => ({ startsFunction: (address) => address === at("apart") })],
    ["a call that turns out never to return", () => ({ isEndlessCall: (call) => call === TEXT })],
    ["an end before its last instruction", ({ start }) => ({ end: start + 16 })],
    ["an end behind what was elsewhere", (_, at) => ({ end: at("apart") + 8 })],
    ["code that looks like the next function", (_, at) => ({ looksLikeNext: undefined, end: at("apart") })],
  ];
  it.each(changes)("is made anew for %s, and both are known then", (_, change) => {
    const { extent, at, image } = setUp();
    const first = traceOnce(extent);
    const { looksLikeNext, ...rest } = { ...extent, ...change(extent, at) };
    const changed: FunctionExtent = looksLikeNext === undefined ? rest : { ...rest, looksLikeNext };
    const second = traceOnce(changed);
    expect(second).not.toBe(first);
    expect(second).toEqual(traceOnce({ ...changed, image: untouched(image) }));
    expect(traceOnce(changed)).toBe(second);
    expect(traceOnce(extent)).toBe(first);
  });

  it("that a maximum cut short is not kept, and a longer one is not given for a shorter", () => {
    const { extent, image } = setUp();
    const short = traceOnce(extent, 2);
    const whole = traceOnce(extent);
    expect(whole).toEqual(traceOnce({ ...extent, image: untouched(image) }));
    expect(whole).not.toEqual(short);
    expect(traceOnce(extent, 2)).toEqual(short);
    expect(traceOnce(extent, 100)).toBe(whole);
  });
});

describe("the control flow of a function that was traced", () => {
  /** The flow of the first function after a search, twice, and as an image gives it that nobody searched. */
  function flows(text: string, jumpTables: Parameters<typeof buildControlFlow>[3] = {}) {
    const { image } = assembleProgram({ text });
    const functions = discoverFunctions(image);
    const of = (from: ProgramImage) => buildControlFlow(from, functions[0]!, functions, jumpTables);
    const [found, again] = [of(image), of(image)];
    expect(found).toEqual(of(untouched(image)));
    const isKept = found.blocks === again.blocks;
    return { found, isKept };
  }

  it("is what the trace found", () => {
    expect(flows(TEXT_OF_CALLER).isKept).toBe(true);
  });

  it("is built where the trace took a stand-in for an instruction", () => {
    const { found } = flows("start:\n.word 0x46c20000\njr ra\nnop");
    expect(found.blocks[0]!.terminator).toMatchObject({ kind: "obstacle", obstacle: { word: "46c20000" } });
  });

  it("is built where the trace guessed that a call does not return", () => {
    const text = "start:\njal stop\nnop\nnext:\naddiu sp,sp,-8\njr ra\naddiu sp,sp,8\nstop:\nb stop\nnop";
    expect(flows(text)).toMatchObject({ isKept: false });
  });

  it("is built where the config states a table of one of its jumps", () => {
    const text = "start:\njr a0\nnop\none:\njr ra\nnop";
    const table = { jump: TEXT, address: TEXT + 64, entries: [TEXT + 8] };
    expect(flows(text).isKept).toBe(true);
    const { found, isKept } = flows(text, { jumpTables: [table] });
    expect(isKept).toBe(false);
    expect(found.blocks[0]?.terminator.kind).toBe("switch");
    expect(flows(text, { jumpTables: [{ ...table, jump: TEXT + 256 }] }).isKept).toBe(true);
  });
});
