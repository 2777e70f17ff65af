/** System calls on the process itself: its end, its identity, signals, threads of which there is one. */

import { NANOSECONDS_PER_SECOND } from "../clocks.ts";
import { SyscallError } from "../errno.ts";
import { ExitSignal } from "../exit.ts";
import { IDENTITY } from "../identity.ts";
import type { Implementation, SystemCall } from "./call.ts";
import { waitForSignal } from "./ready.ts";
import { storeFields } from "./structures.ts";

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
      if (call.address(3) === 0) waitForSignal(call);
      throw new SyscallError("ETIMEDOUT");
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

export const setrlimit: Implementation = (call) => {
  call.memory.loadWord(call.address(1));
  return 0;
};

const SYSINFO_BYTES = 64;

/** `struct sysinfo`: one process; memory is what the guest may have, in bytes. */
export const sysinfo: Implementation = (call) => {
  const { layout, world } = call.process;
  const free = layout.maximumBytes - call.memory.size;
  storeFields(call.memory, call.address(0), SYSINFO_BYTES, [
    [0, 4, world.clock.now("monotonic") / NANOSECONDS_PER_SECOND],
    [16, 4, layout.maximumBytes],
    [20, 4, free],
    [40, 2, 1],
    [52, 4, 1],
  ]);
  return 0;
};

const PR_GET_DUMPABLE = 3;
const PR_SET_DUMPABLE = 4;
const PR_SET_NAME = 15;
const PR_GET_NAME = 16;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_GET_NO_NEW_PRIVS = 39;
const NAME_BYTES = 16;

export const prctl: Implementation = (call) => {
  switch (call.argument(0)) {
    case PR_SET_NAME: {
      const name = new Uint8Array(NAME_BYTES);
      for (let index = 0; index < NAME_BYTES - 1; index++) {
        const byte = call.memory.loadByte(call.address(1) + index);
        if (byte === 0) break;
        name[index] = byte;
      }
      call.process.threadName = name;
      return 0;
    }
    case PR_GET_NAME:
      call.memory.writeBytes(call.address(1), call.process.threadName);
      return 0;
    case PR_SET_NO_NEW_PRIVS:
    case PR_SET_DUMPABLE:
      return 0;
    case PR_GET_DUMPABLE:
      return 1;
    case PR_GET_NO_NEW_PRIVS:
      return 0;
    default:
      throw new SyscallError("EINVAL");
  }
};

/** One processor. Answers how many bytes of the set it wrote. */
export const schedGetaffinity: Implementation = (call) => {
  const WORD = 4;
  if (call.address(1) < WORD || call.address(1) % WORD !== 0) throw new SyscallError("EINVAL");
  call.memory.storeWord(call.address(2), 1);
  return WORD;
};

/** Groups besides the process's own: none. */
export const getgroups: Implementation = () => 0;

/** A user or group that is asked for three times: real, effective, saved. */
export const answerThrice =
  (value: number): Implementation =>
  (call) => {
    for (let index = 0; index < 3; index++) call.memory.storeWord(call.address(index), value);
    return 0;
  };

/** Becoming who one is already. */
export const become =
  (value: number): Implementation =>
  (call) => {
    const KEEP = -1;
    if (call.argument(0) !== value && call.argument(0) !== KEEP) throw new SyscallError("EPERM");
    return 0;
  };

/** There is no other process to ask about. */
export const ofOwnProcess =
  (value: number): Implementation =>
  (call) => {
    const process = call.argument(0);
    if (process !== 0 && process !== IDENTITY.process) throw new SyscallError("ESRCH");
    return value;
  };

/** No process was started: there is none to wait for. */
export const waitForChild: Implementation = () => {
  throw new SyscallError("ECHILD");
};

/** There is no network. */
export const refuseSocket: Implementation = () => {
  throw new SyscallError("EAFNOSUPPORT");
};

/** What programs ask for to see whether it is there, and do without. */
export const refuse: Implementation = () => {
  throw new SyscallError("ENOSYS");
};
