/** Time and randomness for a guest: the host's, and fixed ones that are the same in every run. */

import { randomFillSync } from "node:crypto";
import type { GuestClock, Randomness } from "./ports.ts";

export const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/** That of this process, which does little but run the program. */
function processorTime(): bigint {
  const { user, system } = process.cpuUsage();
  return BigInt(user + system) * 1000n;
}

export const hostClock: GuestClock = {
  now(clock) {
    if (clock === "monotonic") return process.hrtime.bigint();
    if (clock === "processor") return processorTime();
    return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
  },
  sleep(nanoseconds) {
    const milliseconds = Number(nanoseconds / NANOSECONDS_PER_MILLISECOND);
    if (milliseconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  },
};

export const hostRandomness: Randomness = {
  fill(bytes) {
    randomFillSync(bytes);
  },
};

/** A clock that starts at a moment (nanoseconds) and goes on by one millisecond each time it is read. */
export function steppingClock(start = 0n): GuestClock {
  let now = start;
  return {
    now() {
      now += NANOSECONDS_PER_MILLISECOND;
      return now;
    },
    sleep(nanoseconds) {
      now += nanoseconds;
    },
  };
}

/** Bytes from a 32-bit linear congruential generator (Numerical Recipes' constants): the same for the same seed. */
export function seededRandomness(seed = 0): Randomness {
  let state = seed >>> 0;
  return {
    fill(bytes) {
      for (let index = 0; index < bytes.length; index++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        bytes[index] = state >>> 24;
      }
    },
  };
}
