/** System calls on time, and randomness. */

import { SyscallError } from "../errno.ts";
import type { GuestClockName } from "../ports.ts";
import type { Implementation, SystemCall } from "./call.ts";

const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/** Clock numbers of linux/time.h; the CPU clocks follow the monotonic one. */
const CLOCKS: readonly GuestClockName[] = [
  "realtime",
  "monotonic",
  "monotonic",
  "monotonic",
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

/** Stores 64 bits in guest order. */
function storeLong(call: SystemCall, address: number, value: bigint): void {
  const [high, low] = [Number(BigInt.asIntN(32, value >> 32n)), Number(BigInt.asIntN(32, value))];
  const isBig = call.memory.endianness === "big";
  call.memory.storeWord(address, isBig ? high : low);
  call.memory.storeWord(address + 4, isBig ? low : high);
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
  storeLong(call, call.address(1), now / NANOSECONDS_PER_SECOND);
  storeLong(call, call.address(1) + 8, now % NANOSECONDS_PER_SECOND);
  return 0;
};

export const clockGetres: Implementation = (call) => {
  clockAt(call, 0);
  if (call.address(1) !== 0) storeTime(call, call.address(1), 1n, 1n);
  return 0;
};

export const nanosleep: Implementation = (call) => {
  const seconds = BigInt(call.memory.loadWord(call.address(0)));
  const nanoseconds = BigInt(call.memory.loadWord(call.address(0) + 4));
  if (seconds < 0n || nanoseconds < 0n || nanoseconds >= NANOSECONDS_PER_SECOND) throw new SyscallError("EINVAL");
  call.process.world.clock.sleep(seconds * NANOSECONDS_PER_SECOND + nanoseconds);
  return 0;
};

const TICKS_PER_SECOND = 100n;

/** `times`: all processor time is the process's own. */
export const times: Implementation = (call) => {
  const ticks = (call.process.world.clock.now("monotonic") * TICKS_PER_SECOND) / NANOSECONDS_PER_SECOND;
  const word = Number(BigInt.asIntN(32, ticks));
  if (call.address(0) !== 0) {
    for (const [index, value] of [word, 0, 0, 0].entries()) call.memory.storeWord(call.address(0) + index * 4, value);
  }
  return word;
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
