/** The state in which Linux starts a program: registers, and what lies on its stack ("System V ABI, MIPS supplement", 3-28). */

import { RecompilerError } from "../errors.ts";
import { SP } from "../machine.ts";
import type { MemoryLayout } from "../program.ts";
import { emptyRegisters } from "../register-file.ts";
import { IDENTITY } from "./identity.ts";
import type { GuestMemory } from "./memory.ts";

/** Auxiliary vector types (linux/auxvec.h). */
const AUXILIARY = {
  AT_NULL: 0,
  AT_PAGESZ: 6,
  AT_BASE: 7,
  AT_FLAGS: 8,
  AT_ENTRY: 9,
  AT_UID: 11,
  AT_EUID: 12,
  AT_GID: 13,
  AT_EGID: 14,
  AT_HWCAP: 16,
  AT_CLKTCK: 17,
  AT_SECURE: 23,
  AT_RANDOM: 25,
  AT_EXECFN: 31,
} as const;

export interface ProcessStart {
  readonly layout: MemoryLayout;
  readonly entry: number;
  /** The arguments, the program's own name first. */
  readonly args: readonly string[];
  /** `NAME=value` strings. */
  readonly env: readonly string[];
  /** 16 bytes for `AT_RANDOM`. */
  readonly random: Uint8Array;
}

/**
 * Puts arguments, environment and auxiliary vector on the stack.
 *
 * @returns the register file to start with: all zero but the stack pointer
 * @throws RecompilerError when arguments and environment take more than a quarter of the stack (Linux's E2BIG)
 */
export function startProcess(memory: GuestMemory, start: ProcessStart): Int32Array {
  const { layout } = start;
  const encoder = new TextEncoder();
  let pointer = layout.stackTop - 8;
  const limit = layout.stackTop - (layout.stackTop - layout.stackBottom) / 4;

  const push = (bytes: Uint8Array): number => {
    pointer -= bytes.length;
    if (pointer < limit) {
      throw new RecompilerError(
        "arguments_too_long",
        `program arguments: arguments and environment need more than ${layout.stackTop - limit} bytes, a quarter of ` +
          "the stack; give fewer of them or a larger stack",
      );
    }
    memory.writeBytes(pointer, bytes);
    return pointer;
  };
  const pushText = (text: string): number => push(encoder.encode(`${text}\0`));

  const programName = pushText(start.args[0] ?? "");
  const environment = start.env.map(pushText);
  const args = start.args.map(pushText);
  pointer -= pointer % 16;
  const random = push(start.random.slice(0, 16));

  const auxiliary: readonly (readonly [type: number, value: number])[] = [
    [AUXILIARY.AT_PAGESZ, 4096],
    [AUXILIARY.AT_BASE, 0],
    [AUXILIARY.AT_FLAGS, 0],
    [AUXILIARY.AT_ENTRY, start.entry],
    [AUXILIARY.AT_UID, IDENTITY.user],
    [AUXILIARY.AT_EUID, IDENTITY.user],
    [AUXILIARY.AT_GID, IDENTITY.group],
    [AUXILIARY.AT_EGID, IDENTITY.group],
    [AUXILIARY.AT_HWCAP, 0],
    [AUXILIARY.AT_CLKTCK, 100],
    [AUXILIARY.AT_SECURE, 0],
    [AUXILIARY.AT_RANDOM, random],
    [AUXILIARY.AT_EXECFN, programName],
    [AUXILIARY.AT_NULL, 0],
  ];
  const words = [args.length, ...args, 0, ...environment, 0, ...auxiliary.flat()];
  pointer -= words.length * 4;
  pointer -= pointer % 16;
  for (const [index, word] of words.entries()) memory.storeWord(pointer + index * 4, word);

  const registers = emptyRegisters();
  registers[SP] = pointer;
  return registers;
}
