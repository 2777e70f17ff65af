/** System calls that wait until one of several files is ready: `poll`, `select` and their kin (asm/poll.h). */

import { NANOSECONDS_PER_SECOND } from "../clocks.ts";
import { SyscallError } from "../errno.ts";
import { ExitSignal } from "../exit.ts";
import type { Implementation, SystemCall } from "./call.ts";
import { readinessOf } from "./ready.ts";
import { loadLong, storeFields } from "./structures.ts";

const POLLIN = 0x1;
const POLLOUT = 0x4;
const POLLERR = 0x8;
const POLLHUP = 0x10;
const POLLNVAL = 0x20;
const POLLRDNORM = 0x40;
const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | 0x100;

const MOST_POLLED = 1024;

/** Of an open description, what `poll` says of it, asked or not. */
function eventsOf(call: SystemCall, descriptor: number): number {
  const description = call.process.descriptors.description(descriptor);
  const { readable, writable, isHungUp } = readinessOf(description);
  const hungUp = isHungUp ? ((description.flags & 3) === 1 ? POLLERR : POLLHUP) : 0;
  return (readable ? READABLE : 0) | (writable ? WRITABLE : 0) | hungUp;
}

/**
 * Nothing becomes ready while a process of one thread waits: it waits until its time is up, or a timer's signal comes.
 *
 * @param timeout nanoseconds; undefined for ever
 */
function waitOut(call: SystemCall, timeout: bigint | undefined): void {
  const { signals, world } = call.process;
  if (timeout === undefined) {
    if (!signals.sleepUntilTimer(world.clock)) throw ExitSignal.ofDeadlock();
    throw new SyscallError("EINTR");
  }
  if (timeout > 0n && signals.sleep(world.clock, timeout) !== undefined) throw new SyscallError("EINTR");
}

/** `struct pollfd`: descriptor, events, what came. */
function pollOnce(call: SystemCall, address: number, count: number): number {
  let ready = 0;
  for (let entry = address; entry < address + count * 8; entry += 8) {
    const descriptor = call.memory.loadWord(entry);
    const wanted = call.memory.loadHalf(entry + 4) | POLLERR | POLLHUP;
    let found = 0;
    if (descriptor >= 0) {
      try {
        found = eventsOf(call, descriptor) & wanted;
      } catch (error) {
        if (!(error instanceof SyscallError)) throw error;
        found = POLLNVAL;
      }
    }
    call.memory.storeHalf(entry + 6, found);
    if (found !== 0) ready++;
  }
  return ready;
}

function pollFor(call: SystemCall, timeout: bigint | undefined): number {
  const count = call.address(1);
  if (count > MOST_POLLED) throw new SyscallError("EINVAL");
  const ready = pollOnce(call, call.address(0), count);
  if (ready === 0) waitOut(call, timeout);
  return ready;
}

export const poll: Implementation = (call) => {
  const milliseconds = call.argument(2);
  return pollFor(call, milliseconds < 0 ? undefined : BigInt(milliseconds) * 1_000_000n);
};

/** A `struct timespec` of either width, or of microseconds; no address is for ever. */
function durationAt(
  call: SystemCall,
  address: number,
  unit: "nanoseconds" | "microseconds" | "wide",
): bigint | undefined {
  if (address === 0) return undefined;
  const [seconds, rest] =
    unit === "wide"
      ? [loadLong(call.memory, address), loadLong(call.memory, address + 8)]
      : [BigInt(call.memory.loadWord(address)), BigInt(call.memory.loadWord(address + 4))];
  const nanoseconds = unit === "microseconds" ? rest * 1000n : rest;
  if (seconds < 0n || nanoseconds < 0n || nanoseconds >= NANOSECONDS_PER_SECOND) throw new SyscallError("EINVAL");
  return seconds * NANOSECONDS_PER_SECOND + nanoseconds;
}

export const ppoll: Implementation = (call) => pollFor(call, durationAt(call, call.address(2), "nanoseconds"));
export const ppollTime64: Implementation = (call) => pollFor(call, durationAt(call, call.address(2), "wide"));

/** What each of the three sets of `select` asks for. */
const ASKED = [READABLE | POLLHUP, WRITABLE | POLLERR, 0] as const;
const BITS = 32;

function selectFor(call: SystemCall, timeout: bigint | undefined): number {
  const count = call.argument(0);
  if (count < 0) throw new SyscallError("EINVAL");
  const words = Math.ceil(Math.min(count, MOST_POLLED) / BITS);
  const sets = ASKED.map((asked, index) => {
    const address = call.address(index + 1);
    const wanted = Array.from({ length: address === 0 ? 0 : words }, (_, word) =>
      call.memory.loadWord(address + word * 4),
    );
    return { asked, address, wanted };
  });
  let ready = 0;
  const found = sets.map(({ asked, address, wanted }) => ({
    address,
    words: wanted.map((word, index) => {
      let bits = 0;
      for (let bit = 0; bit < BITS && index * BITS + bit < count; bit++) {
        if (((word >>> bit) & 1) === 0 || (eventsOf(call, index * BITS + bit) & asked) === 0) continue;
        bits |= 1 << bit;
        ready++;
      }
      return bits;
    }),
  }));
  if (ready === 0) waitOut(call, timeout);
  for (const { address, words } of found) {
    for (const [index, word] of words.entries()) call.memory.storeWord(address + index * 4, word);
  }
  return ready;
}

/** Linux tells in the time given how much of it is left. */
export const select: Implementation = (call) => {
  const address = call.address(4);
  const ready = selectFor(call, durationAt(call, address, "microseconds"));
  if (address !== 0 && ready === 0) storeFields(call.memory, address, 8, []);
  return ready;
};
export const pselect6: Implementation = (call) => selectFor(call, durationAt(call, call.address(4), "nanoseconds"));
export const pselect6Time64: Implementation = (call) => selectFor(call, durationAt(call, call.address(4), "wide"));
