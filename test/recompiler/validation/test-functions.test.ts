import { describe, expect, it } from "vitest";
import { randomFrom } from "../../../shared/recompiler/validation/random.ts";
import { testFunctions } from "../../../shared/recompiler/validation/test-functions.ts";
import { CODE, checkAligned, constant, get, MEMORY, requestFor, set, type Twin, testTwins, trap } from "./support.ts";

/** Adds 1 to the word `a0` points at; `v0` is the sum, `v1` one more. */
const bump: Twin = {
  guest: [
    ["lw", "v0", 0, "a0"],
    ["addiu", "v0", "v0", 1],
    ["sw", "v0", 0, "a0"],
    ["jr", "ra"],
    ["addiu", "v1", "v0", 1],
  ],
  lifted: `${checkAligned(4)}
    ${set(2, `(i32.add (i32.load ${get(4)}) ${constant(1)})`)}
    (i32.store ${get(4)} ${get(2)})
    ${set(3, `(i32.add ${get(2)} ${constant(1)})`)}`,
};

/** The right code with one piece replaced. */
function wrong(piece: string, replacement: string): Twin {
  if (!bump.lifted.includes(piece)) throw new Error(`no ${piece}`);
  return { ...bump, lifted: bump.lifted.replace(piece, replacement) };
}

const store = `(i32.store ${get(4)} ${get(2)})`;

describe("a right translation", () => {
  it.each(["big", "little"] as const)("is tested, %s-endian", (endianness) => {
    const { twin: test } = testTwins({ twin: bump }, { endianness });
    expect(test).toMatchObject({ status: "tested", coverage: { executed: 5, instructions: 5 } });
    expect(test!.random.conclusive).toBeGreaterThan(50);
    // It stores where it has loaded: at an address of its own code.
    expect(test!.random.inconclusive.undefined_access).toBeGreaterThan(10);
    // Its first instruction is the one that traps: such states say nothing, unless the two differ.
    expect(test!.random.trapped).toBe(0);
    expect(test!.random.inconclusive.early_trap).toBeGreaterThan(10);
    expect(test!.random.conclusive - test!.random.trapped).toBeGreaterThan(10);
    expect(test!.disagreement).toBeUndefined();
  });

  it("gets the same answers every time", () => {
    const request = requestFor({ bump, other: wrong("(i32.const 1)", "(i32.const 2)") });
    expect(testFunctions(request)).toEqual(testFunctions(request));
  });

  it("gets the same answers alone as among others", () => {
    const twins = { first: wrong(store, ""), bump, last: bump };
    expect(testTwins(twins, { subjects: ["bump"] }).bump).toEqual(testTwins(twins).bump);
  });

  it("gets other inputs from another seed", () => {
    const counts = ["a", "b", "c"].map((seed) => testTwins({ bump }, { settings: { seed } }).bump!.random);
    expect(new Set(counts.map((each) => JSON.stringify(each))).size).toBeGreaterThan(1);
  });
});

describe("a wrong translation is caught, and what is wrong is named", () => {
  // biome-ignore format: a table, one row a case
  it.each<[string, Twin, RegExp, RegExp | undefined]>([
    ["a wrong result",              wrong(set(3, `(i32.add ${get(2)} ${constant(1)})`), set(3, get(2))),     /^register v1$/,  undefined],
    ["a result in the wrong place", wrong("(global.set $r3", "(global.set $r6"),                             /^register v1$/,  undefined],
    ["a register that was to stay", wrong(store, `${store} ${set(16, constant(7))}`),                        /^register s0$/,  /^0x00000007$/],
    ["HI that was to stay",         wrong(store, `${store} (global.set $hi (i32.const 7))`),                 /^register hi$/,  /^0x00000007$/],
    ["a missing write",             wrong(store, ""),                                                        /^memory 0x/,     undefined],
    ["a write of the wrong width",  wrong(store, `(i32.store8 ${get(4)} ${get(2)})`),                        /^memory 0x/,     undefined],
    ["a write at the wrong place",  wrong(store, `(i32.store offset=4 ${get(4)} ${get(2)})`),                /^memory 0x/,     undefined],
    ["a stray write",               wrong(store, `${store} (i32.store (i32.const ${MEMORY + 0x40}) (i32.const 0x77))`), /^memory 0x00410040$/, /^0x00000077$/],
    ["a stray write far away",      wrong(store, `${store} (i32.store8 (i32.const 0x41) (i32.const 0x77))`), /^memory 0x00000040$/, /^0x00007700$/],
    ["a missed trap",               wrong(checkAligned(4), ""),                                              /^control$/,      /^(a return to its caller|memory_fault)$/],
    ["a trap of another kind",      wrong(trap(2), trap(3)),                                                 /^control$/,      /^integer_overflow at 0x00000000$/],
    ["a trap where there is none",  wrong(store, `${store} ${trap(5)}`),                                     /^control$/,      /^breakpoint/],
    ["code that never ends",        wrong(store, `(loop $on (br $on))`),                                     /^control$/,      /^no end/],
    ["calls that never end",        wrong(store, `(call $bump)`),                                            /^(control|memory)/, undefined],
    ["what no guest does",          wrong(store, `(unreachable)`),                                           /^control$/,      /^an engine error: unreachable$/],
    ["an exit from nowhere",        wrong(store, `${set(2, constant(4001))} (call $syscall)`),               /^system call 0$/, /^exit\(/],
  ])("%s", (_, twin, what, found) => {
    const { bump: test } = testTwins({ bump: twin }, { settings: { randomStates: 300 } });
    expect(test!.status).toBe("disproven");
    expect(test!.disagreement!.what).toMatch(what);
    if (found !== undefined) expect(test!.disagreement!.found).toMatch(found);
    expect(test!.disagreement!.found).not.toBe(test!.disagreement!.expected);
  });

  it("names the very input that made a stray write: those before it show nothing", () => {
    // Goes wrong for few values only.
    const rare = `${store} (if (i32.eqz (i32.and ${get(2)} ${constant(31)}))
      (then (i32.store (i32.const ${MEMORY + 0x40}) (i32.const -1))))`;
    const testWith = (randomStates: number) =>
      testTwins({ bump: wrong(store, rare) }, { settings: { randomStates } }).bump!;
    const { disagreement } = testWith(300);
    expect(disagreement).toMatchObject({ what: "memory 0x00410040", expected: "0x00000000", found: "0xffffffff" });
    const { origin } = disagreement!;
    const index = origin.kind === "random" ? origin.lineage.at(-1)! : 0;
    expect(index).toBeGreaterThan(0);
    expect([testWith(index).status, testWith(index + 1).status]).toEqual(["tested", "disproven"]);
  });

  it("says nothing against the functions tested after it", () => {
    const stray = wrong(store, `${store} (i32.store (i32.const ${MEMORY + 0x40}) ${get(2)})`);
    const tests = testTwins({ first: stray, second: bump });
    expect([tests.first!.status, tests.second!.status]).toEqual(["disproven", "tested"]);
  });

  it("names disproven callees of a caller that fails as suspects", () => {
    const caller: Twin = {
      guest: [
        ["addiu", "sp", "sp", -8],
        ["sw", "ra", 4, "sp"],
        ["jal", ".callee"],
        ["nop"],
        ["lw", "ra", 4, "sp"],
        ["jr", "ra"],
        ["addiu", "sp", "sp", 8],
      ],
      lifted: `${set(29, `(i32.sub ${get(29)} ${constant(8)})`)}
        (i32.store offset=4 ${get(29)} ${get(31)})
        ${set(31, constant(CODE + 16))}
        (call $callee)
        ${set(31, `(i32.load offset=4 ${get(29)})`)}
        ${set(29, `(i32.add ${get(29)} ${constant(8)})`)}`,
    };
    const right = testTwins({ caller, callee: bump });
    expect([right.caller!.status, right.callee!.status]).toEqual(["tested", "tested"]);
    const tests = testTwins({ caller, callee: wrong("(global.set $r3", "(global.set $r6") });
    expect(tests.caller).toMatchObject({ status: "disproven", disagreement: { what: "register v1" } });
    expect(tests.caller!.disagreement!.suspects).toEqual([tests.callee!.address]);
    expect(tests.callee!.disagreement!.suspects).toEqual([]);
  });
});

describe("inputs that say nothing", () => {
  it("are those that both trap on before they have done much, and those alone", () => {
    const reader = (instructions: number): Twin => ({
      guest: [
        ...Array.from({ length: instructions }, () => ["nop"] as const),
        ["lw", "v0", -1, "zero"],
        ["jr", "ra"],
        ["nop"],
      ],
      lifted: trap(2),
    });
    expect(testTwins({ reader: reader(7) }).reader).toMatchObject({
      status: "untested",
      random: { conclusive: 0, inconclusive: { early_trap: 100 } },
    });
    expect(testTwins({ reader: reader(8) }).reader).toMatchObject({
      status: "tested",
      random: { conclusive: 100, trapped: 100 },
    });
    // One that only traps, and means to.
    const breaker: Twin = { guest: [["break", 0]], lifted: trap(5) };
    expect(testTwins({ breaker }).breaker).toMatchObject({ status: "tested", random: { trapped: 100 } });
  });

  it("are random states that leave by another register than the return address", () => {
    const leaver: Twin = {
      guest: [["lw", "t0", 0, "sp"], ...Array.from({ length: 9 }, () => ["nop"] as const), ["jr", "t0"], ["nop"]],
      lifted: `${set(8, `(i32.load ${get(29)})`)} ${trap(8)}`,
    };
    const { leaver: test } = testTwins({ leaver });
    expect(test!.random.inconclusive.left).toBeGreaterThan(80);
    expect(test!.random.conclusive).toBeLessThan(20);
  });

  it("are those that run too long", () => {
    const endless: Twin = { guest: [["j", ".endless"], ["nop"]], lifted: "" };
    expect(testTwins({ endless }).endless).toMatchObject({
      status: "untested",
      random: { conclusive: 0, inconclusive: { budget: 100 } },
      coverage: { executed: 0 },
    });
  });

  it("are those that meet code that was not lifted", () => {
    const { bump: test } = testTwins({ bump: { ...bump, lifted: trap(7, CODE) } });
    expect(test).toMatchObject({ status: "untested", random: { conclusive: 0 } });
    const { unlifted, undefined_access } = test!.random.inconclusive;
    expect(unlifted + undefined_access).toBe(100);
    expect(unlifted).toBeGreaterThan(70);
  });

  it("are random states that spoil the return address", () => {
    const spoiler: Twin = {
      guest: [["lw", "ra", 0, "sp"], ["jr", "ra"], ["nop"]],
      lifted: `${set(31, `(i32.load ${get(29)})`)}`,
    };
    const { spoiler: test } = testTwins({ spoiler });
    expect(test).toMatchObject({ status: "untested", random: { inconclusive: { left: 100 } } });
  });

  it.each<[string, Twin["guest"][number], string]>([
    ["below the program", ["lw", "v0", 0x40, "zero"], "(i32.load (i32.const 0x40))"],
    ["between its segments", ["lw", "v0", 0x2000, "t9"], `(i32.load ${constant(CODE + 0x2000)})`],
  ])("are those with an access that Linux would have stopped: %s", (_, load, lifted) => {
    const guest: Twin["guest"] = [load, ["jr", "ra"], ["nop"]];
    for (const value of [constant(1), lifted]) {
      expect(testTwins({ reader: { guest, lifted: set(2, value) } }).reader).toMatchObject({
        status: "untested",
        random: { conclusive: 0, inconclusive: { undefined_access: 100 } },
        coverage: { executed: 0 },
      });
    }
  });

  it("are those with a write to what is not writable; to read it is nothing special", () => {
    const store: Twin = { guest: [["sw", "t9", 0, "t9"], ["jr", "ra"], ["nop"]], lifted: "" };
    expect(testTwins({ store }).store).toMatchObject({
      status: "untested",
      random: { conclusive: 0, inconclusive: { undefined_access: 100 } },
    });
    const load: Twin = {
      guest: [["lw", "v0", 0, "t9"], ["jr", "ra"], ["nop"]],
      lifted: set(2, `(i32.load ${get(25)})`),
    };
    expect(testTwins({ load }).load).toMatchObject({
      status: "tested",
      random: { inconclusive: { undefined_access: 0 } },
    });
  });

  it("are calls nested deeper than every host bears; a lifted function that nests deeper than the guest's is wrong", () => {
    const deep: Twin = {
      guest: [
        ["addiu", "sp", "sp", -8],
        ["sw", "ra", 4, "sp"],
        ["addiu", "v0", "v0", 1],
        ["slti", "t0", "v0", 0x7000],
        ["beq", "t0", "zero", ".end"],
        ["nop"],
        ["jal", ".deep"],
        ["nop"],
        ".end:",
        ["lw", "ra", 4, "sp"],
        ["jr", "ra"],
        ["addiu", "sp", "sp", 8],
      ],
      lifted: `(call $trap (i32.const 9) (i32.const 0))`,
    };
    const settings = { maxInstructions: 500_000, randomStates: 30 };
    const { deep: test } = testTwins({ deep }, { settings });
    expect(test!.random.inconclusive.host_stack).toBeGreaterThan(0);
    const shallow = testTwins({ deep: { ...deep, guest: [["jr", "ra"], ["nop"]] } });
    expect(shallow.deep).toMatchObject({
      status: "disproven",
      disagreement: { found: "stack_exhausted at 0x00000000" },
    });
  });
});

describe("indirect jumps", () => {
  const jumper = (lifted: string): Twin => ({ guest: [["jr", "a0"], ["nop"]], lifted });
  const tail = (address: string): string => `(global.set $target ${address})
    (call_indirect $functions (type $guest) (i32.shr_u (i32.sub ${address} (global.get $base)) (i32.const 2)))`;

  it("go to functions, and say nothing where there is none: a return by another register looks like that", () => {
    const lifted = `${checkAligned(4)} ${tail(get(4))}`;
    const landing: Twin = {
      guest: [
        ["jr", "ra"],
        ["addiu", "v0", "zero", 1],
      ],
      lifted: set(2, constant(1)),
    };
    const { jumper: test } = testTwins({ jumper: jumper(lifted), landing }, { settings: { randomStates: 300 } });
    expect(test).toMatchObject({ status: "tested", coverage: { executed: 2, instructions: 2 } });
    expect(test!.random.inconclusive.left).toBeGreaterThan(200);
    expect(test!.random.trapped).toBeLessThan(20);
    expect(test!.random.conclusive - test!.random.trapped).toBeGreaterThan(0);
  });

  it("are wrong when they go elsewhere", () => {
    const test = testTwins({ jumper: jumper(""), bump }).jumper!;
    expect(test.disagreement).toMatchObject({ what: "control", found: "a return to its caller" });
    expect(test.disagreement!.expected).toMatch(/^unknown_target at 0x/);
  });
});

describe("what is refused", () => {
  it.each<[string, (request: ReturnType<typeof requestFor>) => ReturnType<typeof requestFor>, RegExp]>([
    [
      "a module with another program's memory",
      (request) => ({
        ...request,
        image: {
          ...request.image,
          segments: request.image.segments.map((segment) => ({
            ...segment,
            bytes: segment.bytes.map((byte) => byte ^ 1),
          })),
        },
      }),
      /^recompiled module: memory 0x00400000 at start, expected 0x8d830101 .* found 0x8c820000; link it/,
    ],
    [
      "a module with another layout",
      (request) => ({ ...request, layout: { ...request.layout, initialBytes: 0x430000, maximumBytes: 0x430000 } }),
      /^recompiled module: expected a memory of 4390912 bytes, found 4325376/,
    ],
    [
      "a function the module does not export",
      (request) => ({
        ...request,
        subjects: [{ index: 1, name: "ghost", address: CODE + 4, size: 4, origin: "symbol" }],
      }),
      /^recompiled module: expected an export for ghost at 0x00400004, found none/,
    ],
    ["what is no module", (request) => ({ ...request, module: Uint8Array.of(1, 2, 3) }), /^WebAssembly module at byte/],
  ])("%s", (_, change, problem) => {
    expect(() => testFunctions(change(requestFor({ bump })))).toThrow(problem);
  });
});

describe("the generator of random numbers", () => {
  it("gives the same numbers for the same seed, others for others, evenly", () => {
    const draw = (seed: string): number[] => {
      const random = randomFrom(seed);
      return Array.from({ length: 4000 }, () => random.below(8));
    };
    expect(draw("a")).toEqual(draw("a"));
    expect(draw("a")).not.toEqual(draw("b"));
    const counts = Array.from({ length: 8 }, (_, value) => draw("a").filter((each) => each === value).length);
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(100);
  });
});
