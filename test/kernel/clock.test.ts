import { describe, expect, it } from "vitest";
import { systemTimer } from "../../shared/kernel/clock.ts";

/** Timers that keep this process alive. */
const timers = () => process.getActiveResourcesInfo().filter((each) => each === "Timeout").length;

describe("this machine's timer", () => {
  it("keeps no process alive, and calls what was not cancelled", async () => {
    const before = timers();
    const cancel = systemTimer.after(60_000, () => undefined);
    expect(timers()).toBe(before);
    cancel();
    const called: string[] = [];
    systemTimer.after(1, () => called.push("cancelled"))();
    await new Promise<void>((resolve) => {
      systemTimer.after(1, () => called.push("first"));
      // Keeps this test alive until the other was called.
      const alive = setInterval(() => {
        if (called.length === 0) return;
        clearInterval(alive);
        resolve();
      }, 1);
    });
    expect(called).toEqual(["first"]);
  });

  it("goes forward", () => {
    const [first, second] = [systemTimer.now(), systemTimer.now()];
    expect(second).toBeGreaterThanOrEqual(first);
  });
});
