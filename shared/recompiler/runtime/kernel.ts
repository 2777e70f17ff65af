/** The Linux kernel as a small program meets it: takes a system call from the registers, answers in the registers. */

import { A0, A3, GuestTrap, SP, V0, V1 } from "../machine.ts";
import type { MemoryLayout } from "../program.ts";
import { AddressSpace } from "./address-space.ts";
import { Descriptors } from "./descriptors.ts";
import { withDevices } from "./devices.ts";
import { ERRNO, type ErrnoName, SyscallError } from "./errno.ts";
import { ExitSignal } from "./exit.ts";
import type { GuestMemory } from "./memory.ts";
import type { World } from "./ports.ts";
import { SignalState } from "./signal-state.ts";
import type { ProcessState, SystemCall } from "./syscalls/call.ts";
import { SYSCALLS } from "./syscalls/table.ts";

/** The registers of whoever makes a system call, by number. */
export interface RegisterFile {
  get(register: number): number;
  set(register: number, value: number): void;
}

export interface KernelOptions {
  readonly memory: GuestMemory;
  readonly layout: MemoryLayout;
  readonly world: World;
  readonly programName?: string;
}

export interface Kernel {
  /**
   * Carries out the call that `v0` names with the arguments in `a0`..`a3` and on the stack, and leaves the result in
   * `v0` and the error flag in `a3`. No other register changes.
   *
   * @throws ExitSignal when the call ends the process
   */
  systemCall(registers: RegisterFile): void;
  /** What `rdhwr $29` reads. */
  readonly threadPointer: number;
  /** How often the program asked for a system call that is not there, by number. */
  readonly unknownCalls: ReadonlyMap<number, number>;
  /** Where the program has first said that it has written code; undefined where it has not. */
  readonly writtenCode: number | undefined;
}

/** Different calls that are counted: a program may ask for any number. */
const MOST_UNKNOWN = 256;

/** Arguments behind the fourth lie on the stack, above the room for the first four (o32 calling convention). */
const REGISTER_ARGUMENTS = 4;

function readArgument(registers: RegisterFile, memory: GuestMemory, index: number): number {
  if (index < REGISTER_ARGUMENTS) return registers.get(A0 + index);
  return memory.loadWord(registers.get(SP) + index * 4);
}

function systemCallOf(process: ProcessState, registers: RegisterFile): SystemCall {
  const { memory } = process;
  const argument = (index: number): number => readArgument(registers, memory, index);
  return {
    process,
    memory,
    argument,
    address: (index) => argument(index) >>> 0,
    pair(index) {
      const isBig = memory.endianness === "big";
      const high = argument(isBig ? index : index + 1);
      const low = argument(isBig ? index + 1 : index) >>> 0;
      return (BigInt(high) << 32n) | BigInt(low);
    },
    setSecondResult: (value) => registers.set(V1, value),
  };
}

function errnoOf(error: unknown): ErrnoName {
  if (error instanceof SyscallError) return error.errno;
  if (error instanceof GuestTrap) return "EFAULT";
  throw error;
}

/** As a thread is called at first: the end of the program's path, 15 bytes of it. */
function nameOf(programName: string): Uint8Array {
  const name = new Uint8Array(16);
  name.set(new TextEncoder().encode(programName.slice(programName.lastIndexOf("/") + 1)).subarray(0, 15));
  return name;
}

/** A signal ends the program unless it is ignored: handlers are not run. */
function deliver({ signals, world }: ProcessState): void {
  signals.checkTimer(world.clock);
  for (let sent = signals.next(); sent !== undefined; sent = signals.next()) {
    if (!signals.isIgnored(sent.signal)) throw ExitSignal.ofSignal(sent.signal);
  }
}

export function createKernel(options: KernelOptions): Kernel {
  const { memory, layout } = options;
  const { files, randomness } = options.world;
  const world: World = { ...options.world, files: withDevices(files, randomness) };
  const process: ProcessState = {
    memory,
    layout,
    world,
    descriptors: new Descriptors(world.files),
    addressSpace: new AddressSpace(memory, layout),
    programName: options.programName ?? "program",
    threadPointer: 0,
    writtenCode: undefined,
    fileModeMask: 0o022,
    signals: new SignalState(),
    folder: world.files.startFolder,
    threadName: nameOf(options.programName ?? "program"),
    pipes: 0,
  };
  const unknownCalls = new Map<number, number>();

  const perform = (number: number, registers: RegisterFile): number => {
    const row = SYSCALLS.get(number);
    if (row === undefined) {
      const count = unknownCalls.get(number);
      if (count !== undefined || unknownCalls.size < MOST_UNKNOWN) unknownCalls.set(number, (count ?? 0) + 1);
      throw new SyscallError("ENOSYS");
    }
    return row.implementation(systemCallOf(process, registers));
  };

  return {
    systemCall(registers) {
      try {
        registers.set(V0, perform(registers.get(V0), registers) | 0);
        registers.set(A3, 0);
      } catch (error) {
        registers.set(V0, ERRNO[errnoOf(error)]);
        registers.set(A3, 1);
      }
      deliver(process);
    },
    get threadPointer() {
      return process.threadPointer;
    },
    unknownCalls,
    get writtenCode() {
      return process.writtenCode;
    },
  };
}
