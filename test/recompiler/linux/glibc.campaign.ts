/**
 * Programs with glibc, each of one idea: what they print, and how they end, is what it is under qemu, in the oracle and recompiled. A
 * fourth of them is tried, each compiled in one way, so that every two choices meet in one of them; which ones follows from the seed.
 * `RESTEP_PROGRAMS=all` tries all, `RESTEP_PROGRAMS=matrix` all in every way, and names try those in every way: `RESTEP_PROGRAMS=regex,math`.
 */

import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import type { Endianness } from "../../../shared/recompiler/machine.ts";
import { lacksTools } from "../programs/compile.ts";
import { type Behaviour, recompile } from "./programs.ts";

const PROGRAMS = readdirSync(join(import.meta.dirname, "programs"))
  .filter((file) => file.endsWith(".c"))
  .map((file) => basename(file, ".c"))
  .sort();

/** What a program is given: programs of one idea need no more. */
const GIVEN = { args: ["-v", "-n", "7", "file", "rest"], stdin: "alpha beta\n42 3.5\nlast line, without an end" };

/** The status on Linux where that of qemu is another: the kernel reads the code of a trap (7: a division by zero), qemu does not. */
const ENDS_OTHERWISE: Readonly<Record<string, number>> = { divided: 128 + 8 };

interface Waiting {
  /** What has to be there first. */
  readonly for: string;
  /** What the recompiled program does until then. */
  readonly now: Behaviour;
}

const WAITING: Readonly<Record<string, Waiting>> = {
  longjmp: { for: "a second tier, which runs code from any address", now: { stdout: "0 0\n", status: 128 } },
};

interface Way {
  readonly endianness: Endianness;
  readonly level: "-O0" | "-O2" | "-Os";
  readonly machine: "-mips1" | "-mips2" | "-mips32r2";
  readonly isStripped: boolean;
}

const CHOICES = {
  endianness: ["big", "little"],
  level: ["-O0", "-O2", "-Os"],
  machine: ["-mips1", "-mips2", "-mips32r2"],
  isStripped: [false, true],
} as const satisfies { [Field in keyof Way]: readonly Way[Field][] };

const FIELDS = Object.keys(CHOICES) as (keyof Way)[];

const EVERY_WAY: readonly Way[] = CHOICES.endianness.flatMap((endianness) =>
  CHOICES.level.flatMap((level) =>
    CHOICES.machine.flatMap((machine) =>
      CHOICES.isStripped.map((isStripped) => ({ endianness, level, machine, isStripped })),
    ),
  ),
);

/** Each level with each machine; byte order and symbols so that they meet those and each other. */
const PAIRWISE: readonly Way[] = CHOICES.level.flatMap((level, row) =>
  CHOICES.machine.map((machine, column): Way => {
    const place = row * CHOICES.machine.length + column;
    return { level, machine, endianness: CHOICES.endianness[place % 2]!, isStripped: (row + 2 * column) % 3 === 1 };
  }),
);

/** gcc has no `-mips1` code that minds neither size of registers, as glibc's does. */
const MACHINE_FLAGS = { "-mips1": ["-mips1", "-mfp32"], "-mips2": ["-mips2"], "-mips32r2": ["-mips32r2"] } as const;

const SLICE = 4;

function casesOf(asked: string | undefined): readonly (readonly [string, Way])[] {
  const inOneWay = (names: readonly string[]) =>
    names.map((name, index) => [name, PAIRWISE[index % PAIRWISE.length]!] as const);
  const inEveryWay = (names: readonly string[]) =>
    names.flatMap((name) => EVERY_WAY.map((way) => [name, way] as const));
  if (asked === undefined) return inOneWay(PROGRAMS.filter((_, index) => index % SLICE === inject("seed") % SLICE));
  if (asked === "all") return inOneWay(PROGRAMS);
  return inEveryWay(asked === "matrix" ? PROGRAMS : asked.split(","));
}

const nameOf = ({ endianness, level, machine, isStripped }: Way): string =>
  `${endianness}-endian ${level} ${machine}${isStripped ? " stripped" : ""}`;

const CASES = casesOf(process.env.RESTEP_PROGRAMS).map(([name, way]) => ({
  name,
  way,
  title: `${name}.c, ${nameOf(way)}`,
}));

it("every two choices meet in the ways that a slice is compiled in", () => {
  for (const one of FIELDS) {
    for (const other of FIELDS.filter((field) => field > one)) {
      const met = new Set(PAIRWISE.map((way) => `${way[one]} ${way[other]}`));
      expect(met.size, `${one} and ${other}`).toBe(CHOICES[one].length * CHOICES[other].length);
    }
  }
  expect(Math.floor(PROGRAMS.length / SLICE)).toBeGreaterThanOrEqual(PAIRWISE.length);
});

describe.skipIf(lacksTools())("a program with glibc does recompiled what it does under qemu", () => {
  it.each(CASES)(
    "$title",
    ({ name, way }) => {
      const { endianness, level, machine, isStripped } = way;
      const flags = [level, ...MACHINE_FLAGS[machine], ...(isStripped ? ["-s"] : []), "-w"];
      const program = recompile(`programs/${name}`, endianness, { ...GIVEN, flags, isLiftedAsRun: true });
      try {
        const emulated = program.emulate();
        const right = { ...emulated, status: ENDS_OTHERWISE[name] ?? emulated.status };
        expect(program.run()).toEqual(WAITING[name]?.now ?? right);
        if (WAITING[name] !== undefined) return;
        const traced = name in ENDS_OTHERWISE ? { stdout: right.stdout } : right;
        expect(program.validate()).toMatchObject({ traced, comparison: { kind: "agrees" } });
      } finally {
        program.remove();
      }
    },
    120_000,
  );
});
