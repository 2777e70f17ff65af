import { describe, expect, it } from "vitest";
import { MACHINES, nameOf, tryEach, tryPrograms } from "./support/float-programs.ts";

const cases = MACHINES.map((machine) => ({ machine, name: nameOf(machine) }));

/** Of all pairs of boundaries and random ones; `float.campaign.ts` has more. */
const STATES = 8;
const PROGRAMS = 6;

describe("lifted floating-point instructions do what the oracle does", () => {
  it.each(cases)("each by itself: $name", ({ machine, name }) => {
    expect(tryEach(machine, name, STATES)).toEqual([]);
  });

  it.each(cases)("one after the other: $name", ({ machine, name }) => {
    expect(tryPrograms(machine, name, PROGRAMS, STATES)).toEqual([]);
  });
});
