import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IndexSet } from "../../../../shared/asl/interpreter/map-run/index-set.ts";

describe("a set of indexes", () => {
  it("has what was added, and nothing else", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(5_000)), fc.array(fc.nat(10_000)), (added, others) => {
        const set = new IndexSet();
        for (const index of added) set.add(index);
        for (const index of [...added, ...others]) expect(set.has(index)).toBe(added.includes(index));
      }),
    );
  });
});
