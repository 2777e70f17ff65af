/** Which signal Linux on MIPS ends a program with that does what it may not (arch/mips/kernel/traps.c, unaligned.c; asm/signal.h). */

import type { GuestTrap } from "../machine.ts";

// biome-ignore format: a table, by number
const NAMES = [
  "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGEMT", "SIGFPE", "SIGKILL", "SIGBUS", "SIGSEGV", "SIGSYS",
  "SIGPIPE", "SIGALRM", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPWR", "SIGWINCH", "SIGURG", "SIGIO", "SIGSTOP", "SIGTSTP",
  "SIGCONT", "SIGTTIN", "SIGTTOU", "SIGVTALRM", "SIGPROF", "SIGXCPU", "SIGXFSZ",
] as const;

export const SIGKILL = 9;
export const SIGALRM = 14;
export const SIGSTOP = 23;
const [SIGILL, SIGTRAP, SIGFPE, SIGBUS, SIGSEGV] = [4, 5, 8, 10, 11];

/** `SIGSEGV`; `signal 40` for those of real time. */
export function signalName(signal: number): string {
  return NAMES[signal] || `signal ${signal}`;
}

/** The word at an address of the program, where there is one. */
export type WordAt = (address: number) => number | undefined;

/**
 * The signal that ends a program at a trap.
 *
 * @param wordAt reads the instruction: its code tells a division by zero from a breakpoint
 * @returns undefined where the program has done nothing wrong: its code is there, but was not lifted
 */
export function signalOf({ kind, address }: Pick<GuestTrap, "kind" | "address">, wordAt: WordAt): number | undefined {
  switch (kind) {
    case "memory_fault":
    case "stack_exhausted":
      return SIGSEGV;
    case "address_error":
      return SIGBUS;
    case "integer_overflow":
    case "floating_point":
      return SIGFPE;
    case "reserved_instruction":
      return SIGILL;
    case "trap":
    case "breakpoint":
      return isArithmetic(address === undefined ? undefined : wordAt(address)) ? SIGFPE : SIGTRAP;
    case "unknown_target":
      return signalOfTarget(address, wordAt);
    case "unlifted":
    case "return_elsewhere":
      return undefined;
  }
}

/** What Linux never maps for a program: a jump through a null pointer ends there. */
const FIRST_PAGE_END = 0x1000;

function signalOfTarget(address: number | undefined, wordAt: WordAt): number | undefined {
  if (address === undefined) return undefined;
  if ((address & 3) !== 0) return SIGBUS;
  return address < FIRST_PAGE_END || wordAt(address) === undefined ? SIGSEGV : undefined;
}

/** What compilers and assemblers write behind `break` and `teq` (asm/break.h): overflow, division by zero. */
const ARITHMETIC_CODES: ReadonlySet<number> = new Set([6, 7]);

const SPECIAL = 0;
const BREAK = 0x0d;
const FIRST_TRAP = 0x30;
const LAST_TRAP = 0x36;

function isArithmetic(word: number | undefined): boolean {
  // Traps with an immediate carry no code.
  if (word === undefined || word >>> 26 !== SPECIAL) return false;
  const instruction = word & 0x3f;
  if (instruction >= FIRST_TRAP && instruction <= LAST_TRAP) return ARITHMETIC_CODES.has((word >>> 6) & 0x3ff);
  if (instruction !== BREAK) return false;
  // Assemblers of old put the code ten bits too far left.
  const code = (word >>> 6) & 0xfffff;
  return (
    ARITHMETIC_CODES.has(code) || (code >= 1 << 10 && ARITHMETIC_CODES.has(((code & 0x3ff) << 10) | (code >>> 10)))
  );
}
