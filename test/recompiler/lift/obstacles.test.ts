import { describe, expect, it } from "vitest";
import type { Endianness } from "../../../shared/recompiler/machine.ts";
import type { Line } from "./support/assemble.ts";
import { CODE, program, RETURN, start } from "./support/guest.ts";

/** `mfc0 t0,$12`: no user's program may do it. */
const PRIVILEGED = 0x40086000;

/** Lines with words in the place of every `break 1023`. */
function withWord(lines: readonly Line[], endianness: Endianness, word = PRIVILEGED) {
  const source = program({ main: lines, callee: RETURN }, { endianness });
  const { bytes } = source.image.segments[0]!;
  const view = new DataView(bytes.buffer);
  const isLittle = endianness === "little";
  for (let at = 0; at < bytes.length; at += 4) {
    if (view.getUint32(at, isLittle) === HERE_WORD) view.setUint32(at, word, isLittle);
  }
  return source;
}
const HERE: Line = ["break", 1023];
const HERE_WORD = ((1023 << 6) | 13) >>> 0;

describe.each<Endianness>(["big", "little"])("an instruction that cannot be lifted, %s-endian", (endianness) => {
  it.each<[string, readonly Line[], number]>([
    [
      "in straight code",
      [["beq", "a0", "zero", ".well"], ["nop"], HERE, ".well:", ["addiu", "v0", "zero", 7], ...RETURN],
      2,
    ],
    [
      "in a delay slot",
      [["beq", "a0", "zero", ".well"], ["nop"], ["jr", "ra"], HERE, ".well:", ["addiu", "v0", "zero", 7], ...RETURN],
      3,
    ],
    [
      "in the slot of a call",
      [
        ["beq", "a0", "zero", ".well"],
        ["nop"],
        ["jal", ".callee"],
        HERE,
        ".well:",
        ["addiu", "v0", "zero", 7],
        ...RETURN,
      ],
      3,
    ],
    [
      "in the slot of a likely branch",
      [["bnel", "a0", "zero", ".off"], HERE, ["addiu", "v0", "zero", 7], ...RETURN, ".off:", ...RETURN],
      1,
    ],
    [
      "behind a call",
      [
        ["beq", "a0", "zero", ".well"],
        ["nop"],
        ["jal", ".callee"],
        ["nop"],
        HERE,
        ".well:",
        ["addiu", "v0", "zero", 7],
        ...RETURN,
      ],
      4,
    ],
  ])("is a trap at its address: %s", (_, lines, word) => {
    const guest = start(withWord(lines, endianness));
    const address = CODE + 4 * word;
    expect(guest.reports[0]).toMatchObject({
      status: "lifted",
      obstacles: [{ address, word: "40086000", instruction: "mfc0 t0,$12", reason: "privileged: coprocessor 0" }],
    });
    expect(guest.call("main", { a0: 0 })).toBeUndefined();
    expect(guest.get("v0")).toBe(7);
    expect(guest.call("main", { a0: 1 })).toBe("unlifted");
    expect(guest.trapAddress()).toBe(address);
  });

  it("lets what stands before it be done", () => {
    const guest = start(withWord([["sw", "a0", 0, "a1"], HERE, ...RETURN], endianness));
    expect(guest.call("main", { a0: 0x01020304, a1: 0x00410000 })).toBe("unlifted");
    const bytes = [1, 2, 3, 4];
    expect(guest.read(0x00410000, 4)).toEqual(endianness === "big" ? bytes : bytes.toReversed());
  });

  it("is a trap where the function begins, and there is nothing else of it", () => {
    const guest = start(withWord([HERE, ...RETURN], endianness));
    expect(guest.reports[0]).toMatchObject({ status: "lifted", blocks: 1, instructions: 0 });
    expect(guest.call("main")).toBe("unlifted");
    expect(guest.trapAddress()).toBe(CODE);
  });

  it("is counted as often as it stands there, not as often as ways lead to it", () => {
    const lines: Line[] = [
      ["beq", "a0", "zero", ".one"],
      ["nop"],
      ["bne", "a1", "zero", ".one"],
      ["nop"],
      HERE,
      ".one:",
      HERE,
    ];
    const [report] = start(withWord(lines, endianness)).reports;
    expect(report?.obstacles.map(({ address }) => address)).toEqual([CODE + 16, CODE + 20]);
  });
});

it("a way out of the program's code is a trap at the branch that leads there, if it is taken", () => {
  const guest = start(
    program({ main: [["beq", "a0", "zero", 0x00404000], ["nop"], ["addiu", "v0", "zero", 7], ...RETURN] }),
  );
  expect(guest.reports[0]?.obstacles).toMatchObject([{ address: CODE, reason: expect.stringContaining("outside") }]);
  expect(guest.call("main", { a0: 1 })).toBeUndefined();
  expect(guest.call("main", { a0: 0 })).toBe("unlifted");
});
