import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UnorderedSet } from "../../../shared/asl/interpreter/unordered-set.ts";

const elements = Array.from({ length: 8 }, (_, name) => ({ name, position: -1 }));

describe("an unordered set", () => {
  it("has what was added and not removed since, as a Set has", () => {
    const change = fc.record({ isAdded: fc.boolean(), index: fc.nat(elements.length - 1) });
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const set = new UnorderedSet<(typeof elements)[number]>();
        const model = new Set<(typeof elements)[number]>();
        for (const { isAdded, index } of changes) {
          const element = elements[index]!;
          if (!isAdded) expect(set.remove(element)).toBe(model.delete(element));
          else if (!model.has(element)) {
            set.add(element);
            model.add(element);
          }
          expect(set.size).toBe(model.size);
          expect(new Set(set)).toEqual(model);
        }
        set.clear();
        expect([...set]).toEqual([]);
        expect(elements.every((element) => !set.remove(element))).toBe(true);
      }),
    );
  });
});
