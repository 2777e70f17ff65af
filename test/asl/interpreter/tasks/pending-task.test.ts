import { describe, expect, it } from "vitest";
import { type PendingTask, PendingTasks } from "../../../../shared/asl/interpreter/tasks/pending-task.ts";

/** A task that is due by a moment, and says what was asked of it. */
const task = (enteredId: number, due: { at: number; by: "timeout" | "heartbeat" }, said: string[]): PendingTask => ({
  enteredId,
  taskToken: `token ${enteredId}`,
  isAnsweredByToken: false,
  complete: () => undefined,
  heartbeat: () => undefined,
  dueAt: (moment) => (due.at <= moment ? due.by : undefined),
  recordTimeout(isHeartbeat) {
    said.push(`${enteredId} timed out${isHeartbeat ? ", silent" : ""}`);
    return () => said.push(`after ${enteredId}`);
  },
});

describe("the tasks that wait for an outcome", () => {
  it("are found by the entry into their state until they are removed", () => {
    const tasks = new PendingTasks();
    const one = task(2, { at: 0, by: "timeout" }, []);
    tasks.add(one);
    expect(tasks.find(2)).toBe(one);
    expect(tasks.find(3)).toBeUndefined();
    tasks.remove(one);
    expect(tasks.find(2)).toBeUndefined();
  });

  it("time out together: all of it is written before anything follows from it", () => {
    const said: string[] = [];
    const tasks = new PendingTasks();
    tasks.add(task(2, { at: 10, by: "timeout" }, said));
    tasks.add(task(3, { at: 30, by: "timeout" }, said));
    tasks.add(task(4, { at: 20, by: "heartbeat" }, said));
    tasks.timeOut(20);
    expect(said).toEqual(["2 timed out", "4 timed out, silent", "after 2", "after 4"]);
  });
});
