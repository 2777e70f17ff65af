/** States of functions at entry, taken while a program ran under the oracle, each enough by itself to run the call again. */

import type { AddressRange } from "./logged-memory.ts";

/** A page of linear memory as it was: `PAGE_BYTES` bytes in the order of linear memory. */
export interface CapturedPage {
  /** Number of the page: offset in linear memory / `PAGE_BYTES`. */
  readonly page: number;
  readonly bytes: Uint8Array;
}

/** One system call and what it did, to be played back. */
export interface SyscallRecord {
  readonly number: number;
  /** The argument registers it takes: as many as it has arguments, at most four; four for a call nobody knows. */
  readonly args: readonly number[];
  /** `v0` and `a3` afterwards; without meaning when the call ended the process. */
  readonly result: number;
  readonly errorFlag: number;
  readonly endsProcess: boolean;
  /** What the kernel read of the guest's memory: it is part of the call's meaning, as a buffer written to a file is. */
  readonly reads: readonly AddressRange[];
  readonly writes: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  /** Bytes of linear memory and the thread pointer afterwards. */
  readonly memoryBytes: number;
  readonly threadPointer: number;
}

/**
 * How the captured call ended: back at its caller; with the process (`exit`, `trap`); or by a jump past its caller,
 * as in `longjmp` (`left`).
 */
export type ActivationEnd = "returned" | "exit" | "trap" | "left";

export interface Capture {
  /** Address of the function. */
  readonly address: number;
  /** Which call of the function it was, counted from 1. */
  readonly call: number;
  /** The register file at entry. */
  readonly registers: Int32Array;
  readonly threadPointer: number;
  /** Bytes of linear memory when the program ended: as much as any call of the same run needs. */
  readonly memoryBytes: number;
  /** The pages the call touches, callees included, as they were at entry; those that are as loaded are left out. */
  readonly pages: readonly CapturedPage[];
  /** The system calls made inside, in order. Captures of one run share them. */
  readonly syscalls: readonly SyscallRecord[];
  /** Instructions from entry to end. */
  readonly instructions: number;
  readonly end: ActivationEnd;
}
