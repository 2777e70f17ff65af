import fc from "fast-check";
import { expect, it } from "vitest";
import { Coverage } from "../../../shared/recompiler/mips/coverage.ts";
import type { ProgramImage } from "../../../shared/recompiler/program.ts";

const image: ProgramImage = {
  endianness: "big",
  entry: 0x1000,
  segments: [],
  symbols: [],
  codeRanges: [
    { start: 0x1000, end: 0x1040 },
    { start: 0x2004, end: 0x2010 },
  ],
};
const PLACES = Array.from({ length: 0x420 }, (_, word) => 0xffc + 4 * word).filter(
  (address) => address < 0x1048 || address > 0x1ff8,
);
const isCode = (address: number) => image.codeRanges.some(({ start, end }) => address >= start && address < end);

it("holds what is in some of the functions that were added and not taken out again", () => {
  const functions = fc.array(fc.tuple(fc.subarray(PLACES, { maxLength: 12 }), fc.boolean()), { maxLength: 8 });
  fc.assert(
    fc.property(functions, (added) => {
      const coverage = Coverage.of(image);
      for (const [addresses] of added) coverage.add(addresses);
      for (const [addresses, isGone] of added) if (isGone) coverage.remove(addresses);
      const left = new Set(added.flatMap(([addresses, isGone]) => (isGone ? [] : addresses)));
      for (const address of PLACES) expect(coverage.has(address)).toBe(isCode(address) && left.has(address));
    }),
  );
});

it("is copied as it is", () => {
  const coverage = Coverage.of(image);
  coverage.add([0x1000]);
  const copy = coverage.copy();
  copy.add([0x1004]);
  coverage.remove([0x1000]);
  expect([copy.has(0x1000), copy.has(0x1004), coverage.has(0x1000), coverage.has(0x1004)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
