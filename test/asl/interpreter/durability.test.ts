import { describe, expect, it } from "vitest";
import { type HistoryBatch, type HistoryLog, Interpreter } from "../../../shared/asl/index.ts";
import { machineOf, manualClock, settled, typesOf } from "./running.ts";

/** A log whose writes end when they are told to. */
function heldLog(): HistoryLog & { readonly writes: HistoryBatch[]; release(): Promise<void> } {
  const writes: HistoryBatch[] = [];
  let done: () => void = () => {};
  return {
    writes,
    read: async () => [],
    append: (batch) => {
      writes.push(batch);
      return new Promise((resolve) => (done = resolve));
    },
    release: async () => {
      done();
      await settled();
    },
  };
}

const written = (log: { readonly writes: readonly HistoryBatch[] }) => log.writes.map(({ events }) => typesOf(events));

const task = (next: object) => ({ Type: "Task", Resource: "f", ...next });

describe("events and what depends on them", () => {
  it("starts a task only when the event that schedules it is durable", async () => {
    const log = heldLog();
    const started: unknown[] = [];
    const resolver = { run: ({ stateName }: { stateName: string }) => started.push(stateName) };
    const machine = machineOf({ A: task({ Next: "B" }), B: task({ End: true }) });
    const result = new Interpreter({ resolver }).run(machine, {}, { history: log });
    await settled();
    expect(written(log)).toEqual([["ExecutionStarted", "TaskStateEntered", "LambdaFunctionScheduled"]]);
    expect(started).toEqual([]);
    await log.release();
    expect(started).toEqual(["A"]);
    expect(written(log)[1]?.at(-1)).toBe("LambdaFunctionScheduled");
    await log.release();
    expect(started).toEqual(["A", "B"]);
    await log.release();
    expect((await result).status).toBe("SUCCEEDED");
  });

  it("writes all events of deterministic states at once", async () => {
    const log = heldLog();
    const machine = machineOf({
      A: { Type: "Pass", Next: "B" },
      B: { Type: "Pass", Next: "C" },
      C: { Type: "Succeed" },
    });
    const result = new Interpreter().run(machine, {}, { history: log });
    await settled();
    await log.release();
    expect((await result).status).toBe("SUCCEEDED");
    expect(log.writes).toHaveLength(1);
    expect(written(log)[0]).toHaveLength(8);
  });

  it("shares a write between branches that run at the same time", async () => {
    const log = heldLog();
    const answers: ((value: unknown) => void)[] = [];
    const resolver = { run: () => new Promise((resolve) => answers.push(resolve)) };
    const body = { StartAt: "A", States: { A: task({ Next: "B" }), B: task({ End: true }) } };
    const machine = machineOf({ M: { Type: "Map", ItemProcessor: body, End: true } });
    void new Interpreter({ resolver }).run(machine, [1, 2, 3], { history: log });
    await settled();
    await log.release();
    expect(answers).toHaveLength(3);
    for (const answer of answers) answer("ok");
    await settled();
    expect(log.writes).toHaveLength(2);
    await log.release();
    expect(written(log)[2]?.filter((type) => type === "LambdaFunctionScheduled")).toHaveLength(2);
  });

  it("does not report the end before it is durable", async () => {
    const log = heldLog();
    let hasEnded = false;
    const result = new Interpreter().run(machineOf({ A: { Type: "Succeed" } }), {}, { history: log });
    void result.then(() => (hasEnded = true));
    await settled();
    expect(hasEnded).toBe(false);
    await log.release();
    expect(hasEnded).toBe(true);
  });

  it("reports a start, a stop and a token's outcome when they are durable", async () => {
    const log = heldLog();
    let token = "";
    const interpreter = new Interpreter({
      clock: manualClock(),
      resolver: {
        run: ({ taskToken }) => {
          token = taskToken;
          return null;
        },
      },
    });
    const Resource = "arn:aws:states:::lambda:invoke.waitForTaskToken";
    const Parameters = { FunctionName: "f", "Payload.$": "$$.Task.Token" };
    let handle: unknown;
    void interpreter
      .start(machineOf({ A: { Type: "Task", Resource, Parameters, End: true } }), {}, { history: log })
      .then((started) => (handle = started));
    await settled();
    expect(handle).toBeUndefined();
    await log.release();
    expect(handle).toBeDefined();
    await log.release();
    let isKnown: unknown;
    void interpreter.completeTask(token, { output: 1 }).then((known) => (isKnown = known));
    await settled();
    expect(isKnown).toBeUndefined();
    await log.release();
    expect(isKnown).toBe(true);
  });

  it("stops the execution in this process, and its tasks, if a write fails", async () => {
    let signal: AbortSignal | undefined;
    let writes = 0;
    const log: HistoryLog = {
      read: async () => [],
      append: () => (++writes === 1 ? Promise.resolve() : Promise.reject(new Error("disk full"))),
    };
    const resolver = {
      run: (request: { readonly stateName: string; readonly signal: AbortSignal }) => {
        if (request.stateName === "A") {
          signal = request.signal;
          return new Promise(() => {});
        }
        return "done";
      },
    };
    const one = (name: string, next: object) => ({ StartAt: name, States: { [name]: task(next) } });
    const machine = machineOf({
      P: { Type: "Parallel", Branches: [one("A", { End: true }), one("B", { End: true })], End: true },
    });
    await expect(new Interpreter({ resolver }).run(machine, {}, { history: log })).rejects.toThrow("disk full");
    expect(signal?.aborted).toBe(true);
  });
});
