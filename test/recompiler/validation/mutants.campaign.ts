import { describe, expect, it } from "vitest";
import { liftShard, linkShards } from "../../../shared/recompiler/lift/index.ts";
import { testFunctions } from "../../../shared/recompiler/validation/test-functions.ts";
import type { Line } from "../lift/support/assemble.ts";
import { program } from "../lift/support/guest.ts";
import { get, testTwins } from "./support.ts";

/** What a config asks for where it says nothing. */
const settings = { seed: 0, randomStates: 64 };

const threeRegisters = "add sub addu subu mul and or xor nor slt sltu movz movn sllv srlv srav".split(" ");
const product = "mult multu madd maddu msub msubu".split(" ");

/** Each instruction as a function that gives its result, and the row that a mutant has in place of its own. */
const rows: [name: string, right: Line[], wrong: Line[]][] = [
  ...pairsOf(threeRegisters).map(([a, b]): [string, Line[], Line[]] => [
    `${a} as ${b}`,
    [[a, "v0", "a0", "a1"] as unknown as Line],
    [[b, "v0", "a0", "a1"] as unknown as Line],
  ]),
  ...pairsOf(product).map(([a, b]): [string, Line[], Line[]] => [
    `${a} as ${b}`,
    [[a, "a0", "a1"] as unknown as Line],
    [[b, "a0", "a1"] as unknown as Line],
  ]),
  ["div as divu", [["div", "a0", "a1"]], [["divu", "a0", "a1"]]] as unknown as [string, Line[], Line[]],
  ["divu as div", [["divu", "a0", "a1"]], [["div", "a0", "a1"]]] as unknown as [string, Line[], Line[]],
  ...(
    [
      ["addiu as slti", ["addiu", "v0", "a0", 5], ["slti", "v0", "a0", 5]],
      ["slti as sltiu", ["slti", "v0", "a0", 5], ["sltiu", "v0", "a0", 5]],
      ["sltiu as slti", ["sltiu", "v0", "a0", 5], ["slti", "v0", "a0", 5]],
      ["andi as ori", ["andi", "v0", "a0", 5], ["ori", "v0", "a0", 5]],
      ["ori as xori", ["ori", "v0", "a0", 5], ["xori", "v0", "a0", 5]],
      ["xori as ori", ["xori", "v0", "a0", 5], ["ori", "v0", "a0", 5]],
      ["sll as srl", ["sll", "v0", "a0", 3], ["srl", "v0", "a0", 3]],
      ["srl as sra", ["srl", "v0", "a0", 3], ["sra", "v0", "a0", 3]],
      ["sra as srl", ["sra", "v0", "a0", 3], ["srl", "v0", "a0", 3]],
      ["clz as clo", ["clz", "v0", "a0"], ["clo", "v0", "a0"]],
      ["seb as seh", ["seb", "v0", "a0"], ["seh", "v0", "a0"]],
    ] as unknown as [string, Line, Line][]
  ).map(([name, right, wrong]): [string, Line[], Line[]] => [name, [right], [wrong]]),
];

/** Each with the one behind it, the last with the first. */
function pairsOf(names: readonly string[]): [string, string][] {
  return names.map((name, index) => [name, names[(index + 1) % names.length]!]);
}

const end: Line[] = [["jr", "ra"], ["nop"]];

/** Lifted from one program and held against another that differs in one instruction. */
function statusOf(right: Line[], wrong: Line[]): string {
  const oracle = program({ subject: [...right, ...end] });
  const mutant = program({ subject: [...wrong, ...end] });
  const { layout, functions } = oracle;
  const { module: shard } = liftShard({ image: mutant.image, layout, functions, members: functions });
  // Linked with the right program's memory: only the code is another.
  const module = linkShards({ image: oracle.image, layout, functions, shards: [shard] });
  const [test] = testFunctions({ image: oracle.image, layout, module, functions, captures: [], settings });
  return test!.status;
}

describe("made-up states alone, as many as by default", () => {
  it.each(rows)("tell an instruction from a wrong translation of it: %s", (_, right, wrong) => {
    expect(statusOf(right, right)).toBe("tested");
    expect(statusOf(right, wrong)).toBe("disproven");
  });

  it("find a division that leaves out the least number by -1", () => {
    const isZero = `(i32.eqz ${get(5)})`;
    const divisor = `(select (i32.const 1) ${get(5)} ${isZero})`;
    const quotient = `(i32.div_s ${get(4)} ${divisor})`;
    const twin = {
      guest: [["div", "a0", "a1"], ...end] as unknown as Line[],
      lifted: `(global.set $lo ${quotient}) (global.set $hi (i32.rem_s ${get(4)} ${divisor}))`,
    };
    for (const seed of [0, 1, 2, 3]) {
      expect(testTwins({ divide: twin }, { settings: { seed, randomStates: 64 } }).divide).toMatchObject({
        status: "disproven",
        disagreement: { found: expect.stringMatching(/divide result unrepresentable/) },
      });
    }
  });
});
