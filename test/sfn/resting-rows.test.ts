import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RestingPlace, RestingRows } from "../../shared/sfn/records/resting-rows.ts";

const nameOf = (number: number) => createHash("sha1").update(String(number)).digest("hex");
const inOrder = (one: RestingPlace, other: RestingPlace) =>
  other.time - one.time || (one.name < other.name ? -1 : Number(one.name > other.name));

/** Some of few, so that times are equal and names come again. */
const changes = fc.array(
  fc.record({ number: fc.nat(40), time: fc.nat(5), group: fc.constantFrom("1", "2", "3"), isAdded: fc.boolean() }),
  { maxLength: 400 },
);

describe("records at rest", () => {
  it("are given page by page as a sorted list of them would be, whatever was added and removed", () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 3 }), (all, most, wanted) => {
        const rows = new RestingRows(Number);
        const model = new Map<string, RestingPlace & { readonly group: number }>();
        for (const { number, time, group, isAdded } of all) {
          const name = nameOf(number);
          expect(rows.has(name)).toBe(model.has(name));
          expect(rows.remove(name)).toBe(model.delete(name));
          if (!isAdded) continue;
          rows.add({ time, name }, group);
          model.set(name, { time, name, group: Number(group) });
        }
        const accepts = (group: number) => group >= wanted;
        const expected = [...model.values()].filter(({ group }) => accepts(group)).sort(inOrder);
        const found: RestingPlace[] = [];
        for (let page = rows.first(most, accepts); page.length > 0; ) {
          expect(page.length).toBeLessThanOrEqual(most);
          found.push(...page);
          page = rows.first(most, accepts, page.at(-1));
        }
        expect(found).toEqual(expected.map(({ time, name }) => ({ time, name })));
      }),
    );
  });

  it("are in order however many are added at once, in whatever order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 600 }), (times) => {
        const places = times.map((time, number) => ({ time, name: nameOf(number) }));
        const rows = new RestingRows(Number);
        for (const place of places) rows.append(place, "1");
        rows.sort();
        expect(rows.first(times.length, () => true)).toEqual(places.sort(inOrder));
      }),
    );
  });

  it("go on behind a place whose record is gone", () => {
    const rows = new RestingRows(Number);
    const places = Array.from({ length: 1000 }, (_, number) => ({ time: number >> 2, name: nameOf(number) }));
    for (const place of places) rows.add(place, "1");
    const all = places.sort(inOrder);
    for (const at of [0, 500, 998]) {
      rows.remove(all[at]!.name);
      expect(rows.first(1, () => true, all[at])).toEqual([all[at + 1]]);
    }
  });
});
