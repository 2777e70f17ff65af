import { describe, expect, it } from "vitest";
import { judgeFor } from "../../lab/mutate/rows/judge.ts";
import { nameOf } from "../../lab/mutate/rows/rows.ts";
import { TINY_PROGRAMS, tinyProgram } from "../../lab/mutate/rows/tiny-program.ts";

const settings = { seed: 0, randomStates: 64, mostFunctions: 1 };

/** One mistake in so many is tried here, from all rows; `npm run mutate -- rows` tries all of them. */
const EVERY = 16;
const LONG = 300_000;

/** What changes nothing: of disjoint bits, of what is masked behind it, of a full word stored as the left part of one. */
const ALIKE = [
  /^(?!c\.un).*i32\.or as i32\.xor/,
  /^(ext|wsbh|ctc1): i32\.shr_u as/,
  /^(sw|sc): guest\.store32 as guest\.store_left/,
  /^(ll|sc|ins): constant off by one/,
  /^n?m(add|sub)\.[sd]: f\d\d\.const off by one/,
  // What the host looks at no further than its format goes, what raises the same either way round, what raises nothing at all.
  /^(c\.\w+|mul|n?msub|cvt\.d)\.s: i64\.extend_i32_u as i64\.extend_i32_s/,
  /^(c\.\w+\.[sd]|cvt\.d\.w): patterns exchanged/,
  /^cvt\.[sd]\.w: (fromw|i64\.extend_i32_s as|result as it is)/,
];
/** Found by some seeds: it takes one value, or one byte of memory. */
const BY_CHANCE = [
  /^(tltiu|sltiu|blezl|bgtzl): constant off by one/,
  /^(lwl|lwr|swl|swr): /,
  /^(movn\.s|c\.un\.[sd]|lhu?): /,
  /^(round|trunc|ceil|floor|cvt)\.[lw]\.[sd]: .* as /,
  /^c[ft]c1: the cause of the last operation left out/,
];

describe("a mistake in any row of the lifter is found by made-up states, as many as by default", () => {
  it.each(TINY_PROGRAMS)(
    `one in ${EVERY} of them: $name`,
    (machine) => {
      const { mutants, fateOf } = judgeFor(tinyProgram(machine), settings);
      const tried = mutants.filter((_, index) => index % EVERY === 0);
      expect(tried.length).toBeGreaterThan(80);
      const survivors = tried.filter((mutant) => fateOf(mutant) === "survived").map(nameOf);
      expect(survivors.filter((name) => ![...ALIKE, ...BY_CHANCE].some((each) => each.test(name)))).toEqual([]);
    },
    LONG,
  );
});
