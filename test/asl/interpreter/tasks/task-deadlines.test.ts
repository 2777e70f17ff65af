import { describe, expect, it, vi } from "vitest";
import { TaskDeadlines } from "../../../../shared/asl/interpreter/tasks/task-deadlines.ts";
import { manualClock } from "../running.ts";

const SCHEDULED_AT = 1_000_000;

/** The deadlines of a task that waited a minute between its scheduling and now. */
function deadlines(timeoutSeconds: number | undefined, heartbeatSeconds: number | undefined) {
  const clock = manualClock(SCHEDULED_AT + 60_000);
  const whenDue = vi.fn();
  return { clock, whenDue, of: new TaskDeadlines({ timeoutSeconds, heartbeatSeconds }, SCHEDULED_AT, clock, whenDue) };
}

describe("the deadlines of a task", () => {
  it("give a call that is made now all of its time", () => {
    const { of, clock, whenDue } = deadlines(90, undefined);
    of.start(true);
    clock.advance(89_999);
    expect([of.dueAt(clock.now()), whenDue.mock.calls.length]).toEqual([undefined, 0]);
    clock.advance(1);
    expect([of.dueAt(clock.now()), whenDue.mock.calls.length]).toEqual(["timeout", 1]);
  });

  it("leave a job or a token the time that it had", () => {
    const { of, clock, whenDue } = deadlines(90, undefined);
    of.start(false);
    clock.advance(29_999);
    expect([of.dueAt(clock.now()), whenDue.mock.calls.length]).toEqual([undefined, 0]);
    clock.advance(1);
    expect([of.dueAt(clock.now()), whenDue.mock.calls.length]).toEqual(["timeout", 1]);
  });

  it("begin the heartbeat period anew with each heartbeat", () => {
    const { of, clock, whenDue } = deadlines(undefined, 10);
    of.start(true);
    clock.advance(9_000);
    of.heartbeat();
    clock.advance(9_999);
    expect([of.dueAt(clock.now()), whenDue.mock.calls.length]).toEqual([undefined, 0]);
    clock.advance(1);
    expect([of.dueAt(clock.now()), whenDue.mock.calls.length]).toEqual(["heartbeat", 1]);
  });

  it("name the timeout where both limits are passed", () => {
    const { of, clock } = deadlines(20, 10);
    of.start(true);
    expect(of.dueAt(clock.now() + 10_000)).toBe("heartbeat");
    expect(of.dueAt(clock.now() + 20_000)).toBe("timeout");
  });

  it("call nobody once they are cancelled", () => {
    const { of, clock, whenDue } = deadlines(20, 10);
    of.start(true);
    of.heartbeat();
    of.cancel();
    clock.advance(100_000);
    expect(whenDue).not.toHaveBeenCalled();
  });

  it.each([
    { limits: [20, 10], after: 10, was: true },
    { limits: [20, 10], after: 20, was: false },
    { limits: [undefined, 10], after: 1_000, was: true },
    { limits: [20, undefined], after: 1, was: false },
  ] as const)(
    "with $limits seconds, tell whether a timeout after $after was the heartbeat's",
    ({ limits, after, was }) => {
      expect(deadlines(limits[0], limits[1]).of.wasHeartbeat(SCHEDULED_AT + after * 1000)).toBe(was);
    },
  );
});
