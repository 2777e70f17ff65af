import { describe, expect, it } from "vitest";
import { MACHINES, nameOf, tryEach, tryPrograms } from "./support/float-programs.ts";

const cases = MACHINES.map((machine) => ({ machine, name: nameOf(machine) }));

const STATES = Number(process.env.RESTEP_INSTRUCTION_STATES ?? 1000);
const PROGRAMS = 200;
const STATES_OF_PROGRAM = 40;

describe("lifted floating-point instructions do what the oracle does, on many states", () => {
  it.each(cases)("each by itself: $name", ({ machine, name }) => {
    expect(tryEach(machine, `${name} campaign`, STATES)).toEqual([]);
  });

  it.each(cases)("one after the other: $name", ({ machine, name }) => {
    expect(tryPrograms(machine, `${name} campaign`, PROGRAMS, STATES_OF_PROGRAM)).toEqual([]);
  });
});
