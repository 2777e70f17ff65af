/** System calls on time, and randomness. */

import { NANOSECONDS_PER_SECOND } from "../clocks.ts";
import { SyscallError } from "../errno.ts";
import type { GuestClockName } from "../ports.ts";
import type { Implementation, SystemCall } from "./call.ts";
import { loadLong, storeLong } from "./structures.ts";

/** Clock numbers of linux/time.h. */
const CLOCKS: readonly GuestClockName[] = [
  "realtime",
  "monotonic",
  "processor",
  "processor",
  "monotonic",
  "realtime",
  "monotonic",
  "monotonic",
];

function clockAt(call: SystemCall, index: number): GuestClockName {
  const clock = CLOCKS[call.argument(index)];
  if (clock === undefined) throw new SyscallError("EINVAL");
  return clock;
}

/** Stores seconds and the rest of a second, `unit` nanoseconds each: `struct timespec` or `struct timeval`. */
function storeTime(call: SystemCall, address: number, nanoseconds: bigint, unit: bigint): void {
  call.memory.storeWord(address, Number(nanoseconds / NANOSECONDS_PER_SECOND));
  call.memory.storeWord(address + 4, Number((nanoseconds % NANOSECONDS_PER_SECOND) / unit));
}

export const time: Implementation = (call) => {
  const seconds = Number(call.process.world.clock.now("realtime") / NANOSECONDS_PER_SECOND);
  if (call.address(0) !== 0) call.memory.storeWord(call.address(0), seconds);
  return seconds;
};

export const gettimeofday: Implementation = (call) => {
  if (call.address(0) !== 0) storeTime(call, call.address(0), call.process.world.clock.now("realtime"), 1000n);
  if (call.address(1) !== 0) call.memory.writeBytes(call.address(1), new Uint8Array(8));
  return 0;
};

export const clockGettime: Implementation = (call) => {
  storeTime(call, call.address(1), call.process.world.clock.now(clockAt(call, 0)), 1n);
  return 0;
};

export const clockGettime64: Implementation = (call) => {
  const now = call.process.world.clock.now(clockAt(call, 0));
  storeLong(call.memory, call.address(1), now / NANOSECONDS_PER_SECOND);
  storeLong(call.memory, call.address(1) + 8, now % NANOSECONDS_PER_SECOND);
  return 0;
};

export const clockGetres: Implementation = (call) => {
  clockAt(call, 0);
  if (call.address(1) !== 0) storeTime(call, call.address(1), 1n, 1n);
  return 0;
};

export const clockGetresTime64: Implementation = (call) => {
  clockAt(call, 0);
  if (call.address(1) !== 0) {
    storeLong(call.memory, call.address(1), 0n);
    storeLong(call.memory, call.address(1) + 8, 1n);
  }
  return 0;
};

/** Two words, or two of 64 bits. */
function loadDuration(call: SystemCall, address: number, isWide: boolean): bigint {
  const seconds = isWide ? loadLong(call.memory, address) : BigInt(call.memory.loadWord(address));
  const nanoseconds = isWide ? loadLong(call.memory, address + 8) : BigInt(call.memory.loadWord(address + 4));
  if (seconds < 0n || nanoseconds < 0n || nanoseconds >= NANOSECONDS_PER_SECOND) throw new SyscallError("EINVAL");
  return seconds * NANOSECONDS_PER_SECOND + nanoseconds;
}

/** Sleeps so long; a timer's signal ends it, and what is left is told. */
function sleepFor(call: SystemCall, nanoseconds: bigint, rest: number, isWide: boolean): number {
  const { signals, world } = call.process;
  const left = signals.sleep(world.clock, nanoseconds);
  if (left === undefined) return 0;
  if (rest !== 0 && isWide) {
    storeLong(call.memory, rest, left / NANOSECONDS_PER_SECOND);
    storeLong(call.memory, rest + 8, left % NANOSECONDS_PER_SECOND);
  } else if (rest !== 0) storeTime(call, rest, left, 1n);
  throw new SyscallError("EINTR");
}

export const nanosleep: Implementation = (call) =>
  sleepFor(call, loadDuration(call, call.address(0), false), call.address(1), false);

const TIMER_ABSTIME = 1;

const clockNanosleepWith =
  (isWide: boolean): Implementation =>
  (call) => {
    const clock = clockAt(call, 0);
    const time = loadDuration(call, call.address(2), isWide);
    if ((call.argument(1) & TIMER_ABSTIME) === 0) return sleepFor(call, time, call.address(3), isWide);
    const left = time - call.process.world.clock.now(clock);
    return left > 0n ? sleepFor(call, left, 0, isWide) : 0;
  };

export const clockNanosleep = clockNanosleepWith(false);
export const clockNanosleepTime64 = clockNanosleepWith(true);

const RUSAGE_BYTES = 72;

/** All processor time is the process's own; nothing else is counted. */
export const getrusage: Implementation = (call) => {
  const who = call.argument(0);
  const RUSAGE_CHILDREN = -1;
  if (who < RUSAGE_CHILDREN || who > 1) throw new SyscallError("EINVAL");
  call.memory.writeBytes(call.address(1), new Uint8Array(RUSAGE_BYTES));
  if (who !== RUSAGE_CHILDREN) storeTime(call, call.address(1), call.process.world.clock.now("processor"), 1000n);
  return 0;
};

const TICKS_PER_SECOND = 100n;

/** `times`: all processor time is the process's own. */
export const times: Implementation = (call) => {
  const ticksOf = (clock: GuestClockName): number =>
    Number(BigInt.asIntN(32, (call.process.world.clock.now(clock) * TICKS_PER_SECOND) / NANOSECONDS_PER_SECOND));
  if (call.address(0) !== 0) {
    const spent = [ticksOf("processor"), 0, 0, 0];
    for (const [index, value] of spent.entries()) call.memory.storeWord(call.address(0) + index * 4, value);
  }
  return ticksOf("monotonic");
};

/** Linux never gives more than this at once. */
const LONGEST_RANDOM = 0x1ffffff;

export const getrandom: Implementation = (call) => {
  const length = Math.min(call.address(1), LONGEST_RANDOM);
  if (call.address(0) + length > call.memory.base + call.memory.size) throw new SyscallError("EFAULT");
  const bytes = new Uint8Array(length);
  call.process.world.randomness.fill(bytes);
  call.memory.writeBytes(call.address(0), bytes);
  return length;
};
