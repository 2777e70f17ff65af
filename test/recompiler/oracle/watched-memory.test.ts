import { describe, expect, it } from "vitest";
import { ForbiddenAccess, pageAccessOf } from "../../../shared/recompiler/oracle/page-access.ts";
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

describe("memory with rights", () => {
  const ALL = { initialBytes: 0x3_0000, maximumBytes: 0x3_0000 };
  function guarded() {
    const { memory, touches } = watched();
    memory.rights = pageAccessOf({ segments: [] } as never, {
      ...ALL,
      base: 0x8000_0000,
      stackBottom: 0x8000_0000,
      stackTop: 0x8000_0000,
      heapStart: 0x8000_0000,
    });
    memory.protect(0x8000_1000, 0x8000_2000, "write");
    memory.protect(0x8000_2000, 0x8000_3000, "read");
    return { memory, touches };
  }

  it("says what was accessed, and does nothing", () => {
    const { memory, touches } = guarded();
    memory.nextMoment();
    for (const access of [
      () => memory.storeByte(0x8000_2005, 1),
      () => memory.writeBytes(0x8000_1fff, new Uint8Array(2).fill(1)),
      () => memory.fillZero(0x8000_2000, 16),
      () => memory.loadWord(0x8000_0004),
      () => memory.readBytes(0x8000_2fff, 2),
    ]) {
      expect(access).toThrow(ForbiddenAccess);
    }
    expect(memory.bytes.some((byte) => byte !== 0)).toBe(false);
    expect(touches.map(([page]) => page)).toEqual([0x1f, 0x2f]);
    expect(memory.loadByte(0x8000_2005)).toBe(0);
    expect(memory.copyBytes(0x8000_0000, 4)).toEqual(new Uint8Array(4));
  });

  it("tells of no page twice in a moment, whatever happens to its rights", () => {
    const { memory, touches } = guarded();
    const stamp = memory.nextMoment();
    memory.storeWord(0x8000_1000, 1);
    memory.protect(0x8000_1000, 0x8000_2000, "read");
    expect(() => memory.storeWord(0x8000_1000, 2)).toThrow(ForbiddenAccess);
    expect(memory.loadWord(0x8000_1000)).toBe(1);
    memory.protect(0x8000_1000, 0x8000_2000, "write");
    memory.storeWord(0x8000_1000, 3);
    memory.replacePage(0x10, new Uint8Array(PAGE_BYTES));
    expect(touches.map(([page]) => page)).toEqual([0x10]);
    memory.nextMoment();
    memory.loadWord(0x8000_1000);
    expect(touches.slice(1)).toEqual([[0x10, stamp, 0]]);
  });

  it("asks again for a page that was replaced, and for none once rights are taken away", () => {
    const { memory } = guarded();
    memory.nextMoment();
    memory.replacePage(0, new Uint8Array(PAGE_BYTES));
    expect(() => memory.loadWord(0x8000_0000)).toThrow(ForbiddenAccess);
    memory.rights = undefined;
    memory.nextMoment();
    memory.storeWord(0x8000_0000, 1);
  });
});
