/** A kernel with a process that makes one system call after another. */

import { A0, A3, type Endianness, SP, V0 } from "../../../../shared/recompiler/machine.ts";
import { REGISTER_COUNT } from "../../../../shared/recompiler/register-file.ts";
import { seededRandomness, steppingClock } from "../../../../shared/recompiler/runtime/clocks.ts";
import { createKernel } from "../../../../shared/recompiler/runtime/kernel.ts";
import { GuestMemory } from "../../../../shared/recompiler/runtime/memory.ts";
import { memoryFiles } from "../../../../shared/recompiler/runtime/memory-files.ts";
import { SYSCALLS } from "../../../../shared/recompiler/runtime/syscalls/table.ts";

const layout = {
  base: 0,
  initialBytes: 0x20000,
  maximumBytes: 64 << 20,
  stackBottom: 0x10000,
  stackTop: 0x20000,
  heapStart: 0x20000,
};

/** Free for the test: `[BUFFER, 0x10000)`. */
export const BUFFER = 0x1000;

const NUMBERS: ReadonlyMap<string, number> = new Map([...SYSCALLS].map(([number, { name }]) => [name, number]));

export interface KernelOptions {
  readonly endianness?: Endianness;
  readonly stdin?: string;
  readonly files?: Readonly<Record<string, string>>;
}

export function process(options: KernelOptions = {}) {
  const encoder = new TextEncoder();
  const memory = new GuestMemory(new WebAssembly.Memory({ initial: 2, maximum: 1024 }), 0, options.endianness ?? "big");
  const files = memoryFiles({
    stdin: encoder.encode(options.stdin ?? ""),
    files: Object.fromEntries(Object.entries(options.files ?? {}).map(([path, text]) => [path, encoder.encode(text)])),
  });
  const clock = steppingClock(1_700_000_000_123_000_000n);
  const world = { files, clock, randomness: seededRandomness(1) };
  const kernel = createKernel({ memory, layout, world, programName: "/bin/program" });
  const registers = new Int32Array(REGISTER_COUNT);

  /** Makes a call by name or number: the result, or minus the error number. */
  const call = (which: string | number, ...args: readonly number[]): number => {
    registers.fill(0x5a5a5a5a);
    registers[SP] = 0x1f000;
    registers[V0] = typeof which === "number" ? which : NUMBERS.get(which)!;
    for (const [index, value] of args.entries()) {
      if (index < 4) registers[A0 + index] = value;
      else memory.storeWord(0x1f000 + index * 4, value);
    }
    kernel.systemCall({
      get: (register) => registers[register]!,
      set: (register, value) => {
        registers[register] = value;
      },
    });
    return registers[A3] === 0 ? registers[V0]! : -registers[V0]!;
  };

  /** Puts a text with its zero byte at an address and gives the address. */
  const text = (value: string, address = BUFFER): number => {
    memory.writeBytes(address, encoder.encode(`${value}\0`));
    return address;
  };

  const textAt = (address: number, length: number): string => Buffer.from(memory.readBytes(address, length)).toString();

  return { clock, memory, files, kernel, registers, call, text, textAt };
}
