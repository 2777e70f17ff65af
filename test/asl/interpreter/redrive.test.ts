import { describe, expect, it } from "vitest";
import {
  type FunctionHandler,
  functionsResolver,
  HistoryError,
  Interpreter,
  memoryHistoryLog,
  timeSkippingClock,
} from "../../../shared/asl/index.ts";
import { detailsOf, failure, machineOf, type States, typesOf } from "./running.ts";

const NAMES = { name: "run", stateMachineName: "machine" };

const interpreter = (handlers: Readonly<Record<string, FunctionHandler>>) =>
  new Interpreter({ resolver: functionsResolver(handlers), clock: timeSkippingClock() });

/** Runs states until they fail, then redrives them with other handlers. */
async function failThenRedrive(states: States, input: unknown, before: FunctionHandler, after: FunctionHandler) {
  const machine = machineOf(states);
  const log = memoryHistoryLog();
  const failed = await interpreter({ f: before }).run(machine, input, { ...NAMES, history: log });
  expect(failed.status).toBe("FAILED");
  const handle = await interpreter({ f: after }).redrive(machine, { ...NAMES, history: log });
  return { log, machine, failed, result: await handle.result };
}

const fail = () => {
  throw failure("Oops");
};

describe("redriving a failed execution", () => {
  it("runs the failed state again with its input, and no state before it", async () => {
    const calls: unknown[] = [];
    const { result, failed, log } = await failThenRedrive(
      {
        A: { Type: "Task", Resource: "f", Next: "B" },
        B: { Type: "Task", Resource: "f", Next: "C" },
        C: { Type: "Succeed" },
      },
      1,
      (n: number) => (n === 1 ? 2 : fail()),
      (n: number) => calls.push(n) && n + 1,
    );
    expect(result).toMatchObject({ status: "SUCCEEDED", output: 3 });
    expect(calls).toEqual([2]);
    const added = log.events.slice(failed.history.length);
    expect(typesOf(added)).toEqual([
      "ExecutionRedriven",
      "LambdaFunctionScheduled",
      "LambdaFunctionStarted",
      "LambdaFunctionSucceeded",
      "TaskStateExited",
      "SucceedStateEntered",
      "SucceedStateExited",
      "ExecutionSucceeded",
    ]);
    expect(detailsOf(added, "ExecutionRedriven")).toEqual([{ redriveCount: 1 }]);
  });

  it("gives the state all its retries again", async () => {
    let calls = 0;
    const { result } = await failThenRedrive(
      { A: { Type: "Task", Resource: "f", Retry: [{ ErrorEquals: ["Oops"], MaxAttempts: 1 }], End: true } },
      {},
      fail,
      () => (++calls === 1 ? fail() : calls),
    );
    expect(result).toMatchObject({ status: "SUCCEEDED", output: 2 });
  });

  it("runs again only the iterations that failed or were aborted", async () => {
    const before: number[] = [];
    const after: number[] = [];
    const body = { StartAt: "A", States: { A: { Type: "Task", Resource: "f", End: true } } };
    const { result } = await failThenRedrive(
      { M: { Type: "Map", MaxConcurrency: 2, ItemProcessor: body, End: true } },
      [0, 1, 2, 3],
      (n: number) => (before.push(n) && n === 2 ? fail() : n * 10),
      (n: number) => after.push(n) && n * 10,
    );
    expect(result).toMatchObject({ status: "SUCCEEDED", output: [0, 10, 20, 30] });
    expect(before).toContain(0);
    expect(after.sort()).toEqual([0, 1, 2, 3].filter((n) => n >= 2));
  });

  it("tells the context object of it", async () => {
    const { result } = await failThenRedrive(
      {
        A: { Type: "Task", Resource: "f", Next: "B" },
        B: {
          Type: "Pass",
          Parameters: { "count.$": "$$.Execution.RedriveCount", "time.$": "$$.Execution.RedriveTime" },
          End: true,
        },
      },
      {},
      fail,
      () => null,
    );
    expect(result.output).toEqual({ count: 1, time: expect.stringMatching(/^\d{4}-.*Z$/) });
  });

  it("can be interrupted at any point and resumed like any other execution", async () => {
    const body = { StartAt: "A", States: { A: { Type: "Task", Resource: "f", End: true } } };
    const states = { M: { Type: "Map", ItemProcessor: body, Next: "W" }, W: { Type: "Wait", Seconds: 9, End: true } };
    const { log, machine, result } = await failThenRedrive(
      states,
      [1, 2],
      (n: number) => (n === 2 ? fail() : n),
      (n: number) => n,
    );
    for (let length = 1; length <= log.events.length; length++) {
      const prefix = memoryHistoryLog(log.events.slice(0, length));
      const resumed = await interpreter({ f: (n: number) => n }).run(machine, {}, { ...NAMES, history: prefix });
      const isStillFailed = typesOf(prefix.events).at(-1) === "ExecutionFailed";
      if (!isStillFailed) expect(resumed.output).toEqual(result.output);
    }
  });

  it("can fail and be redriven again", async () => {
    const { log, machine } = await failThenRedrive({ A: { Type: "Task", Resource: "f", End: true } }, {}, fail, fail);
    const handle = await interpreter({ f: () => "at last" }).redrive(machine, { ...NAMES, history: log });
    expect(await handle.result).toMatchObject({ status: "SUCCEEDED", output: "at last" });
    expect(detailsOf(log.events, "ExecutionRedriven")).toEqual([{ redriveCount: 1 }, { redriveCount: 2 }]);
  });

  it("is refused for an execution that succeeded, and for one that never started", async () => {
    const machine = machineOf({ A: { Type: "Succeed" } });
    const log = memoryHistoryLog();
    await new Interpreter().run(machine, {}, { ...NAMES, history: log });
    await expect(new Interpreter().redrive(machine, { ...NAMES, history: log })).rejects.toThrow(
      /this one is SUCCEEDED/,
    );
    await expect(new Interpreter().redrive(machine, { history: memoryHistoryLog() })).rejects.toThrow(HistoryError);
  });
});
