/** The lifted side of a test: runs one input in the module under test, and sees that it ends. */

import type { Endianness } from "../machine.ts";
import { PAGE_BYTES } from "../oracle/watched-memory.ts";
import { ExitSignal } from "../runtime/exit.ts";
import type { RegisterFile } from "../runtime/kernel.ts";
import { compileModule, guestTrapOf, instantiate, type LiftedHost } from "../runtime/lifted-module.ts";
import { GuestMemory } from "../runtime/memory.ts";
import type { CandidateEnd, CandidateRun } from "./candidate-run.ts";
import { syscallDifference } from "./differences.ts";
import type { Difference } from "./function-test.ts";
import { FUEL_EXPORT, meterModule } from "./meter.ts";
import { type AskedSyscall, answerSyscall, askedSyscall } from "./syscall-player.ts";
import type { Vector } from "./vector.ts";

export interface Candidate {
  readonly memory: GuestMemory;
  readonly registers: RegisterFile;
  /** Slots of the register file that the module keeps, ascending: what it is given, and what it is compared in. */
  readonly kept: readonly number[];
  has(address: number): boolean;
  /** Runs after the reference: system calls are compared as they are made. The input's pages are put in place first. */
  run(address: number, vector: Vector, asked: readonly AskedSyscall[], instructions: number): CandidateRun;
}

/** Every pass through a loop or into a function runs at least part of an instruction; nested loops share passes. */
const FUEL_PER_INSTRUCTION = 64;
const SPARE_FUEL = 100_000;
const MOST_FUEL = 0x7fffffff;

/** Enough for code that takes as many instructions as the oracle's run took. @returns what the fuel's global holds */
export function fuelFor(instructions: number): number {
  return Math.min(MOST_FUEL, instructions * FUEL_PER_INSTRUCTION + SPARE_FUEL);
}

/** Of so many instructions no fuel is sure to be enough. */
export const isBeyondFuel = (instructions: number): boolean => instructions > MOST_FUEL - SPARE_FUEL;

/** Stops the lifted code from inside its system call. */
class Deviation {
  readonly difference: Difference;
  constructor(difference: Difference) {
    this.difference = difference;
  }
}

/** A linked module whose code ends, compiled. */
export type MeteredModule = WebAssembly.Module;

/** @throws RecompilerError `module_malformed` */
export function meteredModule(module: Uint8Array): MeteredModule {
  return compileModule(meterModule(module));
}

/** @param told for code that is followed step by step; what it throws, `run` does */
export function createCandidate(
  module: MeteredModule,
  base: number,
  endianness: Endianness,
  told?: LiftedHost["told"],
): Candidate {
  let answer = (): void => {};
  const instance = instantiate(module, { systemCall: () => answer(), ...(told && { told }) });
  const memory = new GuestMemory(instance.memory, base, endianness);
  const fuel = instance.global(FUEL_EXPORT)!;
  const { registers, kept } = instance;

  const endOf = (error: unknown): CandidateEnd => {
    if (error instanceof ExitSignal) return { kind: "exit" };
    if (error instanceof Deviation) return { kind: "other_syscall", difference: error.difference };
    if (error instanceof WebAssembly.RuntimeError && fuel.value === 0) return { kind: "endless" };
    const trap = guestTrapOf(error, instance);
    if (trap !== undefined) return { kind: "trap", trap: trap.kind, address: trap.address };
    if (error instanceof WebAssembly.RuntimeError) return { kind: "broken", message: error.message };
    throw error;
  };

  return {
    memory,
    registers,
    kept,
    has: (address) => instance.functionAt(address) !== undefined,
    run(address, vector, asked, instructions) {
      for (const { page, bytes } of vector.pages) memory.bytes.set(bytes, page * PAGE_BYTES);
      for (const register of kept) registers.set(register, vector.registers[register]!);
      instance.setThreadPointer(vector.threadPointer);
      let syscalls = 0;
      answer = () => {
        const index = syscalls++;
        const difference = syscallDifference(
          index,
          asked[index],
          askedSyscall(vector.answers, index, registers, memory),
        );
        if (difference !== undefined) throw new Deviation(difference);
        const { threadPointer } = answerSyscall(vector.answers, index, registers, memory);
        if (threadPointer !== undefined) instance.setThreadPointer(threadPointer);
      };
      fuel.value = fuelFor(instructions);
      let end: CandidateEnd = { kind: "returned" };
      try {
        instance.functionAt(address)!();
      } catch (error) {
        end = endOf(error);
      }
      memory.refresh();
      const result = Int32Array.from(vector.registers);
      for (const register of kept) result[register] = registers.get(register);
      return { end, registers: result, syscalls };
    },
  };
}
