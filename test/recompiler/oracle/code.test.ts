import { describe, expect, it } from "vitest";
import { codeOf } from "../../../shared/recompiler/oracle/code.ts";
import { ENTRY, UNSEEN } from "../../../shared/recompiler/oracle/machine.ts";
import { program } from "../lift/support/guest.ts";
import { CODE, execute, type Line } from "./support/machine.ts";

const add = (value: number): Line => ["addiu", "v0", "v0", value];

/** Calls `first` and comes back. */
function callFirst(others: Readonly<Record<string, readonly Line[]>>) {
  return execute([["or", "s0", "ra", "zero"], ["jal", ".first"], ["nop"], ["or", "ra", "s0", "zero"]], { others });
}

describe("code is decoded when control comes to it", () => {
  it("reads the words of the function asked for, and of no other", () => {
    const { image, functions } = program({
      main: [add(1), ["jr", "ra"], add(2)],
      other: [...Array.from({ length: 1000 }, () => add(3)), ["jr", "ra"], ["nop"]],
    });
    let reads = 0;
    const counted = {
      ...image,
      get segments() {
        reads++;
        return image.segments;
      },
    };
    const code = codeOf(counted, functions);
    code.slotAt(CODE);
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThan(20);
    code.slotAt(functions[1]!.address);
    expect(reads).toBeGreaterThan(1000);
  });

  it("has one slot for each word, whichever way it is come to", () => {
    const { image, functions } = program({
      main: [["beq", "zero", "zero", ".end"], add(1), add(2), ".end:", ["jr", "ra"], add(3)],
    });
    const code = codeOf(image, functions, UNSEEN);
    const inMiddle = code.slotAt(CODE + 8);
    const start = code.slotAt(CODE);
    expect(start.next.next).toBe(inMiddle);
    expect(start.taken).toBe(code.slotAt(CODE + 12));
    expect([start.attention, inMiddle.attention]).toEqual([UNSEEN | ENTRY, UNSEEN]);
  });

  it("runs on into the next function", () => {
    const ran = callFirst({ first: [add(1)], second: [add(2), ["jr", "ra"], add(4)] });
    expect([ran.get("v0"), ran.instructions]).toEqual([7, 3 + 4 + 3]);
  });

  it("finds a delay slot in the next function", () => {
    const ran = callFirst({ first: [add(1), ["jr", "ra"]], second: [add(2), add(4)] });
    expect([ran.get("v0"), ran.instructions]).toEqual([3, 3 + 3 + 3]);
  });
});
