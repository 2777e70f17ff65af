/** A whole program under the oracle, from the state Linux starts it in to its end. */

import { A0, A3, V0 } from "../machine.ts";
import type { MemoryLayout, ProgramImage } from "../program.ts";
import { seededRandomness, steppingClock } from "../runtime/clocks.ts";
import { createKernel, type Kernel, type RegisterFile } from "../runtime/kernel.ts";
import { loadImage } from "../runtime/memory.ts";
import { type MemoryFiles, memoryFiles } from "../runtime/memory-files.ts";
import type { World } from "../runtime/ports.ts";
import { startProcess } from "../runtime/process.ts";
import { SYSCALLS } from "../runtime/syscalls/table.ts";
import type { SyscallRecord } from "./capture.ts";
import type { Code } from "./code.ts";
import { LoggedMemory } from "./logged-memory.ts";
import type { DecodedInstruction, Machine } from "./machine.ts";
import { pageAccessOf } from "./page-access.ts";
import { type SyscallJournal, writeSyscalls } from "./syscall-journal.ts";
import type { WatchedMemory } from "./watched-memory.ts";
import { CodeMemory } from "./written-code.ts";

/** What a program is run with. The clock, the random numbers and the files it sees are the same in every run. */
export interface ProgramInput {
  /** The arguments, the program's own name first. */
  readonly args: readonly string[];
  /** `NAME=value` strings. */
  readonly env?: readonly string[];
  readonly stdin?: Uint8Array;
  /** Files the program finds, by path. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

/** The surroundings of a traced program: memory, kernel, files. */
export interface TracedProcess {
  readonly memory: WatchedMemory;
  readonly kernel: Kernel;
  /** The register file to start with. */
  readonly registers: Int32Array;
  /**
   * Carries out the system call the machine stands at, and tells what it did. Throws as the kernel does.
   *
   * @returns whether the machine stands at a signal's handler now
   */
  systemCall(machine: Machine, onRecord?: (record: SyscallRecord) => void): boolean;
  /** At {@link SIGNAL_RETURN}: has the machine go on where a handler interrupted it, or at the next one. Throws as the kernel does. */
  handlerReturned(machine: Machine): void;
  stdout(): Uint8Array;
  stderr(): Uint8Array;
  /** The system calls so far. */
  journal(): SyscallJournal;
}

/** 2026-01-01 in nanoseconds: when traced programs believe they start. */
const START_OF_TIME = 1_767_225_600_000_000_000n;

/** What a call has in registers; the rest lies on the stack, where the kernel reads it as memory. */
const REGISTER_ARGUMENTS = 4;

function argumentsOf(registers: Int32Array): number[] {
  const count = SYSCALLS.get(registers[V0]!)?.argumentCount ?? REGISTER_ARGUMENTS;
  return Array.from(registers.slice(A0, A0 + Math.min(count, REGISTER_ARGUMENTS)));
}

function registerFileOf(registers: Int32Array): RegisterFile {
  return {
    get: (register) => registers[register]!,
    set: (register, value) => {
      registers[register] = value;
    },
  };
}

/** What a traced program sees of the world outside: the same whenever it is asked for, and whoever runs the program. */
export function tracedWorld({ stdin, files }: ProgramInput): World & { readonly files: MemoryFiles } {
  return {
    files: memoryFiles({ ...(stdin === undefined ? {} : { stdin }), ...(files === undefined ? {} : { files }) }),
    clock: steppingClock(START_OF_TIME),
    randomness: seededRandomness(),
  };
}

/** Loads the program and puts it in the state Linux would start it in. */
export function startTracedProcess(
  image: ProgramImage,
  layout: MemoryLayout,
  code: Code,
  input: ProgramInput,
): TracedProcess {
  const linear = loadImage(image, layout);
  const memory = new CodeMemory(linear, layout.base, image, code, pageAccessOf(image, layout));
  const journalist = writeSyscalls();
  const logged = new LoggedMemory(linear, memory);
  const world = tracedWorld(input);
  const { files, randomness } = world;
  const kernel = createKernel({ memory: logged, layout, world, programName: input.args[0] ?? "" });
  const random = new Uint8Array(16);
  randomness.fill(random);
  const start = { layout, entry: image.entry, args: input.args, env: input.env ?? [], random };

  const interrupted: DecodedInstruction[] = [];

  return {
    memory,
    kernel,
    registers: startProcess(memory, start),
    handlerReturned(machine) {
      const handler = kernel.handlerReturned(registerFileOf(machine.registers));
      machine.at = handler === undefined ? interrupted.pop()! : code.slotAt(handler);
    },
    systemCall(machine, onRecord) {
      const { registers } = machine;
      const number = registers[V0]!;
      const args = argumentsOf(registers);
      logged.startLog();
      let endsProcess = true;
      try {
        const file = registerFileOf(registers);
        const handler = journalist.note(file, () => kernel.systemCall(file));
        endsProcess = false;
        if (handler === undefined) return false;
        interrupted.push(machine.at);
        machine.at = code.slotAt(handler);
        return true;
      } finally {
        machine.threadPointer = kernel.threadPointer;
        onRecord?.({
          number,
          args,
          result: registers[V0]!,
          errorFlag: registers[A3]!,
          endsProcess,
          reads: logged.reads,
          writes: logged.writes.map(({ address, length }) => ({ address, bytes: memory.copyBytes(address, length) })),
          memoryBytes: memory.size,
          threadPointer: kernel.threadPointer,
        });
      }
    },
    stdout: () => files.stdout(),
    stderr: () => files.stderr(),
    journal: () => journalist.journal(),
  };
}
