import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { oracleLine, SLICE_MACHINES, SLICE_MNEMONICS, STATES_OF_SLICE } from "./support/instruction-slice.ts";

/** Written by `instructions.campaign.ts` from what qemu does. */
const lines = readFileSync(join(import.meta.dirname, "fixtures", "float-operations.txt"), "utf8")
  .trim()
  .split("\n");
const perMachine = SLICE_MNEMONICS.length * STATES_OF_SLICE;

describe("floating-point operations", () => {
  it.each(SLICE_MACHINES.map((machine, index) => ({ machine, index })))(
    "give what qemu gave, FCSR with it: $machine.isNan2008",
    ({ machine, index }) => {
      const expected = lines.slice(index * perMachine, (index + 1) * perMachine);
      expect(new Set(expected.map((line) => line.split(" ")[0]))).toEqual(new Set(SLICE_MNEMONICS));
      expect(expected.map((line) => oracleLine(line, machine))).toEqual(expected);
    },
  );
});
