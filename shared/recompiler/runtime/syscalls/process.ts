/** System calls on the process itself: its end, its identity, signals, threads of which there is one. */

import { SyscallError } from "../errno.ts";
import { ExitSignal } from "../exit.ts";
import { IDENTITY } from "../identity.ts";
import type { Implementation, SystemCall } from "./call.ts";

export const succeed: Implementation = () => 0;

export const answer =
  (value: number): Implementation =>
  () =>
    value;

export const exit: Implementation = (call) => {
  throw new ExitSignal(call.argument(0));
};

/** `struct new_utsname`: six texts of 65 bytes. */
export const uname: Implementation = (call) => {
  const bytes = new Uint8Array(6 * 65);
  for (const [index, text] of IDENTITY.system.entries()) bytes.set(new TextEncoder().encode(text), index * 65);
  call.memory.writeBytes(call.address(0), bytes);
  return 0;
};

export const setThreadArea: Implementation = (call) => {
  call.process.threadPointer = call.argument(0);
  return 0;
};

/** The kernel's `struct sigaction` on o32: flags, handler, 128 bits of mask. */
const SIGACTION_BYTES = 24;
const HIGHEST_SIGNAL = 128;
const SIGKILL = 9;
const SIGSTOP = 23;

/** Handlers are kept and answered, and never run: nothing here raises a signal but the program itself. */
export const rtSigaction: Implementation = (call) => {
  const signal = call.argument(0);
  const { signalActions } = call.process;
  if (signal < 1 || signal > HIGHEST_SIGNAL) throw new SyscallError("EINVAL");
  const before = signalActions.get(signal) ?? new Uint8Array(SIGACTION_BYTES);
  if (call.address(1) !== 0) {
    if (signal === SIGKILL || signal === SIGSTOP) throw new SyscallError("EINVAL");
    signalActions.set(signal, call.memory.readBytes(call.address(1), SIGACTION_BYTES));
  }
  if (call.address(2) !== 0) call.memory.writeBytes(call.address(2), before);
  return 0;
};

const SIGNAL_SET_BYTES = 16;

/** How a new set changes the blocked signals, by `how`: SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK (asm/signal.h). */
const MASK_CHANGES: Readonly<Record<number, (blocked: number, given: number) => number>> = {
  1: (blocked, given) => blocked | given,
  2: (blocked, given) => blocked & ~given,
  3: (_, given) => given,
};

export const rtSigprocmask: Implementation = (call) => {
  const before = call.process.signalMask;
  if (call.argument(3) !== SIGNAL_SET_BYTES) throw new SyscallError("EINVAL");
  if (call.address(1) !== 0) {
    const change = MASK_CHANGES[call.argument(0)];
    if (change === undefined) throw new SyscallError("EINVAL");
    const given = call.memory.readBytes(call.address(1), SIGNAL_SET_BYTES);
    call.process.signalMask = before.map((byte, index) => change(byte, given[index]!));
  }
  if (call.address(2) !== 0) call.memory.writeBytes(call.address(2), before);
  return 0;
};

const SIG_IGN = 1;

/** Signals whose default is to be ignored: SIGCHLD, SIGWINCH, SIGURG, SIGCONT (asm/signal.h). */
const HARMLESS_SIGNALS: ReadonlySet<number> = new Set([0, 18, 20, 21, 25]);

function isIgnored(call: SystemCall, signal: number): boolean {
  const action = call.process.signalActions.get(signal);
  if (action === undefined) return HARMLESS_SIGNALS.has(signal);
  const handler = new DataView(action.buffer, action.byteOffset).getUint32(4, call.memory.endianness === "little");
  return handler === SIG_IGN || (handler === 0 && HARMLESS_SIGNALS.has(signal));
}

/** A signal the program sends itself ends it, unless it is ignored: handlers are not run. */
function raise(call: SystemCall, receiver: number, signal: number): number {
  const isOwn = receiver === IDENTITY.process || receiver === 0 || receiver === -IDENTITY.process;
  if (!isOwn) throw new SyscallError("EPERM");
  if (signal < 0 || signal > HIGHEST_SIGNAL) throw new SyscallError("EINVAL");
  if (isIgnored(call, signal)) return 0;
  throw ExitSignal.ofSignal(signal);
}

export const kill: Implementation = (call) => raise(call, call.argument(0), call.argument(1));

export const tgkill: Implementation = (call) => raise(call, call.argument(1), call.argument(2));

const FUTEX_COMMAND = 0x7f;
const FUTEX_WAIT = 0;
const FUTEX_WAKE = 1;
const FUTEX_WAIT_BITSET = 9;
const FUTEX_WAKE_BITSET = 10;

/** With one thread nobody can be woken, and whoever waits for a change would wait for ever. */
export const futex: Implementation = (call) => {
  switch (call.argument(1) & FUTEX_COMMAND) {
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
      return 0;
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
      if (call.memory.loadWord(call.address(0)) !== call.argument(2)) throw new SyscallError("EAGAIN");
      throw new SyscallError(call.address(3) === 0 ? "EDEADLK" : "ETIMEDOUT");
    default:
      throw new SyscallError("ENOSYS");
  }
};

const RLIMIT_STACK = 3;
const RLIMIT_INFINITY = 0x7fffffff;

function limitOf(call: SystemCall, resource: number): number {
  const { layout } = call.process;
  return resource === RLIMIT_STACK ? layout.stackTop - layout.stackBottom : RLIMIT_INFINITY;
}

export const getrlimit: Implementation = (call) => {
  const limit = limitOf(call, call.argument(0));
  call.memory.storeWord(call.address(1), limit);
  call.memory.storeWord(call.address(1) + 4, limit);
  return 0;
};

/** Limits as 64 bits each; new ones are accepted and change nothing. */
export const prlimit64: Implementation = (call) => {
  if (call.address(3) === 0) return 0;
  const limit = limitOf(call, call.argument(1));
  const [high, low] = limit === RLIMIT_INFINITY ? [-1, -1] : [0, limit];
  const words = call.memory.endianness === "big" ? [high, low, high, low] : [low, high, low, high];
  for (const [index, word] of words.entries()) call.memory.storeWord(call.address(3) + index * 4, word);
  return 0;
};
