import { describe, expect, it } from "vitest";
import { randomFrom } from "../../../shared/recompiler/validation/random.ts";
import { instructionStates } from "../oracle/support/instruction-states.ts";
import type { Line } from "./support/assemble.ts";
import { type FloatProgram, floatProgram, mnemonicsFor, randomLine, tryAll } from "./support/float-programs.ts";

const MACHINES: readonly FloatProgram[] = (["plain", "moded", "observed"] as const).flatMap((control) => [
  { endianness: "big", registerBits: 32, isNan2008: false, control },
  { endianness: "little", registerBits: 64, isNan2008: false, control },
  { endianness: "big", registerBits: 64, isNan2008: true, control },
  { endianness: "little", registerBits: 32, isNan2008: true, control },
]);

const nameOf = ({ endianness, registerBits, isNan2008, control }: FloatProgram): string =>
  `${endianness}-endian, registers of ${registerBits} bits, ${isNan2008 ? "2008" : "legacy"} NaNs, ${control}`;

const cases = MACHINES.map((machine) => ({ machine, name: nameOf(machine) }));

/** Of all pairs of boundaries and random states. */
const STATES = 40;
const PROGRAMS = 12;
const LENGTH = 12;

function spread<Item>(items: readonly Item[], count: number): Item[] {
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)]!);
}

describe("lifted floating-point instructions do what the oracle does", () => {
  it.each(cases)("each by itself: $name", ({ machine, name }) => {
    const random = randomFrom(name);
    const sources = Object.fromEntries(
      mnemonicsFor(machine).map((mnemonic) => [mnemonic, [randomLine(random, mnemonic, [2, 4, 6, 8])]]),
    );
    const states = spread(instructionStates(name, 200), STATES);
    expect(tryAll(machine, floatProgram(machine, sources), states, STATES)).toEqual([]);
  });

  it.each(cases)("one after the other, in registers that hold now this, now that: $name", ({ machine, name }) => {
    const random = randomFrom(`${name} programs`);
    const mnemonics = mnemonicsFor(machine);
    const programs = Array.from({ length: PROGRAMS }, (_, index): [string, Line[]] => [
      `program_${index}`,
      Array.from({ length: LENGTH }, () => randomLine(random, random.pick(mnemonics), [0, 2, 4])),
    ]);
    const states = spread(instructionStates(name, 200), STATES);
    expect(tryAll(machine, floatProgram(machine, Object.fromEntries(programs)), states, STATES)).toEqual([]);
  });
});
