import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressSpace } from "../../../shared/recompiler/runtime/address-space.ts";
import { GuestMemory } from "../../../shared/recompiler/runtime/memory.ts";

const MEBIBYTE = 1 << 20;
const HEAP = 0x20000;
const layout = {
  base: 0,
  initialBytes: HEAP,
  maximumBytes: 32 * MEBIBYTE,
  stackBottom: 0x10000,
  stackTop: HEAP,
  heapStart: HEAP,
};

function space() {
  const memory = new GuestMemory(new WebAssembly.Memory({ initial: 2, maximum: 512 }), 0, "big");
  return { memory, space: new AddressSpace(memory, layout) };
}

describe("the program break", () => {
  it("starts at the heap's start and moves where it is told, growing memory", () => {
    const { memory, space: addresses } = space();
    expect(addresses.moveBreak(0)).toBe(HEAP);
    expect(addresses.moveBreak(HEAP + 100_000)).toBe(HEAP + 100_000);
    memory.storeByte(HEAP + 99_999, 1);
  });

  it("stays where it is when it cannot move", () => {
    const { space: addresses } = space();
    expect(addresses.moveBreak(HEAP - 1)).toBe(HEAP);
    expect(addresses.moveBreak(40 * MEBIBYTE)).toBe(HEAP);
  });

  it("gives zeros again after it went back", () => {
    const { memory, space: addresses } = space();
    addresses.moveBreak(HEAP + 4096);
    memory.storeWord(HEAP + 2048, 5);
    addresses.moveBreak(HEAP + 2048);
    addresses.moveBreak(HEAP + 4096);
    expect(memory.loadWord(HEAP + 2048)).toBe(0);
  });

  it("does not grow into a mapping", () => {
    const { space: addresses } = space();
    const mapping = addresses.map(4096)!;
    expect(addresses.moveBreak(mapping + 1)).toBe(HEAP);
    expect(addresses.moveBreak(mapping)).toBe(mapping);
  });
});

describe("mappings", () => {
  it("lie above the break, aligned, zeroed, and never one over another", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 300_000 })), { maxLength: 30 }),
        (steps) => {
          const { memory, space: addresses } = space();
          const live: { address: number; length: number }[] = [];
          for (const [isFree, length] of steps) {
            if (isFree && live.length > 0) {
              const gone = live.splice(length % live.length, 1)[0]!;
              addresses.unmap(gone.address, gone.length);
              continue;
            }
            const address = addresses.map(length);
            if (address === undefined) continue;
            expect(address % 4096).toBe(0);
            expect(memory.readBytes(address, length).every((byte) => byte === 0)).toBe(true);
            for (const other of live) {
              expect(address + length <= other.address || other.address + other.length <= address).toBe(true);
            }
            memory.writeBytes(address, new Uint8Array(length).fill(0xff));
            live.push({ address, length });
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("are used again once given back", () => {
    const { space: addresses } = space();
    const first = addresses.map(8192)!;
    addresses.map(4096);
    addresses.unmap(first, 8192);
    expect(addresses.map(4096)).toBe(first);
    expect(addresses.map(4096)).toBe(first + 4096);
  });

  it("end when memory does", () => {
    const { space: addresses } = space();
    expect(addresses.map(64 * MEBIBYTE)).toBeUndefined();
    expect(addresses.map(4096)).toBeDefined();
  });

  it("go where they are told, in place of what was there", () => {
    const { memory, space: addresses } = space();
    const address = addresses.map(8192)!;
    memory.storeWord(address + 4096, 7);
    expect(addresses.map(4096, address + 4096)).toBe(address + 4096);
    expect(memory.loadWord(address + 4096)).toBe(0);
  });

  it("are as cheap by the ten thousand as one by one", () => {
    const { memory, space: addresses } = space();
    const pages = 3000;
    const first = addresses.map(4096) ?? 0;
    for (let page = 1; page < pages; page++) expect(addresses.map(4096)).toBe(first + page * 4096);
    // Every other one is given back, and is found again first.
    for (let page = 0; page < pages; page += 2) addresses.unmap(first + page * 4096, 4096);
    for (let page = 0; page < pages; page += 2) expect(addresses.map(4096)).toBe(first + page * 4096);
    addresses.unmap(first, pages * 4096);
    expect(addresses.map(pages * 4096)).toBe(first);
    expect(memory.size).toBeLessThanOrEqual(layout.maximumBytes);
  });

  it("lie in one piece where they touch, so that one call gives several back", () => {
    const { memory, space: addresses } = space();
    const first = addresses.map(4096) ?? 0;
    addresses.map(4096);
    addresses.map(4096);
    for (const page of [0, 1, 2]) memory.storeWord(first + page * 4096, 7);
    addresses.unmap(first + 4096, 8192);
    expect([0, 1, 2].map((page) => memory.loadWord(first + page * 4096))).toEqual([7, 0, 0]);
    expect(addresses.resize(first, 4096, 12_288)).toBe(true);
    expect(addresses.map(4096)).toBe(first + 12_288);
  });

  it("grow in place as far as their neighbour lets them", () => {
    const { space: addresses } = space();
    const first = addresses.map(4096)!;
    const second = addresses.map(4096)!;
    expect(addresses.resize(first, 4096, 8192)).toBe(false);
    expect(addresses.resize(second, 4096, 12288)).toBe(true);
    expect(addresses.map(4096)).toBe(second + 12288);
    expect(addresses.resize(second, 12288, 4096)).toBe(true);
    expect(addresses.map(8192)).toBe(second + 4096);
  });
});
