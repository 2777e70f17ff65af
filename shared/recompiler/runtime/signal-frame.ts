/** What Linux puts on the stack of a program whose handler it calls (arch/mips/kernel/signal.c; asm/sigcontext.h, asm/ucontext.h, o32). */

import { A0, RA, SP } from "../machine.ts";
import { HI, LO, REGISTER_COUNT } from "../register-file.ts";
import { IDENTITY } from "./identity.ts";
import type { GuestMemory } from "./memory.ts";
import type { RegisterFile } from "./registers.ts";
import type { SentSignal, SignalAction, SignalState } from "./signal-state.ts";
import { loadMask, storeLong, storeMask } from "./syscalls/structures.ts";

const SA_SIGINFO = 0x8;
const SA_ONSTACK = 0x0800_0000;

/**
 * Where a handler returns to: no code of the program's is there. Linux has two instructions there that make the call `rt_sigreturn`; here whoever
 * runs the program sees that the handler is done.
 */
export const SIGNAL_RETURN = 0x7fff_7000;

/** Bytes: of the structures with `siginfo` and `ucontext`, and of the older one without. */
const LONG_FRAME = { bytes: 784, information: 24, context: 176, mask: 768 } as const;
const SHORT_FRAME = { bytes: 632, context: 24, mask: 616 } as const;

/** In `struct sigcontext`: 64 bits each. */
const PROGRAM_COUNTER = 8;
const REGISTERS = 16;
const HIGH = 552;
const LOW = 560;

const GENERAL_REGISTERS = 32;
const T9 = 25;

/** A handler that runs: what is put back when it is done. */
export interface SignalFrame {
  readonly address: number;
  /** Of the guest's memory: the `struct sigcontext`, and the blocked signals. */
  readonly context: number;
  readonly mask: number;
  /** The register file as it was; general registers are taken from memory, where the handler may have changed them. */
  readonly registers: Int32Array;
  /** The call that is made again when the handler is done. */
  readonly restarts: boolean;
}

function alternateTop({ alternateStack }: SignalState, { flags }: SignalAction, pointer: number): number {
  const isWanted = (flags & SA_ONSTACK) !== 0 && alternateStack.size > 0;
  const isThere = pointer > alternateStack.address && pointer - alternateStack.address <= alternateStack.size;
  return isWanted && !isThere ? alternateStack.address + alternateStack.size : pointer;
}

/**
 * Puts a frame on the stack and sets the registers as a handler finds them.
 *
 * @param blocked the signals that are blocked once the handler is done
 * @throws GuestTrap where there is no room for it in memory
 */
export function enterHandler(
  memory: GuestMemory,
  registers: RegisterFile,
  state: SignalState,
  { signal, code }: SentSignal,
  action: SignalAction,
  { blocked, restarts }: { readonly blocked: bigint; readonly restarts: boolean },
): SignalFrame {
  const isLong = (action.flags & SA_SIGINFO) !== 0;
  const shape = isLong ? LONG_FRAME : SHORT_FRAME;
  const pointer = alternateTop(state, action, registers.get(SP) >>> 0);
  // Room for what the interrupted function may keep below its stack, as Linux leaves it.
  const address = (pointer - 32 - shape.bytes) & ~7;
  const kept = new Int32Array(REGISTER_COUNT);
  for (const register of kept.keys()) kept[register] = registers.get(register);

  memory.fillZero(address, shape.bytes);
  if (isLong) {
    const information = address + LONG_FRAME.information;
    const words = [signal, code, 0, IDENTITY.process, IDENTITY.user];
    for (const [index, word] of words.entries()) memory.storeWord(information + index * 4, word);
    const { alternateStack } = state;
    const stack = [alternateStack.address, alternateStack.size, alternateStack.size === 0 ? 2 : 0];
    const links = LONG_FRAME.context - 16;
    for (const [index, word] of stack.entries()) memory.storeWord(address + links + index * 4, word);
  }
  const context = address + shape.context;
  for (let register = 1; register < GENERAL_REGISTERS; register++) {
    storeLong(memory, context + REGISTERS + register * 8, BigInt(kept[register]!));
  }
  storeLong(memory, context + HIGH, BigInt(kept[HI]!));
  storeLong(memory, context + LOW, BigInt(kept[LO]!));
  storeMask(memory, address + shape.mask, blocked);

  registers.set(A0, signal);
  registers.set(A0 + 1, isLong ? address + LONG_FRAME.information : 0);
  registers.set(A0 + 2, isLong ? context - 24 : context);
  registers.set(SP, address);
  registers.set(RA, SIGNAL_RETURN | 0);
  registers.set(T9, action.handler | 0);
  return { address, context, mask: address + shape.mask, registers: kept, restarts };
}

/**
 * Puts back what a handler was called over.
 *
 * @returns the signals that are blocked from now on; undefined where the handler has set the program to go on elsewhere
 */
export function leaveHandler(memory: GuestMemory, registers: RegisterFile, frame: SignalFrame): bigint | undefined {
  const { context } = frame;
  const low = memory.endianness === "big" ? 4 : 0;
  if (memory.loadWord(context + PROGRAM_COUNTER + low) !== 0) return undefined;
  for (const [register, value] of frame.registers.entries()) registers.set(register, value);
  for (let register = 1; register < GENERAL_REGISTERS; register++) {
    registers.set(register, memory.loadWord(context + REGISTERS + register * 8 + low));
  }
  registers.set(HI, memory.loadWord(context + HIGH + low));
  registers.set(LO, memory.loadWord(context + LOW + low));
  return loadMask(memory, frame.mask);
}
