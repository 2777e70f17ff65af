import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { realTimeClock, timeSkippingClock } from "../../../shared/asl/index.ts";
import { settled } from "./running.ts";

const still = { now: () => 1_000, setTimer: () => () => {} };

describe("the time-skipping clock", () => {
  it("calls its timers in the order in which they are due, each at its time", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ at: fc.nat(100_000), isCancelled: fc.boolean() })), async (timers) => {
        const clock = timeSkippingClock({ from: still });
        const heard: number[] = [];
        const expected: number[] = [];
        for (const { at, isCancelled } of timers) {
          const cancel = clock.setTimer(at, () => {
            heard.push(at);
            expect(clock.now()).toBeGreaterThanOrEqual(at);
          });
          if (isCancelled) cancel();
          else expected.push(at);
        }
        while (heard.length < expected.length) await settled();
        expect(heard).toEqual(expected.sort((one, other) => one - other));
      }),
      { numRuns: 40 },
    );
  });

  it("runs with the clock it is made from until it jumps", async () => {
    const clock = timeSkippingClock({ from: still });
    expect(clock.now()).toBe(1_000);
    clock.setTimer(61_000, () => {});
    expect(clock.now()).toBe(1_000);
    await settled();
    await settled();
    expect(clock.now()).toBe(61_000);
  });

  it("waits for tasks, unless told not to", async () => {
    for (const skipDuringTasks of [false, true]) {
      const clock = timeSkippingClock({ from: still, skipDuringTasks });
      const taskEnded = clock.taskStarted!();
      let isDue = false;
      clock.setTimer(9_000, () => {
        isDue = true;
      });
      for (let turn = 0; turn < 3; turn++) await settled();
      expect(isDue).toBe(skipDuringTasks);
      taskEnded();
      for (let turn = 0; turn < 3; turn++) await settled();
      expect(isDue).toBe(true);
    }
  });
});

describe("the system clock", () => {
  it("sets a timer that is further away than setTimeout reaches, and cancels it", () => {
    vi.useFakeTimers();
    try {
      const callback = vi.fn();
      const days = 86_400_000;
      realTimeClock.setTimer(Date.now() + 40 * days, callback);
      vi.advanceTimersByTime(40 * days - 1);
      expect(callback).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(callback).toHaveBeenCalledOnce();
      realTimeClock.setTimer(Date.now() + 40 * days, callback)();
      vi.advanceTimersByTime(50 * days);
      expect(callback).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });
});
