import { describe, expect, it } from "vitest";
import { type Endianness, SP } from "../../../shared/recompiler/machine.ts";
import { GuestMemory } from "../../../shared/recompiler/runtime/memory.ts";
import { startProcess } from "../../../shared/recompiler/runtime/process.ts";

const layout = {
  base: 0,
  initialBytes: 0x30000,
  maximumBytes: 0x30000,
  stackBottom: 0x10000,
  stackTop: 0x30000,
  heapStart: 0x30000,
};

/** Walks the stack as a program's start code does. */
function parse(memory: GuestMemory, stackPointer: number) {
  let at = stackPointer;
  const next = (): number => {
    at += 4;
    return memory.loadWord(at - 4) >>> 0;
  };
  const count = next();
  const args = Array.from({ length: count }, () => memory.readString(next()));
  const argumentsEnd = next();
  const env: (string | undefined)[] = [];
  for (let pointer = next(); pointer !== 0; pointer = next()) env.push(memory.readString(pointer));
  const auxiliary = new Map<number, number>();
  for (let type = next(); type !== 0; type = next()) auxiliary.set(type, next());
  return { args, argumentsEnd, env, auxiliary };
}

function start(endianness: Endianness, args: readonly string[], env: readonly string[]) {
  const memory = new GuestMemory(new WebAssembly.Memory({ initial: 3 }), 0, endianness);
  const random = Uint8Array.from({ length: 16 }, (_, index) => index + 1);
  const registers = startProcess(memory, { layout, entry: 0x400100, args, env, random });
  return { memory, registers, ...parse(memory, registers[SP]!) };
}

describe.each<Endianness>(["big", "little"])("the state a program starts in, %s-endian", (endianness) => {
  it("has arguments and environment on the stack, each list ended by zero", () => {
    const { args, argumentsEnd, env } = start(endianness, ["program", "", "übung"], ["A=1", "LONG=x y"]);
    expect(args).toEqual(["program", "", "übung"]);
    expect(argumentsEnd).toBe(0);
    expect(env).toEqual(["A=1", "LONG=x y"]);
  });

  it("tells page size, entry, random bytes and the program's name in the auxiliary vector", () => {
    const { auxiliary, memory } = start(endianness, ["program"], []);
    expect(auxiliary.get(6)).toBe(4096);
    expect(auxiliary.get(9)).toBe(0x400100);
    expect([...memory.readBytes(auxiliary.get(25)!, 16)]).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
    expect(memory.readString(auxiliary.get(31)!)).toBe("program");
  });

  it("has an aligned stack pointer inside the stack and zero in every other register", () => {
    for (const args of [[], ["a"], ["a", "bc", "def"]]) {
      const { registers } = start(endianness, args, []);
      expect(registers[SP]! % 16).toBe(0);
      expect(registers[SP]).toBeGreaterThan(layout.stackBottom);
      expect(registers[SP]).toBeLessThan(layout.stackTop);
      expect(registers.filter((value, register) => register !== SP && value !== 0)).toEqual(new Int32Array(0));
    }
  });
});

it("refuses arguments that take more than a quarter of the stack", () => {
  const long = "x".repeat(0x8000);
  expect(() => start("big", ["program", long], [])).toThrow("arguments and environment need more than 32768 bytes");
});
