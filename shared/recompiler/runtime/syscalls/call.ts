/** One system call as its implementation sees it. */

import type { MemoryLayout } from "../../program.ts";
import type { AddressSpace } from "../address-space.ts";
import type { Descriptors } from "../descriptors.ts";
import type { GuestMemory } from "../memory.ts";
import type { World } from "../ports.ts";
import type { SignalState } from "../signal-state.ts";

/** What one process keeps between its system calls. */
export interface ProcessState {
  readonly memory: GuestMemory;
  readonly layout: MemoryLayout;
  readonly world: World;
  readonly descriptors: Descriptors;
  readonly addressSpace: AddressSpace;
  /** The program's path, as `readlink("/proc/self/exe")` answers. */
  readonly programName: string;
  /** What `set_thread_area` was last given: `rdhwr $29` reads it. */
  threadPointer: number;
  /** Where the program has first said, by `cacheflush`, that it has written code. */
  writtenCode: number | undefined;
  fileModeMask: number;
  readonly signals: SignalState;
  /** Where relative paths begin: as {@link Files.resolve} takes it. */
  folder: string;
  /** 16 bytes: what the thread calls itself. */
  threadName: Uint8Array;
  /** Pipes that were made. */
  pipes: number;
}

export interface SystemCall {
  readonly process: ProcessState;
  readonly memory: GuestMemory;
  /** The argument as a signed word: 0..3 from `a0`..`a3`, 4 and on from the stack. */
  argument(index: number): number;
  /** The argument as an address or a size: unsigned. */
  address(index: number): number;
  /** The 64-bit argument in the register pair that starts at an even argument index, signed. */
  pair(index: number): bigint;
  readonly stackPointer: number;
  /** Sets `v1`, where a call answers two words. */
  setSecondResult(value: number): void;
}

/**
 * Returns the word for `v0`. Throws SyscallError to fail, ExitSignal to end the process; a GuestTrap from the guest's
 * memory is the guest's EFAULT.
 */
export type Implementation = (call: SystemCall) => number;
