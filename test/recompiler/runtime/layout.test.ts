import { describe, expect, it } from "vitest";
import type { ProgramImage } from "../../../shared/recompiler/program.ts";
import { type LayoutOptions, layoutProcess } from "../../../shared/recompiler/runtime/layout.ts";

function imageOf(...segments: readonly (readonly [address: number, memorySize: number])[]): ProgramImage {
  return {
    endianness: "big",
    entry: segments[0]![0],
    segments: segments.map(([address, memorySize]) => ({
      address,
      bytes: new Uint8Array(0),
      memorySize,
      isExecutable: true,
      isWritable: true,
    })),
    symbols: [],
    codeRanges: [],
  };
}

const PAGE = 0x10000;

describe("laying out a process", () => {
  it("puts the stack above an ordinary program and the heap above the stack, from base 0", () => {
    expect(layoutProcess(imageOf([0x400000, 0x1234], [0x411000, 0x20]))).toEqual({
      base: 0,
      initialBytes: 0x420000 + (8 << 20),
      maximumBytes: 1 << 30,
      stackBottom: 0x420000,
      stackTop: 0x420000 + (8 << 20),
      heapStart: 0x420000 + (8 << 20),
    });
  });

  it("starts memory at a program that is linked high", () => {
    const layout = layoutProcess(imageOf([0x80012345, 0x100]), { stackBytes: PAGE });
    expect(layout.base).toBe(0x80010000);
    expect(layout.initialBytes).toBe(2 * PAGE);
    expect(layout.stackTop).toBe(0x80030000);
  });

  it("rounds a stack up to whole pages", () => {
    const { stackBottom, stackTop } = layoutProcess(imageOf([0x400000, 4]), { stackBytes: 1 });
    expect(stackTop - stackBottom).toBe(PAGE);
  });

  it("lets memory grow no further than addresses go", () => {
    const { base, maximumBytes } = layoutProcess(imageOf([0xf0000000, 0x1000]));
    expect(base + maximumBytes).toBeLessThanOrEqual(2 ** 32);
  });

  it.each<[string, ProgramImage, LayoutOptions]>([
    ["a program larger than memory may be", imageOf([0x400000, 0x50000000]), {}],
    ["a stack larger than memory may be", imageOf([0x400000, 4]), { stackBytes: 2 ** 31 }],
    ["segments too far apart", imageOf([0x400000, 4], [0xf0000000, 4]), {}],
    ["no room for a stack above the program", imageOf([0xffff0000, 0xffff]), {}],
  ])("refuses %s, and says what to do", (_, image, options) => {
    expect(() => layoutProcess(image, options)).toThrow(/expected at most \d+; raise maximumBytes or lower stackBytes/);
  });
});
