import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Endianness } from "../../../shared/recompiler/machine.ts";
import type { MemoryLayout, ProgramImage } from "../../../shared/recompiler/program.ts";
import { GuestMemory, loadImage } from "../../../shared/recompiler/runtime/memory.ts";

const BASE = 0x8000_0000;
const SIZE = 0x10000;

function guestMemory(endianness: Endianness, base = BASE) {
  return new GuestMemory(new WebAssembly.Memory({ initial: 1, maximum: 4 }), base, endianness);
}

describe.each<Endianness>(["big", "little"])("guest memory, %s-endian", (endianness) => {
  const isLittle = endianness === "little";

  it("shows bytes, halves and words of one content as the guest's byte order has them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
        const memory = guestMemory(endianness);
        for (const [index, byte] of bytes.entries()) memory.storeByte(BASE + index, byte);
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        for (const at of [0, 4]) expect(memory.loadWord(BASE + at)).toBe(view.getInt32(at, isLittle));
        for (const at of [0, 2, 4, 6]) expect(memory.loadHalf(BASE + at)).toBe(view.getUint16(at, isLittle));
        expect([...memory.readBytes(BASE, 8)]).toEqual([...bytes]);
      }),
    );
  });

  it("writes ranges at any alignment and leaves their neighbours alone", () => {
    fc.assert(
      fc.property(fc.nat(40), fc.uint8Array({ maxLength: 40 }), (offset, bytes) => {
        const memory = guestMemory(endianness);
        const before = Uint8Array.from({ length: 96 }, (_, index) => index + 1);
        memory.writeBytes(BASE, before);
        memory.writeBytes(BASE + offset, bytes);
        const expected = before.slice();
        expected.set(bytes, offset);
        expect([...memory.readBytes(BASE, 96)]).toEqual([...expected]);
        memory.fillZero(BASE + offset, bytes.length);
        expected.fill(0, offset, offset + bytes.length);
        expect([...memory.readBytes(BASE, 96)]).toEqual([...expected]);
      }),
    );
  });

  it("zeroes and copies ranges at any alignment", () => {
    for (const [from, length] of [
      [64, 8],
      [65, 7],
      [66, 1],
      [63, 2],
      [61, 11],
      [64, 0],
      [67, 300],
    ] as const) {
      const guest = guestMemory(endianness, 0);
      guest.writeBytes(0, new Uint8Array(1024).fill(0xee));
      guest.fillZero(from, length);
      const expected = new Uint8Array(1024).fill(0xee).fill(0, from, from + length);
      expect(guest.readBytes(0, 1024)).toEqual(expected);
      guest.copy(from, 2051, length);
      expect(guest.readBytes(2051, length)).toEqual(new Uint8Array(length));
    }
  });

  it("keeps words in the host's order", () => {
    const memory = guestMemory(endianness);
    memory.writeBytes(BASE, isLittle ? Uint8Array.of(4, 3, 2, 1) : Uint8Array.of(1, 2, 3, 4));
    expect(memory.words[0]).toBe(0x01020304);
    expect(memory.addressOf(0)).toBe(isLittle ? BASE : BASE + 3);
  });

  it("reads texts up to their zero byte", () => {
    const memory = guestMemory(endianness);
    memory.writeBytes(BASE + 1, new TextEncoder().encode("größe\0more"));
    expect(memory.readString(BASE + 1)).toBe("größe");
    expect(memory.readString(BASE + 1, 3)).toBeUndefined();
  });
});

describe("the edges of guest memory", () => {
  // biome-ignore format: a table, one row a case
  it.each<[string, (memory: GuestMemory) => unknown, string]>([
    ["a word at the last place",        (m) => m.loadWord(BASE + SIZE - 4),                   ""],
    ["a signed address",                (m) => m.loadWord((BASE + 4) | 0),                    ""],
    ["a range to the very end",         (m) => m.readBytes(BASE + SIZE - 3, 3),               ""],
    ["nothing, past the end",           (m) => m.readBytes(BASE + SIZE + 3, 0),               ""],
    ["a byte behind the end",           (m) => m.loadByte(BASE + SIZE),                       "memory_fault"],
    ["a byte before the start",         (m) => m.storeByte(BASE - 1, 0),                      "memory_fault"],
    ["a null pointer",                  (m) => m.loadWord(0),                                 "memory_fault"],
    ["a range across the end",          (m) => m.readBytes(BASE + SIZE - 3, 4),               "memory_fault"],
    ["a range as long as the world",    (m) => m.readBytes(BASE, 0xffffffff),                 "memory_fault"],
    ["a write across the end",          (m) => m.writeBytes(BASE + SIZE - 1, new Uint8Array(2)), "memory_fault"],
    ["zeroing across the end",          (m) => m.fillZero(BASE + SIZE - 1, 2),                "memory_fault"],
    ["a word off its place",            (m) => m.loadWord(BASE + 2),                          "address_error"],
    ["a half off its place",            (m) => m.storeHalf(BASE + 1, 0),                      "address_error"],
  ])("%s", (_, access, problem) => {
    const attempt = () => access(guestMemory("big"));
    if (problem === "") expect(attempt).not.toThrow();
    else expect(attempt).toThrow(`guest ${problem}`);
  });

  it("writes nothing of a range that does not fit", () => {
    const memory = guestMemory("big");
    expect(() => memory.writeBytes(BASE + SIZE - 2, Uint8Array.of(1, 2, 3))).toThrow("memory_fault");
    expect([...memory.readBytes(BASE + SIZE - 2, 2)]).toEqual([0, 0]);
  });

  it("grows by whole pages, keeps its content, and stops at its maximum", () => {
    const memory = guestMemory("big");
    memory.storeWord(BASE, 77);
    expect(memory.growTo(SIZE + 1)).toBe(true);
    expect([memory.size, memory.loadWord(BASE)]).toEqual([2 * SIZE, 77]);
    expect(memory.growTo(5 * SIZE)).toBe(false);
    expect([memory.size, memory.loadWord(BASE)]).toEqual([2 * SIZE, 77]);
  });
});

describe("loading an image", () => {
  it("places the segments and leaves zeros elsewhere", () => {
    const image: ProgramImage = {
      endianness: "big",
      entry: 0,
      segments: [
        { address: 0x101, bytes: Uint8Array.of(1, 2, 3), memorySize: 8, isExecutable: false, isWritable: true },
        { address: 0x200, bytes: Uint8Array.of(9), memorySize: 1, isExecutable: false, isWritable: true },
      ],
      symbols: [],
      codeRanges: [],
    };
    const layout: MemoryLayout = {
      base: 0,
      initialBytes: SIZE,
      maximumBytes: SIZE,
      stackBottom: 0,
      stackTop: 0,
      heapStart: 0,
    };
    const memory = new GuestMemory(loadImage(image, layout), 0, "big");
    expect([...memory.readBytes(0x100, 10)]).toEqual([0, 1, 2, 3, 0, 0, 0, 0, 0, 0]);
    expect(memory.loadByte(0x200)).toBe(9);
    expect(memory.size).toBe(SIZE);
  });
});
