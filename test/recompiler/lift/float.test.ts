import { describe, expect, it } from "vitest";
import { someOf } from "../../support/scale.ts";
import { MACHINES, nameOf, tryEach, tryPrograms } from "./support/float-programs.ts";

/** Every third of them has each machine once, and each kind of control. */
const cases = someOf(MACHINES, 3).map((machine) => ({ machine, name: nameOf(machine) }));

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
