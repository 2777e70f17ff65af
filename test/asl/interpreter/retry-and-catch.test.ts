import { describe, expect, it } from "vitest";
import { StatesError } from "../../../shared/asl/index.ts";
import { HeartbeatTimeout, matchesError, retryDelay, TaskTimeout } from "../../../shared/asl/interpreter/retry.ts";
import { detailsOf, failure, run, typesOf } from "./running.ts";

const oops = new StatesError("Oops", "");

describe("error names", () => {
  it.each([
    { names: ["Oops"], error: oops, isCovered: true },
    { names: ["Other"], error: oops, isCovered: false },
    { names: ["States.ALL"], error: oops, isCovered: true },
    { names: ["States.TaskFailed"], error: oops, isCovered: true },
    { names: ["States.TaskFailed"], error: new TaskTimeout(), isCovered: false },
    { names: ["States.Timeout"], error: new TaskTimeout(), isCovered: true },
    { names: ["States.HeartbeatTimeout"], error: new HeartbeatTimeout(), isCovered: true },
    { names: ["States.HeartbeatTimeout"], error: new TaskTimeout(), isCovered: false },
    { names: ["States.ALL"], error: new StatesError("States.DataLimitExceeded", ""), isCovered: true },
  ])("$names covers $error.error: $isCovered", ({ names, error, isCovered }) => {
    expect(matchesError(names, error)).toBe(isCovered);
  });
});

describe("the delay before a retry", () => {
  const retrier = {
    errorEquals: [],
    intervalSeconds: 3,
    maxAttempts: 9,
    backoffRate: 2,
    maxDelaySeconds: undefined,
    hasFullJitter: false,
  };
  const never = () => {
    throw new Error("no dice are thrown without jitter");
  };

  it.each([
    { uses: 0, milliseconds: 3_000 },
    { uses: 1, milliseconds: 6_000 },
    { uses: 3, milliseconds: 24_000 },
  ])("grows with the backoff rate: $uses", ({ uses, milliseconds }) => {
    expect(retryDelay(retrier, uses, never)).toBe(milliseconds);
  });

  it("stays below MaxDelaySeconds", () => {
    expect(retryDelay({ ...retrier, maxDelaySeconds: 10 }, 5, never)).toBe(10_000);
  });

  it("is any part of itself with full jitter", () => {
    expect(retryDelay({ ...retrier, hasFullJitter: true }, 1, () => 0.25)).toBe(1_500);
  });
});

describe("a task that fails", () => {
  const flaky = (failures: number) => {
    let calls = 0;
    return () => {
      calls += 1;
      if (calls <= failures) throw failure("Oops", `call ${calls}`);
      return { calls };
    };
  };
  const task = (extra: object) => ({ A: { Type: "Task", Resource: "f", ...extra, End: true } });

  it("is tried again as often as MaxAttempts says", async () => {
    const result = await run(task({ Retry: [{ ErrorEquals: ["Oops"], MaxAttempts: 2 }] }), {}, { f: flaky(2) });
    expect(result.output).toEqual({ calls: 3 });
    expect(typesOf(result.history).filter((type) => type === "LambdaFunctionScheduled")).toHaveLength(3);
    expect(typesOf(result.history).filter((type) => type === "TaskStateEntered")).toHaveLength(1);
  });

  it("fails with its last error when the attempts are used up", async () => {
    const result = await run(task({ Retry: [{ ErrorEquals: ["Oops"], MaxAttempts: 2 }] }), {}, { f: flaky(3) });
    expect(result).toMatchObject({ status: "FAILED", error: "Oops", cause: "call 3" });
  });

  it("is not tried again with MaxAttempts 0, nor by a later retrier", async () => {
    const Retry = [{ ErrorEquals: ["Oops"], MaxAttempts: 0 }, { ErrorEquals: ["States.ALL"] }];
    expect(await run(task({ Retry }), {}, { f: flaky(1) })).toMatchObject({ status: "FAILED", cause: "call 1" });
  });

  it("counts the attempts of each retrier by itself", async () => {
    const errors = ["One", "Two", "One", "Two"];
    const Retry = [
      { ErrorEquals: ["One"], MaxAttempts: 2 },
      { ErrorEquals: ["Two"], MaxAttempts: 1 },
    ];
    const f = () => {
      throw failure(errors.shift()!);
    };
    const result = await run(task({ Retry }), {}, { f });
    expect(result).toMatchObject({ status: "FAILED", error: "Two" });
    expect(errors).toEqual([]);
  });

  it("waits as its retrier says", async () => {
    const Retry = [{ ErrorEquals: ["Oops"], IntervalSeconds: 10, BackoffRate: 3 }];
    const { history } = await run(task({ Retry }), {}, { f: flaky(2) });
    const scheduled = history
      .filter(({ type }) => type === "LambdaFunctionScheduled")
      .map(({ timestamp }) => timestamp);
    const failed = history.filter(({ type }) => type === "LambdaFunctionFailed").map(({ timestamp }) => timestamp);
    expect(scheduled[1]! - failed[0]!).toBeCloseTo(10, 0);
    expect(scheduled[2]! - failed[1]!).toBeCloseTo(30, 0);
  });

  it("sees in the context how often it was tried", async () => {
    const counts: unknown[] = [];
    const f = ({ tries }: { tries: number }) => {
      counts.push(tries);
      if (counts.length < 3) throw failure("Oops");
    };
    await run(
      task({ Parameters: { "tries.$": "$$.State.RetryCount" }, Retry: [{ ErrorEquals: ["Oops"] }] }),
      {},
      { f },
    );
    expect(counts).toEqual([0, 1, 2]);
  });

  it("is caught by the first catcher that covers its error, with error and cause put into the input", async () => {
    const states = {
      A: {
        Type: "Task",
        Resource: "f",
        Catch: [
          { ErrorEquals: ["Other"], Next: "B" },
          { ErrorEquals: ["Oops", "More"], ResultPath: "$.why", Assign: { "said.$": "$.Cause" }, Next: "C" },
          { ErrorEquals: ["States.ALL"], Next: "B" },
        ],
        End: true,
      },
      B: { Type: "Fail" },
      C: { Type: "Pass", Parameters: { "in.$": "$", "said.$": "$said" }, End: true },
    };
    const { output, history } = await run(states, { a: 1 }, { f: flaky(1) });
    const why = { Error: "Oops", Cause: "call 1" };
    expect(output).toEqual({ in: { a: 1, why }, said: "call 1" });
    expect(typesOf(history)).toContain("TaskStateExited");
  });

  it("reports the class of an ordinary error as Lambda does, with type and message in the cause", async () => {
    class NoSuchThing extends Error {
      override name = "NoSuchThing";
    }
    const f = () => {
      throw new NoSuchThing("it is gone");
    };
    const result = await run(task({}), {}, { f });
    expect(result).toMatchObject({ status: "FAILED", error: "NoSuchThing" });
    expect(JSON.parse(result.cause!)).toMatchObject({ errorType: "NoSuchThing", errorMessage: "it is gone" });
  });

  it.each([
    { what: "a cycle", value: cyclic },
    { what: "a BigInt", value: () => 1n },
  ])("fails if it returns $what, which is not JSON", async ({ value }) => {
    expect(await run(task({}), {}, { f: value })).toMatchObject({ status: "FAILED", error: "Runtime.MarshalError" });
  });

  it("gives null for a function that returns nothing", async () => {
    expect(await run(task({}), {}, { f: () => undefined })).toMatchObject({ status: "SUCCEEDED", output: null });
  });
});

describe("a Map or Parallel state of which a part fails", () => {
  const broken = { StartAt: "B", States: { B: { Type: "Task", Resource: "f", End: true } } };

  it("aborts its other parts and is caught as a whole", async () => {
    const aborted: boolean[] = [];
    const states = {
      P: {
        Type: "Parallel",
        Branches: [broken, { StartAt: "C", States: { C: { Type: "Task", Resource: "g", End: true } } }],
        Catch: [{ ErrorEquals: ["Oops"], Next: "D" }],
        End: true,
      },
      D: { Type: "Pass", End: true },
    };
    const f = async () => {
      await Promise.resolve();
      throw failure("Oops");
    };
    const g = (_event: unknown, { signal }: { signal: AbortSignal }) =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve(aborted.push(true))));
    const { output, history } = await run(states, {}, { f, g });
    expect(output).toEqual({ Error: "Oops", Cause: null });
    expect(aborted).toEqual([true]);
    expect(typesOf(history).slice(-7)).toEqual([
      "TaskStateAborted",
      "TaskStateAborted",
      "ParallelStateFailed",
      "ParallelStateExited",
      "PassStateEntered",
      "PassStateExited",
      "ExecutionSucceeded",
    ]);
  });

  it("is tried again as a whole, without being entered again", async () => {
    let calls = 0;
    const f = () => {
      calls += 1;
      if (calls === 1) throw failure("Oops");
      return calls;
    };
    const states = { M: { Type: "Map", ItemProcessor: broken, Retry: [{ ErrorEquals: ["Oops"] }], End: true } };
    const { output, history } = await run(states, ["only"], { f });
    expect(output).toEqual([2]);
    expect(typesOf(history).filter((type) => type.startsWith("MapState"))).toEqual([
      "MapStateEntered",
      "MapStateStarted",
      "MapStateStarted",
      "MapStateSucceeded",
      "MapStateExited",
    ]);
    expect(detailsOf(history, "MapIterationFailed")).toEqual([{ name: "M", index: 0 }]);
  });
});

function cyclic(): object {
  const one: Record<string, unknown> = {};
  one.self = one;
  return one;
}

describe("a catcher that fails", () => {
  const jsonata = { QueryLanguage: "JSONata" };
  const all = { ErrorEquals: ["States.ALL"], Next: "Z" };
  const Z = { Type: "Pass", End: true };
  const failing = (more: object) => ({
    Type: "Task",
    Resource: "f",
    Retry: [{ ErrorEquals: ["States.QueryEvaluationError", "States.DataLimitExceeded"] }],
    End: true,
    ...more,
  });
  const big = "x".repeat(262_000);

  it.each([
    ["Output", "States.QueryEvaluationError", jsonata, { Catch: [{ ...all, Output: "{% $states.input.no %}" }] }],
    [
      "Assign",
      "States.QueryEvaluationError",
      jsonata,
      { Catch: [{ ...all, Assign: { v: "{% $states.input.no %}" } }] },
    ],
    [
      "large Output",
      "States.DataLimitExceeded",
      jsonata,
      { Catch: [{ ...all, Output: "{% $states.input.big & $pad('', 300, 'x') %}" }] },
    ],
    ["large ResultPath", "States.DataLimitExceeded", {}, { Catch: [{ ...all, ResultPath: "$.why" }] }],
    [
      "large Assign",
      "States.DataLimitExceeded",
      {},
      { Catch: [{ ...all, Assign: { "a.$": "$$.Execution.Input.big", "b.$": "$$.Execution.Input.big" } }] },
    ],
  ])("by its %s fails the state: it neither catches itself nor is tried again", async (_, error, top, more) => {
    let calls = 0;
    const f = () => {
      calls += 1;
      throw failure("Oops", "why ".repeat(100));
    };
    const result = await run({ S: failing(more), Z }, { big }, { f }, { top });
    expect({ calls, status: result.status, error: result.error }).toEqual({ calls: 1, status: "FAILED", error });
    expect(typesOf(result.history).filter((type) => type === "EvaluationFailed").length).toBeLessThanOrEqual(1);
  });

  it("of a Parallel fails it once, and can be caught around it", async () => {
    const broken = { StartAt: "B", States: { B: { Type: "Fail", Error: "Mine" } } };
    const inner = {
      Type: "Parallel",
      Branches: [broken],
      Catch: [{ ...all, Next: "Y", Output: "{% $states.input.no %}" }],
      End: true,
    };
    const states = {
      S: {
        Type: "Parallel",
        Branches: [{ StartAt: "I", States: { I: inner, Y: { Type: "Succeed" } } }],
        Catch: [{ ...all, Output: "{% $states.errorOutput.Error %}" }],
        End: true,
      },
      Z,
    };
    const { output, history } = await run(states, {}, {}, { top: jsonata });
    expect(output).toBe("States.QueryEvaluationError");
    expect(typesOf(history).filter((type) => type === "ParallelStateFailed")).toHaveLength(2);
  });

  it("does not keep the next state's errors from being caught", async () => {
    const states = {
      S: { ...failing({ Catch: [{ ...all, Next: "T" }] }) },
      T: { ...failing({ Catch: [{ ...all, ResultPath: "$.why" }] }) },
      Z,
    };
    const f = () => {
      throw failure("Oops", "c");
    };
    expect(await run(states, {}, { f })).toMatchObject({ output: { Error: "Oops", why: { Error: "Oops" } } });
  });
});
