import { describe, expect, it } from "vitest";
import { PAGE_BYTES, WatchedMemory } from "../../../shared/recompiler/oracle/watched-memory.ts";

function watched() {
  const memory = new WatchedMemory(new WebAssembly.Memory({ initial: 1, maximum: 3 }), 0x80000000, "big");
  const touches: [page: number, lastStamp: number, firstWord: number][] = [];
  memory.onFirstTouch = (page, lastStamp) => {
    touches.push([page, lastStamp, memory.words[(page * PAGE_BYTES) / 4]!]);
  };
  return { memory, touches };
}

describe("watched memory", () => {
  it("is silent before the first moment", () => {
    const { memory, touches } = watched();
    memory.storeWord(0x80000000, 1);
    expect(touches).toEqual([]);
  });

  it("tells of a page once a moment, before it changes", () => {
    const { memory, touches } = watched();
    memory.storeWord(0x80000100, 5);
    memory.nextMoment();
    memory.storeWord(0x80000100, 6);
    memory.storeByte(0x80000104, 7);
    expect(memory.loadHalf(0x80000100)).toBe(0);
    expect(touches).toEqual([[1, 0, 5]]);
  });

  it("tells again at the next moment, with the stamp of the last", () => {
    const { memory, touches } = watched();
    memory.nextMoment();
    memory.loadByte(0x80000000);
    memory.nextMoment();
    memory.nextMoment();
    memory.loadByte(0x80000000);
    expect(touches.map(([, lastStamp]) => lastStamp)).toEqual([0, 1]);
  });

  it("tells of every page of a bulk access, and of none that faults", () => {
    const { memory, touches } = watched();
    memory.nextMoment();
    memory.writeBytes(0x800001ff, new Uint8Array(258));
    expect(touches.map(([page]) => page)).toEqual([1, 2, 3]);
    expect(() => memory.loadWord(0x80010000)).toThrow("memory_fault");
    expect(touches).toHaveLength(3);
  });

  it("watches memory that was grown", () => {
    const { memory, touches } = watched();
    memory.nextMoment();
    expect(memory.growTo(0x10001)).toBe(true);
    memory.storeWord(0x80010000, 1);
    expect(touches.map(([page]) => page)).toEqual([0x100]);
    expect(memory.size).toBe(0x20000);
  });
});
