/** System calls on signals (asm/signal.h, asm/siginfo.h). */

import { NANOSECONDS_PER_SECOND } from "../clocks.ts";
import { SyscallError } from "../errno.ts";
import { IDENTITY } from "../identity.ts";
import { SIGKILL, SIGSTOP } from "../signals.ts";
import type { Implementation, SystemCall } from "./call.ts";
import { raiseSignal, SI_TKILL, SI_USER } from "./raise.ts";
import { waitForSignal } from "./ready.ts";
import { loadMask, storeMask } from "./structures.ts";

const HIGHEST_SIGNAL = 127;
const MASK_BYTES = 16;

/** The kernel's `struct sigaction` on o32: flags, handler, 128 bits of mask. */
export const rtSigaction: Implementation = (call) => {
  const signal = call.argument(0);
  const { signals } = call.process;
  if (call.argument(3) !== MASK_BYTES) throw new SyscallError("EINVAL");
  if (signal < 1 || signal > HIGHEST_SIGNAL) throw new SyscallError("EINVAL");
  const before = signals.action(signal);
  const given = call.address(1);
  if (given !== 0) {
    if (signal === SIGKILL || signal === SIGSTOP) throw new SyscallError("EINVAL");
    signals.setAction(signal, {
      flags: call.memory.loadWord(given),
      handler: call.memory.loadWord(given + 4) >>> 0,
      mask: loadMask(call.memory, given + 8),
    });
  }
  const answer = call.address(2);
  if (answer !== 0) {
    call.memory.storeWord(answer, before.flags);
    call.memory.storeWord(answer + 4, before.handler);
    storeMask(call.memory, answer + 8, before.mask);
  }
  return 0;
};

/** How a new set changes the blocked signals, by `how`: SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK (asm/signal.h). */
const MASK_CHANGES: Readonly<Record<number, (blocked: bigint, given: bigint) => bigint>> = {
  1: (blocked, given) => blocked | given,
  2: (blocked, given) => blocked & ~given,
  3: (_, given) => given,
};

export const rtSigprocmask: Implementation = (call) => {
  const { signals } = call.process;
  const before = signals.blocked;
  if (call.argument(3) !== MASK_BYTES) throw new SyscallError("EINVAL");
  if (call.address(1) !== 0) {
    const change = MASK_CHANGES[call.argument(0)];
    if (change === undefined) throw new SyscallError("EINVAL");
    signals.blocked = change(before, loadMask(call.memory, call.address(1)));
  }
  if (call.address(2) !== 0) storeMask(call.memory, call.address(2), before);
  return 0;
};

export const rtSigpending: Implementation = (call) => {
  if (call.address(1) > MASK_BYTES) throw new SyscallError("EINVAL");
  const { signals } = call.process;
  storeMask(call.memory, call.address(0), signals.pending & signals.blocked);
  return 0;
};

/** Processes that there are besides, and everybody (-1). */
const OTHERS: ReadonlySet<number> = new Set([1, -1, IDENTITY.parent]);

/** Sends this process a signal; no other can be reached. */
function raise(call: SystemCall, receiver: number, signal: number, code: number): number {
  const isOwn = receiver === IDENTITY.process || receiver === 0 || receiver === -IDENTITY.process;
  if (signal < 0 || signal > HIGHEST_SIGNAL + 1) throw new SyscallError("EINVAL");
  if (!isOwn) throw new SyscallError(OTHERS.has(receiver) ? "EPERM" : "ESRCH");
  if (signal > 0) raiseSignal(call.process, signal, code);
  return 0;
}

export const kill: Implementation = (call) => raise(call, call.argument(0), call.argument(1), SI_USER);

export const tkill: Implementation = (call) => raise(call, call.argument(0), call.argument(1), SI_TKILL);

export const tgkill: Implementation = (call) => raise(call, call.argument(1), call.argument(2), SI_TKILL);

export const pause: Implementation = (call) => waitForSignal(call);

/** Waits with other signals blocked; the old ones are again when a handler has run. */
export const rtSigsuspend: Implementation = (call) => {
  if (call.argument(1) !== MASK_BYTES) throw new SyscallError("EINVAL");
  const { signals } = call.process;
  const before = signals.blocked;
  signals.blocked = loadMask(call.memory, call.address(0));
  signals.blockedAfter = before;
  return waitForSignal(call);
};

const SS_ONSTACK = 1;
const SS_DISABLE = 2;
const SMALLEST_STACK = 2048;

/** `stack_t`: address, size, flags. */
export const sigaltstack: Implementation = (call) => {
  const { signals } = call.process;
  const { address, size } = signals.alternateStack;
  const pointer = call.stackPointer;
  const isOn = size > 0 && pointer > address && pointer - address <= size;
  const [given, answer] = [call.address(0), call.address(1)];
  const before = [address, size, size === 0 ? SS_DISABLE : isOn ? SS_ONSTACK : 0];
  if (given !== 0) {
    const flags = call.memory.loadWord(given + 8);
    if (isOn) throw new SyscallError("EPERM");
    if ((flags & ~(SS_ONSTACK | SS_DISABLE)) !== 0) throw new SyscallError("EINVAL");
    const bytes = call.memory.loadWord(given + 4) >>> 0;
    if ((flags & SS_DISABLE) !== 0) signals.alternateStack = { address: 0, size: 0 };
    else if (bytes < SMALLEST_STACK) throw new SyscallError("ENOMEM");
    else signals.alternateStack = { address: call.memory.loadWord(given) >>> 0, size: bytes };
  }
  if (answer !== 0) for (const [index, word] of before.entries()) call.memory.storeWord(answer + index * 4, word);
  return 0;
};

const NANOSECONDS_PER_MICROSECOND = 1000n;

/** Nanoseconds until the timer is due; 0 where none is set. */
function timeLeft({ process: { signals, world } }: SystemCall): bigint {
  if (signals.timer === undefined) return 0n;
  const left = signals.timer.due - world.clock.now("monotonic");
  return left > 0n ? left : 1n;
}

function setTimer({ process: { signals, world } }: SystemCall, left: bigint, interval: bigint): void {
  signals.timer = left === 0n ? undefined : { due: world.clock.now("monotonic") + left, interval };
}

/** SIGALRM comes with the first system call after so many seconds; a sleep is cut short. */
export const alarm: Implementation = (call) => {
  const left = timeLeft(call);
  setTimer(call, BigInt(call.address(0)) * NANOSECONDS_PER_SECOND, 0n);
  // As Linux: to the nearest second, but not to none.
  return left === 0n ? 0 : Number((left + NANOSECONDS_PER_SECOND / 2n) / NANOSECONDS_PER_SECOND) || 1;
};

const ITIMER_REAL = 0;

/** `struct timeval`. */
function loadTime({ memory }: SystemCall, address: number): bigint {
  const [seconds, microseconds] = [memory.loadWord(address), memory.loadWord(address + 4)];
  if (seconds < 0 || microseconds < 0 || microseconds > 999_999) throw new SyscallError("EINVAL");
  return BigInt(seconds) * NANOSECONDS_PER_SECOND + BigInt(microseconds) * NANOSECONDS_PER_MICROSECOND;
}

function storeTimer(call: SystemCall, address: number): void {
  const times = [call.process.signals.timer?.interval ?? 0n, timeLeft(call)];
  for (const [index, time] of times.entries()) {
    call.memory.storeWord(address + index * 8, Number(time / NANOSECONDS_PER_SECOND));
    const rest = (time % NANOSECONDS_PER_SECOND) / NANOSECONDS_PER_MICROSECOND;
    call.memory.storeWord(address + index * 8 + 4, Number(rest));
  }
}

/** Timers of processor time are not kept: a program's own is not measured. */
function expectReal(call: SystemCall): void {
  if (call.argument(0) !== ITIMER_REAL) throw new SyscallError("EINVAL");
}

export const getitimer: Implementation = (call) => {
  expectReal(call);
  storeTimer(call, call.address(1));
  return 0;
};

export const setitimer: Implementation = (call) => {
  expectReal(call);
  const given = call.address(1);
  const [interval, left] = given === 0 ? [0n, 0n] : [loadTime(call, given), loadTime(call, given + 8)];
  if (call.address(2) !== 0) storeTimer(call, call.address(2));
  setTimer(call, left, interval);
  return 0;
};
