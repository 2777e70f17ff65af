import { describe, expect, it } from "vitest";
import type { Line } from "./support/assemble.ts";
import { program, RETURN, type Registers, start } from "./support/guest.ts";

type Case = readonly [instruction: Exclude<Line, string>, before: Registers, after: Registers];

// Results by the operation sections of "MIPS32 Architecture for Programmers, Volume II".
// biome-ignore format: a table, one row a case
const CASES: readonly Case[] = [
  [["addu", "v0", "a0", "a1"],   { a0: 0x7fffffff, a1: 1 },              { v0: 0x80000000 }],
  [["addu", "v0", "a0", "zero"], { a0: 7 },                              { v0: 7 }],
  [["addu", "v0", "zero", "a1"], { a1: 9 },                              { v0: 9 }],
  [["addu", "zero", "a0", "a1"], { a0: 1, a1: 1, v0: 5 },                { zero: 0, v0: 5 }],
  [["addu", "a0", "a0", "a0"],   { a0: 0x80000001 },                     { a0: 2 }],
  [["addiu", "v0", "a0", -1],    { a0: 0 },                              { v0: 0xffffffff }],
  [["addiu", "v0", "zero", 42],  {},                                     { v0: 42 }],
  [["addiu", "v0", "a0", 0],     { a0: 3 },                              { v0: 3 }],
  [["add", "v0", "a0", "a1"],    { a0: -5, a1: 3 },                      { v0: 0xfffffffe }],
  [["addi", "v0", "a0", -32768], { a0: 32768 },                          { v0: 0 }],
  [["sub", "v0", "a0", "a1"],    { a0: 3, a1: 5 },                       { v0: 0xfffffffe }],
  [["sub", "v0", "zero", "a1"],  { a1: 0x7fffffff },                     { v0: 0x80000001 }],
  [["subu", "v0", "a0", "a1"],   { a0: 0x80000000, a1: 1 },              { v0: 0x7fffffff }],
  [["subu", "v0", "zero", "a1"], { a1: 1 },                              { v0: 0xffffffff }],
  [["subu", "v0", "a0", "zero"], { a0: 1 },                              { v0: 1 }],
  [["mul", "v0", "a0", "a1"],    { a0: 0x10001, a1: 0x10001 },           { v0: 0x20001 }],

  [["and", "v0", "a0", "a1"],    { a0: 0xff00ff00, a1: 0x0ff00ff0 },     { v0: 0x0f000f00 }],
  [["or", "v0", "a0", "a1"],     { a0: 0xff00ff00, a1: 0x0ff00ff0 },     { v0: 0xfff0fff0 }],
  [["xor", "v0", "a0", "a1"],    { a0: 0xff00ff00, a1: 0x0ff00ff0 },     { v0: 0xf0f0f0f0 }],
  [["nor", "v0", "a0", "a1"],    { a0: 0xff00ff00, a1: 0x0ff00ff0 },     { v0: 0x000f000f }],
  [["nor", "v0", "a0", "zero"],  { a0: 0xff00ff00 },                     { v0: 0x00ff00ff }],
  [["and", "v0", "a0", "zero"],  { a0: 0xff00ff00 },                     { v0: 0 }],
  [["andi", "v0", "a0", 0xffff], { a0: -1 },                             { v0: 0xffff }],
  [["ori", "v0", "a0", 0x8000],  { a0: 1 },                              { v0: 0x8001 }],
  [["ori", "v0", "zero", 0x8000], {},                                    { v0: 0x8000 }],
  [["xori", "v0", "a0", 0xffff], { a0: -1 },                             { v0: 0xffff0000 }],
  [["lui", "v0", 0x8001],        {},                                     { v0: 0x80010000 }],

  [["slt", "v0", "a0", "a1"],    { a0: -1, a1: 0 },                      { v0: 1 }],
  [["slt", "v0", "zero", "a1"],  { a1: -1 },                             { v0: 0 }],
  [["sltu", "v0", "a0", "a1"],   { a0: -1, a1: 0 },                      { v0: 0 }],
  [["sltu", "v0", "zero", "a1"], { a1: 5 },                              { v0: 1 }],
  [["slti", "v0", "a0", -1],     { a0: -2 },                             { v0: 1 }],
  [["sltiu", "v0", "a0", -1],    { a0: 5 },                              { v0: 1 }],
  [["sltiu", "v0", "a0", 1],     { a0: 0 },                              { v0: 1 }],

  [["sll", "v0", "a0", 31],      { a0: 3 },                              { v0: 0x80000000 }],
  [["sll", "v0", "a0", 0],       { a0: 3 },                              { v0: 3 }],
  [["srl", "v0", "a0", 4],       { a0: 0x80000000 },                     { v0: 0x08000000 }],
  [["sra", "v0", "a0", 4],       { a0: 0x80000000 },                     { v0: 0xf8000000 }],
  [["rotr", "v0", "a0", 8],      { a0: 0x12345678 },                     { v0: 0x78123456 }],
  [["sllv", "v0", "a0", "a1"],   { a0: 1, a1: 33 },                      { v0: 2 }],
  [["srlv", "v0", "a0", "a1"],   { a0: 0x80000000, a1: 63 },             { v0: 1 }],
  [["srav", "v0", "a0", "a1"],   { a0: 0x80000000, a1: 31 },             { v0: 0xffffffff }],
  [["rotrv", "v0", "a0", "a1"],  { a0: 0x12345678, a1: 40 },             { v0: 0x78123456 }],

  [["movz", "v0", "a0", "a1"],   { v0: 1, a0: 2, a1: 0 },                { v0: 2 }],
  [["movz", "v0", "a0", "a1"],   { v0: 1, a0: 2, a1: 9 },                { v0: 1 }],
  [["movn", "v0", "a0", "a1"],   { v0: 1, a0: 2, a1: 0 },                { v0: 1 }],
  [["movn", "v0", "a0", "a1"],   { v0: 1, a0: 2, a1: 9 },                { v0: 2 }],

  [["clz", "v0", "a0"],          { a0: 0x00010000 },                     { v0: 15 }],
  [["clz", "v0", "a0"],          { a0: 0 },                              { v0: 32 }],
  [["clo", "v0", "a0"],          { a0: 0xfffe0000 },                     { v0: 15 }],
  [["clo", "v0", "a0"],          { a0: -1 },                             { v0: 32 }],
  [["seb", "v0", "a0"],          { a0: 0x12345680 },                     { v0: 0xffffff80 }],
  [["seh", "v0", "a0"],          { a0: 0x12348000 },                     { v0: 0xffff8000 }],
  [["wsbh", "v0", "a0"],         { a0: 0x12345678 },                     { v0: 0x34127856 }],
  [["ext", "v0", "a0", 8, 12],   { a0: 0x12345678 },                     { v0: 0x456 }],
  [["ext", "v0", "a0", 0, 32],   { a0: 0x92345678 },                     { v0: 0x92345678 }],
  [["ext", "v0", "a0", 31, 1],   { a0: 0x80000000 },                     { v0: 1 }],
  [["ins", "v0", "a0", 8, 8],    { v0: 0x11111111, a0: 0xabcdef99 },     { v0: 0x11119911 }],
  [["ins", "v0", "a0", 0, 32],   { v0: 1, a0: 0xabcdef99 },              { v0: 0xabcdef99 }],
  [["ins", "v0", "a0", 31, 1],   { v0: 0, a0: 1 },                       { v0: 0x80000000 }],

  [["mult", "a0", "a1"],         { a0: -2, a1: 3 },                      { hi: 0xffffffff, lo: 0xfffffffa }],
  [["mult", "a0", "a1"],         { a0: 0x80000000, a1: 0x80000000 },     { hi: 0x40000000, lo: 0 }],
  [["multu", "a0", "a1"],        { a0: -1, a1: -1 },                     { hi: 0xfffffffe, lo: 1 }],
  [["madd", "a0", "a1"],         { hi: 0, lo: 0xffffffff, a0: 1, a1: 1 }, { hi: 1, lo: 0 }],
  [["madd", "a0", "a1"],         { hi: 0, lo: 0, a0: -1, a1: 1 },        { hi: 0xffffffff, lo: 0xffffffff }],
  [["maddu", "a0", "a1"],        { hi: 1, lo: 0, a0: -1, a1: 2 },        { hi: 2, lo: 0xfffffffe }],
  [["msub", "a0", "a1"],         { hi: 0, lo: 0, a0: 1, a1: 1 },         { hi: 0xffffffff, lo: 0xffffffff }],
  [["msubu", "a0", "a1"],        { hi: 2, lo: 0, a0: -1, a1: 1 },        { hi: 1, lo: 1 }],
  [["mfhi", "v0"],               { hi: 0x89abcdef, lo: 1 },              { v0: 0x89abcdef, hi: 0x89abcdef, lo: 1 }],
  [["mflo", "v0"],               { hi: 1, lo: 0x89abcdef },              { v0: 0x89abcdef, hi: 1, lo: 0x89abcdef }],
  [["mthi", "a0"],               { hi: 1, lo: 0x80000002, a0: -3 },      { hi: 0xfffffffd, lo: 0x80000002 }],
  [["mtlo", "a0"],               { hi: 0x80000001, lo: 2, a0: -3 },      { hi: 0x80000001, lo: 0xfffffffd }],

  [["div", "a0", "a1"],          { a0: -7, a1: 2 },                      { lo: 0xfffffffd, hi: 0xffffffff }],
  [["div", "a0", "a1"],          { a0: 7, a1: -2 },                      { lo: 0xfffffffd, hi: 1 }],
  [["divu", "a0", "a1"],         { a0: -7, a1: 2 },                      { lo: 0x7ffffffc, hi: 1 }],
  // What the manual leaves open, as qemu has it: see the test of whole programs, which compares with it.
  [["div", "a0", "a1"],          { a0: -7, a1: 0 },                      { lo: 0xfffffff9, hi: 0 }],
  [["div", "a0", "a1"],          { a0: 0x80000000, a1: -1 },             { lo: 0x80000000, hi: 0 }],
  [["div", "a0", "a1"],          { a0: 0x80000000, a1: 1 },              { lo: 0x80000000, hi: 0 }],
  [["divu", "a0", "a1"],         { a0: 7, a1: 0 },                       { lo: 7, hi: 0 }],
  [["divu", "a0", "a1"],         { a0: 0x80000000, a1: -1 },             { lo: 0, hi: 0x80000000 }],
];

describe("arithmetic instructions", () => {
  it.each(CASES.map((each) => [`${each[0].join(" ")} of ${JSON.stringify(each[1])}`, each] as const))(
    "%s",
    (_, [instruction, before, after]) => {
      const guest = start(program({ main: [instruction, ...RETURN] }));
      expect(guest.call("main", before)).toBeUndefined();
      const found = Object.fromEntries(Object.keys(after).map((name) => [name, guest.get(name as keyof Registers)]));
      expect(found).toEqual(after);
    },
  );

  it("keeps the results of a division for the instructions that follow", () => {
    const guest = start(
      program({
        main: [
          ["div", "a0", "a1"],
          ["mflo", "v0"],
          ["mfhi", "v1"],
          ["mthi", "a0"],
          ["mfhi", "t0"],
          ["mflo", "t1"],
          ...RETURN,
        ],
      }),
    );
    guest.call("main", { a0: 17, a1: 5 });
    expect(["v0", "v1", "t0", "t1", "hi", "lo"].map((name) => guest.get(name as keyof Registers))).toEqual([
      3, 2, 17, 3, 17, 3,
    ]);
  });

  it("takes the division of the way it came, where two ways join", () => {
    const guest = start(
      program({
        main: [
          ["beq", "a2", "zero", ".other"],
          ["nop"],
          ["divu", "a0", "a1"],
          ["beq", "zero", "zero", ".join"],
          ["nop"],
          ".other:",
          ["mtlo", "a1"],
          ".join:",
          ["mflo", "v0"],
          ...RETURN,
        ],
      }),
    );
    guest.call("main", { a0: 17, a1: 5, a2: 1 });
    expect(guest.get("v0")).toBe(3);
    guest.call("main", { a0: 17, a1: 5, a2: 0 });
    expect(guest.get("v0")).toBe(5);
  });
});

describe("trapping instructions", () => {
  // biome-ignore format: a table, one row a case
  it.each([
    [["add", "v0", "a0", "a1"],     { a0: 0x7fffffff, a1: 1 },           "integer_overflow"],
    [["add", "v0", "a0", "a1"],     { a0: 0x80000000, a1: -1 },          "integer_overflow"],
    [["addi", "v0", "a0", -1],      { a0: 0x80000000 },                  "integer_overflow"],
    [["addi", "zero", "a0", 1],     { a0: 0x7fffffff },                  "integer_overflow"],
    [["sub", "v0", "a0", "a1"],     { a0: 0x80000000, a1: 1 },           "integer_overflow"],
    [["sub", "v0", "zero", "a1"],   { a1: 0x80000000 },                  "integer_overflow"],
    [["teq", "a0", "a1"],           { a0: 1, a1: 1 },                    "trap"],
    [["teq", "a0", "a1"],           { a0: 1, a1: 2 },                    undefined],
    [["teq", "a0", "zero"],         { a0: 0 },                           "trap"],
    [["tne", "a0", "a1"],           { a0: 1, a1: 2 },                    "trap"],
    [["tne", "a0", "zero"],         { a0: 0 },                           undefined],
    [["tge", "a0", "a1"],           { a0: 1, a1: 1 },                    "trap"],
    [["tge", "a0", "a1"],           { a0: -1, a1: 0 },                   undefined],
    [["tgeu", "a0", "a1"],          { a0: -1, a1: 0 },                   "trap"],
    [["tlt", "a0", "a1"],           { a0: -1, a1: 0 },                   "trap"],
    [["tlt", "a0", "a1"],           { a0: 0, a1: 0 },                    undefined],
    [["tltu", "a0", "a1"],          { a0: 0, a1: 1 },                    "trap"],
    [["tltu", "a0", "a1"],          { a0: -1, a1: 1 },                   undefined],
    [["teqi", "a0", -1],            { a0: -1 },                          "trap"],
    [["tnei", "a0", -1],            { a0: -1 },                          undefined],
    [["tgei", "a0", -1],            { a0: -1 },                          "trap"],
    [["tgeiu", "a0", -1],           { a0: 0 },                           undefined],
    [["tlti", "a0", 0],             { a0: -1 },                          "trap"],
    [["tltiu", "a0", -1],           { a0: 5 },                           "trap"],
    [["break", 7],                  {},                                  "breakpoint"],
  ] as const satisfies readonly (readonly [Line, Registers, string | undefined])[])("%j of %j: %s", (instruction, before, kind) => {
    const guest = start(program({ main: [["nop"], instruction, ...RETURN] }));
    expect(guest.call("main", before)).toBe(kind);
    if (kind !== undefined) expect(guest.trapAddress()).toBe(0x00400004);
  });

  it("leaves the result register alone when it overflows", () => {
    const guest = start(program({ main: [["add", "v0", "a0", "a1"], ...RETURN] }));
    guest.call("main", { v0: 5, a0: 0x7fffffff, a1: 1 });
    expect(guest.get("v0")).toBe(5);
  });
});

describe("instructions for the system", () => {
  it("reads the thread pointer", () => {
    const guest = start(program({ main: [["rdhwr", "v1", 29], ...RETURN] }));
    guest.setThreadPointer(0x7ff0);
    guest.call("main");
    expect(guest.get("v1")).toBe(0x7ff0);
  });

  it("counts how often the cycle counter is read", () => {
    const guest = start(program({ main: [["rdhwr", "v0", 2], ["rdhwr", "v1", 2], ...RETURN] }));
    guest.call("main", { cycles: 7 });
    expect([guest.get("v0"), guest.get("v1"), guest.get("cycles")]).toEqual([7, 8, 9]);
  });

  it("does nothing for sync, synci and pref", () => {
    const lines: Line[] = [
      ["sync", 0],
      ["synci", 0, "a0"],
      ["pref", 0, 0, "a0"],
      ["addiu", "v0", "zero", 1],
      ...RETURN,
    ];
    const guest = start(program({ main: lines }));
    expect(guest.call("main", { a0: 0xfffffff1 })).toBeUndefined();
    expect(guest.get("v0")).toBe(1);
  });

  it.each([
    [["rdhwr", "v0", 4], "hardware register 4 has no translation"],
    [[0x7c820884], "bit field ends at bit 1, below its start at bit 2"],
    [[0x7c82f840], "bit field from bit 1 is 32 bits wide, past bit 31"],
  ] as const)("reports %j as an obstacle", (source, reason) => {
    const lines = source.length === 1 ? [] : [source as unknown as Line];
    const words = source.length === 1 ? [source[0] as number] : [];
    const guest = start(withFirstWords(words, lines));
    expect(guest.reports[0]).toMatchObject({
      status: "lifted",
      obstacles: [{ address: 0x00400000, reason }],
    });
    expect(guest.call("main")).toBe("unlifted");
    expect(guest.trapAddress()).toBe(0x00400000);
  });
});

/** A program whose first words are given as they are. */
function withFirstWords(words: readonly number[], lines: readonly Line[]) {
  const source = program({ main: [...words.map((): Line => ["nop"]), ...lines, ...RETURN] });
  const [segment] = source.image.segments;
  const view = new DataView(segment!.bytes.buffer);
  words.forEach((word, index) => {
    view.setUint32(4 * index, word);
  });
  return source;
}
