import { describe, expect, it } from "vitest";
import type { GuestFunction } from "../../shared/recompiler/program.ts";
import { chooseTreatments } from "../../shared/stages/selectors.ts";

const functions = ["_start", "main", "mul64", "mul32", "a.b"].map(
  (name, index): GuestFunction => ({ index, name, address: 0x400000 + 16 * index, size: 16, origin: "symbol" }),
);
type Selection = Parameters<typeof chooseTreatments>[1];
const all: Selection = { include: ["*"], exclude: [], stubs: [] };
const treatments = (config: Partial<Selection>) =>
  chooseTreatments(functions, { ...all, ...config }).map((each) => each.treatment);

describe("what becomes of each function", () => {
  it("lifts everything by default", () => {
    expect(treatments({})).toEqual(["lift", "lift", "lift", "lift", "lift"]);
  });

  it("lifts only what include names, by pattern or address", () => {
    expect(treatments({ include: ["mul*", "0x400000"] })).toEqual(["lift", "exclude", "lift", "lift", "exclude"]);
  });

  it("lets exclude win over include", () => {
    expect(treatments({ exclude: ["mul64"] })).toEqual(["lift", "lift", "exclude", "lift", "lift"]);
  });

  it("lets a stub win over both and keeps what it returns as a signed word", () => {
    const chosen = chooseTreatments(functions, {
      ...all,
      exclude: ["main"],
      stubs: [{ function: "main", returns: 2 ** 32 - 1 }],
    });
    expect(chosen[1]).toEqual({ treatment: "stub", returns: -1 });
  });

  it("takes a dot literally", () => {
    expect(treatments({ include: ["a.b"] })).toEqual(["exclude", "exclude", "exclude", "exclude", "lift"]);
    expect(() => treatments({ exclude: ["m.in"] })).toThrow("field exclude.0: expected a function's name");
  });

  it("refuses a selector that names nothing, and says which", () => {
    expect(() => treatments({ stubs: [{ function: "printf", returns: 0 }] })).toThrow(/stubs\.0\.function.*"printf"/);
  });
});
