import { describe, expect, it } from "vitest";
import { IR } from "../../../shared/recompiler/ir/opcodes.ts";
import { runPasses } from "../../../shared/recompiler/ir/passes/index.ts";
import { buildGraph } from "../../../shared/recompiler/lift/function.ts";
import { INTEGERS_ALONE } from "../../../shared/recompiler/lift/use.ts";
import type { Endianness } from "../../../shared/recompiler/machine.ts";
import { buildControlFlow } from "../../../shared/recompiler/mips/control-flow.ts";
import type { Line } from "./support/assemble.ts";
import { bytesOf, CODE, MEMORY, program, RETURN, type Registers, start } from "./support/guest.ts";

const BYTES = [0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8];
const LOW_CODE = 0x0001_0000;
const HIGH_CODE = 0x8040_0000;

/** Where the program lies: low, with linear memory from address 0, and high, with a base of its own. */
const PLACES = [
  ["low", LOW_CODE],
  ["high", HIGH_CODE],
] as const;

const ORDERS: readonly Endianness[] = ["big", "little"];

type LoadCase = readonly [Exclude<Line, string>, Registers, big: number, little: number];

// biome-ignore format: a table, one row a case
const LOADS: readonly LoadCase[] = [
  [["lb", "v0", 1, "a0"],    { a0: 0 },          0xffffff92, 0xffffff92],
  [["lbu", "v0", 0, "a0"],   { a0: 0 },          0x81,       0x81],
  [["lbu", "v0", 3, "a0"],   { a0: 0 },          0xb4,       0xb4],
  [["lbu", "v0", 4, "a0"],   { a0: 0 },          0xc5,       0xc5],
  [["lbu", "v0", 6, "a0"],   { a0: 1 },          0xf8,       0xf8],
  [["lbu", "v0", -3, "a0"],  { a0: 5 },          0xa3,       0xa3],
  [["lbu", "v0", -4, "a0"],  { a0: 5 },          0x92,       0x92],
  [["lh", "v0", 0, "a0"],    { a0: 0 },          0xffff8192, 0xffff9281],
  [["lhu", "v0", 2, "a0"],   { a0: 0 },          0xa3b4,     0xb4a3],
  [["lhu", "v0", 4, "a0"],   { a0: 2 },          0xe7f8,     0xf8e7],
  [["lhu", "v0", -1, "a0"],  { a0: 3 },          0xa3b4,     0xb4a3],
  [["lw", "v0", 0, "a0"],    { a0: 0 },          0x8192a3b4, 0xb4a39281],
  [["lw", "v0", 4, "a0"],    { a0: 0 },          0xc5d6e7f8, 0xf8e7d6c5],
  [["lw", "v0", 3, "a0"],    { a0: 1 },          0xc5d6e7f8, 0xf8e7d6c5],
  [["lw", "v0", -4, "a0"],   { a0: 8 },          0xc5d6e7f8, 0xf8e7d6c5],
  [["ll", "v0", 0, "a0"],    { a0: 4 },          0xc5d6e7f8, 0xf8e7d6c5],
  [["lw", "zero", 0, "a0"],  { a0: 0 },          0,          0],
  // Unaligned words: every position of both halves. Bytes the load does not reach keep the register's 11223344.
  [["lwl", "v0", 0, "a0"],   { a0: 0 },          0x8192a3b4, 0x81223344],
  [["lwl", "v0", 1, "a0"],   { a0: 0 },          0x92a3b444, 0x92813344],
  [["lwl", "v0", 0, "a0"],   { a0: 2 },          0xa3b43344, 0xa3928144],
  [["lwl", "v0", -1, "a0"],  { a0: 4 },          0xb4223344, 0xb4a39281],
  [["lwr", "v0", 0, "a0"],   { a0: 0 },          0x11223381, 0xb4a39281],
  [["lwr", "v0", 1, "a0"],   { a0: 0 },          0x11228192, 0x11b4a392],
  [["lwr", "v0", 0, "a0"],   { a0: 2 },          0x118192a3, 0x1122b4a3],
  [["lwr", "v0", -1, "a0"],  { a0: 4 },          0x8192a3b4, 0x112233b4],
];

const STORED = 0x11223344;

type StoreCase = readonly [Exclude<Line, string>, Registers, big: readonly number[], little: readonly number[]];

// biome-ignore format: a table, one row a case
const STORES: readonly StoreCase[] = [
  [["sb", "v0", 1, "a0"],   { a0: 0 }, [0x81, 0x44, 0xa3, 0xb4], [0x81, 0x44, 0xa3, 0xb4]],
  [["sb", "v0", -1, "a0"],  { a0: 4 }, [0x81, 0x92, 0xa3, 0x44], [0x81, 0x92, 0xa3, 0x44]],
  [["sh", "v0", 2, "a0"],   { a0: 0 }, [0x81, 0x92, 0x33, 0x44], [0x81, 0x92, 0x44, 0x33]],
  [["sh", "v0", -2, "a0"],  { a0: 2 }, [0x33, 0x44, 0xa3, 0xb4], [0x44, 0x33, 0xa3, 0xb4]],
  [["sw", "v0", 0, "a0"],   { a0: 0 }, [0x11, 0x22, 0x33, 0x44], [0x44, 0x33, 0x22, 0x11]],
  [["swl", "v0", 0, "a0"],  { a0: 0 }, [0x11, 0x22, 0x33, 0x44], [0x11, 0x92, 0xa3, 0xb4]],
  [["swl", "v0", 0, "a0"],  { a0: 1 }, [0x81, 0x11, 0x22, 0x33], [0x22, 0x11, 0xa3, 0xb4]],
  [["swl", "v0", 0, "a0"],  { a0: 2 }, [0x81, 0x92, 0x11, 0x22], [0x33, 0x22, 0x11, 0xb4]],
  [["swl", "v0", 0, "a0"],  { a0: 3 }, [0x81, 0x92, 0xa3, 0x11], [0x44, 0x33, 0x22, 0x11]],
  [["swr", "v0", 0, "a0"],  { a0: 0 }, [0x44, 0x92, 0xa3, 0xb4], [0x44, 0x33, 0x22, 0x11]],
  [["swr", "v0", 0, "a0"],  { a0: 1 }, [0x33, 0x44, 0xa3, 0xb4], [0x81, 0x44, 0x33, 0x22]],
  [["swr", "v0", 0, "a0"],  { a0: 2 }, [0x22, 0x33, 0x44, 0xb4], [0x81, 0x92, 0x44, 0x33]],
  [["swr", "v0", 0, "a0"],  { a0: 3 }, [0x11, 0x22, 0x33, 0x44], [0x81, 0x92, 0xa3, 0x44]],
];

/** `a0` of the cases counts from the start of memory. */
function placed(registers: Registers, memory: number): Registers {
  return { ...registers, a0: memory + (registers.a0 ?? 0) };
}

describe.each(PLACES)("memory of a program linked %s", (_, code) => {
  const memory = code + MEMORY - CODE;

  describe.each(ORDERS)("%s-endian", (endianness) => {
    const isBig = endianness === "big";

    it.each(LOADS)("%j of %j", (instruction, registers, big, little) => {
      const guest = start(program({ main: [instruction, ...RETURN] }, { endianness, code }));
      guest.write(memory, BYTES);
      expect(guest.call("main", { ...placed(registers, memory), v0: STORED })).toBeUndefined();
      expect(guest.get(instruction[1] as "v0")).toBe(isBig ? big : little);
    });

    // The same access behind one that shows the base register to be a multiple of 4: no address is computed then.
    it.each(LOADS)("%j of %j, alignment known", (instruction, registers, big, little) => {
      const skew = (registers.a0 ?? 0) & 3;
      const known: Line[] = [
        ["lw", "t0", -skew, "a0"],
        ["lw", "t0", -skew, "a0"],
      ];
      const guest = start(program({ main: [...known, instruction, ...RETURN] }, { endianness, code }));
      guest.write(memory, BYTES);
      expect(guest.call("main", { ...placed(registers, memory), v0: STORED })).toBeUndefined();
      expect(guest.get(instruction[1] as "v0")).toBe(isBig ? big : little);
    });

    it.each(STORES)("%j of %j", (instruction, registers, big, little) => {
      const guest = start(program({ main: [instruction, ...RETURN] }, { endianness, code }));
      guest.write(memory, BYTES);
      expect(guest.call("main", { ...placed(registers, memory), v0: STORED })).toBeUndefined();
      expect(guest.read(memory, 8)).toEqual([...(isBig ? big : little), ...BYTES.slice(4)]);
    });

    describe("the parts of an unaligned word, next to each other", () => {
      const [left, right] = isBig ? [0, 3] : [3, 0];
      const word = (bytes: readonly number[]) =>
        (isBig ? bytes : bytes.toReversed()).reduce((value, byte) => ((value << 8) | byte) >>> 0, 0);

      const first = ["lwl", "v0", left, "a0"] as const;
      const second = ["lwr", "v0", right, "a0"] as const;
      const loads = {
        "left first": [first, second],
        "right first": [second, first],
        "with another word between": [first, ["lwl", "t0", left, "a1"], second, ["lwr", "t0", right, "a1"]],
        "with a calculation between": [first, ["addiu", "t0", "a1", 1], second],
      } as const satisfies Record<string, readonly Line[]>;

      it.each(Object.entries(loads))("load it, %s", (_, lines) => {
        const guest = start(program({ main: [...lines, ...RETURN] }, { endianness, code }));
        guest.write(memory, BYTES);
        for (let skew = 0; skew <= 4; skew++) {
          guest.call("main", { a0: memory + skew, a1: memory, v0: STORED });
          expect(guest.get("v0")).toBe(word(BYTES.slice(skew, skew + 4)));
        }
      });

      const stores = {
        "left first": [
          ["swl", "v0", left, "a0"],
          ["swr", "v0", right, "a0"],
        ],
        "right first": [
          ["swr", "v0", right, "a0"],
          ["swl", "v0", left, "a0"],
        ],
      } as const satisfies Record<string, readonly Line[]>;

      it.each(Object.entries(stores))("store it, %s", (_, lines) => {
        const guest = start(program({ main: [...lines, ...RETURN] }, { endianness, code }));
        for (let skew = 0; skew <= 4; skew++) {
          guest.write(memory, BYTES);
          guest.call("main", { a0: memory + skew, v0: word([1, 2, 3, 4]) });
          const expected = [...BYTES];
          expected.splice(skew, 4, 1, 2, 3, 4);
          expect(guest.read(memory, 8)).toEqual(expected);
        }
      });

      it.each(Object.entries(stores))("store what there is memory for, %s", (_, lines) => {
        const guest = start(program({ main: [...lines, ...RETURN] }, { endianness, code }));
        const last = memory + 0x1_0000 - 4;
        guest.write(last, [9, 9, 9, 9]);
        expect(guest.call("main", { a0: last + 2, v0: word([1, 2, 3, 4]) })).toBe("memory_fault");
        // Only the part that comes first in the program and lies inside memory.
        const isLowFirst = (lines[0]![0] === "swl") === isBig;
        expect(guest.read(last, 4)).toEqual(isLowFirst ? [9, 9, 1, 2] : [9, 9, 9, 9]);
      });

      it("keep their base register between them", () => {
        const together = [
          ["lwl", "a0", left, "a0"],
          ["lwr", "a0", right, "a0"],
        ] as const;
        const results = [together, [together[0], ["nop"], together[1]] as const].map((lines) => {
          const guest = start(program({ main: [...lines, ...RETURN] }, { endianness, code }));
          // The word is an address in memory, so that the second load finds something there.
          guest.write(memory, bytesOf([memory + 5], endianness));
          guest.write(memory + 4, BYTES);
          expect(guest.call("main", { a0: memory })).toBeUndefined();
          return guest.get("a0");
        });
        expect(results[0]).toBe(results[1]);
        expect(results[0]).not.toBe(memory + 5);
      });

      const between = {
        "a part of another word": [["lwr", "v0", right + 1, "a0"]],
        "a part by way of another register": [["lwr", "v0", right, "a1"]],
        "the same part": [first],
        "a read of the register": [["addu", "v1", "v0", "a1"], second],
        "a write of the register": [["addiu", "v0", "v1", 1], second],
        "a change of the base": [["addiu", "a0", "a0", 1], second],
        "a store into the word": [["sb", "a1", 1, "a0"], second],
        "a jump": [["bne", "v0", "zero", ".next"], second, ".next:"],
      } as const satisfies Record<string, readonly Line[]>;

      it.each(Object.entries(between))("are not taken together over %s", (_, rest) => {
        // An instruction that stops any pair, and changes nothing.
        const stop: Line = ["tne", "zero", "zero"];
        const apart = rest.flatMap((line): Line[] => (line === second ? [line] : [stop, line]));
        const results = [rest, apart].map((lines) => {
          const guest = start(program({ main: [first, ...lines, ...RETURN] }, { endianness, code }));
          guest.write(memory, BYTES);
          expect(guest.call("main", { a0: memory + 1, a1: memory + 2, v0: STORED, v1: STORED })).toBeUndefined();
          return [guest.get("v0"), guest.get("v1"), guest.read(memory, 8)];
        });
        expect(results[0]).toEqual(results[1]);
      });
    });

    it("sc stores behind an ll of the same address, and says so", () => {
      const lines: Line[] = [["ll", "v1", 4, "a0"], ["sc", "v0", 0, "a1"], ...RETURN];
      const guest = start(program({ main: lines }, { endianness, code }));
      guest.call("main", { v0: STORED, a0: memory, a1: memory + 4 });
      expect([guest.get("v0"), guest.get("link")]).toEqual([1, 0]);
      expect(guest.read(memory + 4, 4)).toEqual(isBig ? [0x11, 0x22, 0x33, 0x44] : [0x44, 0x33, 0x22, 0x11]);
    });

    it.each<[why: string, before: readonly Line[]]>([
      ["without an ll", []],
      ["behind an ll of another address", [["ll", "v1", 4, "a0"]]],
      [
        "behind a system call since",
        [
          ["ll", "v1", 0, "a0"],
          ["syscall", 0],
        ],
      ],
      [
        "behind another sc since",
        [
          ["ll", "v1", 0, "a0"],
          ["sc", "v1", 0, "a0"],
        ],
      ],
    ])("sc says that it does not store %s", (_, before) => {
      const lines: Line[] = [["sw", "zero", 0, "a0"], ...before, ["sc", "v0", 0, "a0"], ...RETURN];
      const guest = start(program({ main: lines }, { endianness, code }));
      guest.call("main", { v0: STORED, a0: memory });
      expect(guest.get("v0")).toBe(0);
      expect(guest.read(memory, 4)).toEqual([0, 0, 0, 0]);
    });

    it("finds the image's words and bytes where the file has them", () => {
      const lines: Line[] = [["lw", "v0", 0, "a0"], ["lbu", "v1", 1, "a0"], ...RETURN];
      const guest = start(program({ main: lines }, { endianness, code, constants: () => [0x01020304] }));
      guest.call("main", { a0: code + 4 * 4 });
      expect([guest.get("v0"), guest.get("v1")]).toEqual([0x01020304, isBig ? 2 : 3]);
    });

    // The last word of memory: an access that touches bytes it need not would fault.
    it.each([
      ["lwl", isBig ? 0 : 3],
      ["lwr", isBig ? 3 : 0],
      ["swl", isBig ? 0 : 3],
      ["swr", isBig ? 3 : 0],
      ["lwl", 1],
      ["lwr", 1],
      ["swl", 1],
      ["swr", 1],
    ] as const)("%s at byte %i of the last word stays inside memory", (mnemonic, position) => {
      const guest = start(program({ main: [[mnemonic, "v0", 0, "a0"], ...RETURN] }, { endianness, code }));
      const last = memory + 0x1_0000 - 4;
      expect(guest.call("main", { a0: last + position })).toBeUndefined();
    });
  });

  it.each([
    ["lw", 1, "address_error"],
    ["lw", 2, "address_error"],
    ["lw", 4, undefined],
    ["lh", 1, "address_error"],
    ["lhu", 3, "address_error"],
    ["lh", 2, undefined],
    ["lb", 3, undefined],
    ["ll", 2, "address_error"],
    ["sw", 3, "address_error"],
    ["sh", 1, "address_error"],
    ["sc", 1, "address_error"],
    ["sb", 1, undefined],
  ] as const)("%s at an address of residue %i: %s", (mnemonic, skew, kind) => {
    for (const [displacement, base] of [
      [0, skew],
      [skew, 0],
      [-4 + skew, 4],
    ] as const) {
      const guest = start(program({ main: [[mnemonic, "v0", displacement, "a0"], ...RETURN] }, { code }));
      expect(guest.call("main", { a0: memory + base })).toBe(kind);
      if (kind !== undefined) expect(guest.trapAddress()).toBe(code);
    }
  });

  it("traps on an address that is known to be misaligned", () => {
    const lines: Line[] = [["lui", "t0", memory >>> 16], ["addiu", "t0", "t0", 2], ["lw", "v0", 0, "t0"], ...RETURN];
    const guest = start(program({ main: lines }, { code }));
    expect(guest.call("main")).toBe("address_error");
  });

  it.each([
    ["lw", 0],
    ["lb", 0],
    ["sw", 0],
    ["sb", 0],
    ["lw", 0x7ffc],
    ["lw", -4],
  ] as const)("%s outside memory, displacement %i, is a memory fault", (mnemonic, displacement) => {
    const guest = start(program({ main: [[mnemonic, "v0", displacement, "a0"], ...RETURN] }, { code }));
    const end = memory + 0x1_0000;
    expect(guest.call("main", { a0: end + (displacement < 0 ? 4 : 0) })).toBe("memory_fault");
    expect(guest.call("main", { a0: 0xfffffff0 - 0x8000 })).toBe("memory_fault");
  });

  it("reads through register 0 at the ends of the address space", () => {
    const guest = start(program({ main: [["lw", "v0", -4, "zero"], ...RETURN] }, { code }));
    expect(guest.call("main")).toBe("memory_fault");
  });
});

describe("alignment facts", () => {
  /** How many checks are left when the passes are done. */
  const checks = (lines: readonly Line[]) => {
    const { image, functions } = program({ main: [...lines, ...RETURN] });
    const built = buildGraph(buildControlFlow(image, functions[0]!, functions), image, INTEGERS_ALONE, () => false);
    const fn = runPasses(built.fn, { base: 0 });
    return fn.op.subarray(0, fn.length).filter((op) => op === IR.check).length;
  };

  // Each second access is the first but for its check.
  it.each([
    ["the same base again", [["lw", "t0", 0, "a0"]], [["lw", "t0", 8, "a0"]]],
    [
      "a sum with a multiple of 4",
      [
        ["lw", "t0", 0, "a0"],
        ["addiu", "a0", "a0", 12],
      ],
      [["lw", "t0", 8, "a0"]],
    ],
    [
      "an index times 4",
      [
        ["lw", "t0", 0, "a0"],
        ["sll", "t1", "a1", 2],
        ["addu", "a0", "a0", "t1"],
      ],
      [["lw", "t0", 8, "a0"]],
    ],
    [
      "a mask",
      [
        ["addiu", "t1", "zero", -4],
        ["and", "a0", "a0", "t1"],
      ],
      [["lw", "t0", 8, "a0"]],
    ],
    [
      "a constant",
      [
        ["lui", "a0", 0x41],
        ["ori", "a0", "a0", 8],
      ],
      [["lw", "t0", 8, "a0"]],
    ],
    ["a halfword of a known base", [["lh", "t0", 0, "a0"]], [["lh", "t0", 6, "a0"]]],
  ] as const satisfies readonly (readonly [string, readonly Line[], readonly Line[]])[])(
    "%s needs no check",
    (_, before, access) => {
      expect(checks([...before, ...access]) - checks(before)).toBe(0);
    },
  );

  it.each([
    ["an unknown base", [], [["lw", "t0", 8, "a0"]]],
    [
      "a sum with 2",
      [
        ["lw", "t0", 0, "a0"],
        ["addu", "a0", "a0", "a1"],
      ],
      [["lw", "t0", 8, "a0"]],
    ],
    ["a halfword's base for a word", [["lh", "t0", 0, "a0"]], [["lw", "t0", 8, "a0"]]],
    ["a loaded pointer", [["lw", "a0", 0, "a0"]], [["lw", "t0", 8, "a0"]]],
  ] as const satisfies readonly (readonly [string, readonly Line[], readonly Line[]])[])(
    "%s is checked",
    (_, before, access) => {
      expect(checks([...before, ...access]) - checks(before)).toBe(1);
    },
  );

  it("forgets what only one of two ways shows", () => {
    const lines: Line[] = [
      ["beq", "a1", "zero", ".join"],
      ["nop"],
      ["lw", "t0", 0, "a0"],
      ".join:",
      ["lw", "v0", 0, "a0"],
      ...RETURN,
    ];
    const guest = start(program({ main: lines }));
    expect(guest.call("main", { a0: MEMORY + 1, a1: 0 })).toBe("address_error");
  });

  it("forgets across a call", () => {
    const guest = start(
      program({
        main: [
          ["lw", "t0", 0, "a0"],
          ["addiu", "s0", "ra", 0],
          ["jal", ".skew"],
          ["nop"],
          ["lw", "v0", 0, "a0"],
          ["addiu", "ra", "s0", 0],
          ...RETURN,
        ],
        skew: [
          ["jr", "ra"],
          ["addiu", "a0", "a0", 2],
        ],
      }),
    );
    expect(guest.call("main", { a0: MEMORY })).toBe("address_error");
  });

  it("forgets round a loop", () => {
    const lines: Line[] = [
      ["addiu", "a0", "a0", 0],
      ".again:",
      ["lw", "v0", 0, "a0"],
      ["addiu", "a1", "a1", -1],
      ["bne", "a1", "zero", ".again"],
      ["addu", "a0", "a0", "a2"],
      ...RETURN,
    ];
    const guest = start(program({ main: lines }));
    expect(guest.call("main", { a0: MEMORY, a1: 2, a2: 4 })).toBeUndefined();
    expect(guest.call("main", { a0: MEMORY, a1: 2, a2: 3 })).toBe("address_error");
  });
});
