import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReorderBuffer } from "../../../../shared/asl/interpreter/map-run/reorder-buffer.ts";

/** The numbers from 0 in any order. */
const shuffled = fc.nat(30).chain((count) => {
  const numbers = Array.from({ length: count }, (_, index) => index);
  return fc.shuffledSubarray(numbers, { minLength: count });
});

describe("what comes in any order", () => {
  it("is told in order, and as soon as all before it were told", () => {
    fc.assert(
      fc.property(shuffled, (indexes) => {
        const told: number[] = [];
        const order = new ReorderBuffer<number>((entry) => told.push(entry));
        for (const [position, index] of indexes.entries()) {
          order.add(index, index);
          const come = new Set(indexes.slice(0, position + 1));
          const firstMissing = indexes.findIndex((_, number) => !come.has(number));
          expect(told).toEqual(
            Array.from({ length: firstMissing === -1 ? indexes.length : firstMissing }, (_, n) => n),
          );
        }
      }),
    );
  });

  it("is told in order, with gaps, when no more will come", () => {
    const told: number[] = [];
    const order = new ReorderBuffer<number>((entry) => told.push(entry));
    for (const index of [5, 0, 3]) order.add(index, index);
    order.flush();
    expect(told).toEqual([0, 3, 5]);
  });

  it("is told once, and kept waiting no longer than there is room, if one takes for ever", () => {
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 1, max: 5 }), (indexes, most) => {
        const told: number[] = [];
        const order = new ReorderBuffer<number>((entry) => told.push(entry), most);
        for (const index of indexes) {
          order.add(index, index);
          expect([...order.waiting].length).toBeLessThanOrEqual(most);
        }
        order.flush();
        expect(told.toSorted((one, other) => one - other)).toEqual(indexes.map((_, number) => number));
      }),
    );
  });
});
