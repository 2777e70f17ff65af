import { describe, expect, it } from "vitest";
import { Interpreter, type TaskRequest, type TaskResolver } from "../../../shared/asl/index.ts";
import { detailsOf, failure, machineOf, manualClock, run, settled, typesOf } from "./running.ts";

const TOKEN_TASK = {
  A: {
    Type: "Task",
    Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    Parameters: { QueueUrl: "queue", MessageBody: { "TaskToken.$": "$$.Task.Token" } },
    TimeoutSeconds: 100,
    HeartbeatSeconds: 10,
    End: true,
  },
};

/** A resolver that keeps what it was asked for, and answers as told. */
function recording(answer: (request: TaskRequest) => unknown): TaskResolver & { readonly requests: TaskRequest[] } {
  const requests: TaskRequest[] = [];
  return {
    requests,
    run(request) {
      requests.push(request);
      return answer(request);
    },
  };
}

const never = () => new Promise(() => {});

describe("the events of a task", () => {
  it.each([
    {
      resource: "arn:aws:lambda:us-east-1:123456789012:function:f",
      events: ["LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded"],
      scheduled: {
        resource: "arn:aws:lambda:us-east-1:123456789012:function:f",
        input: '{"a":1}',
        inputDetails: { truncated: false },
      },
    },
    {
      resource: "arn:aws:states:::aws-sdk:dynamodb:putItem",
      events: ["TaskScheduled", "TaskStarted", "TaskSucceeded"],
      scheduled: { resourceType: "aws-sdk:dynamodb", resource: "putItem", region: "us-east-1", parameters: '{"a":1}' },
    },
    {
      resource: "arn:aws:states:::states:startExecution.sync:2",
      Parameters: { StateMachineArn: "m" },
      events: ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"],
      scheduled: {
        resourceType: "states",
        resource: "startExecution.sync:2",
        region: "us-east-1",
        parameters: '{"StateMachineArn":"m"}',
      },
    },
  ])("follow from its resource: $resource", async ({ resource, events, scheduled, Parameters }) => {
    const resolver = recording((request) => {
      if (request.resource.pattern === "RunJob") request.reportSubmitted({ id: 1 });
      return Promise.resolve("done");
    });
    const { history, output } = await run(
      { A: { Type: "Task", Resource: resource, Parameters, End: true } },
      { a: 1 },
      {},
      { resolver },
    );
    expect(output).toBe("done");
    expect(typesOf(history).slice(2, -2)).toEqual(events);
    expect(detailsOf(history, events[0]!)).toEqual([scheduled]);
  });

  it("show an activity started when a worker takes it", async () => {
    const resource = "arn:aws:states:us-east-1:123456789012:activity:a";
    const resolver = recording((request) => {
      request.reportStarted("worker 1");
      return "done";
    });
    const { history } = await run(
      { A: { Type: "Task", Resource: resource, TimeoutSeconds: 9, End: true } },
      {},
      {},
      { resolver },
    );
    expect(typesOf(history).slice(2, -2)).toEqual(["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]);
    expect(detailsOf(history, "ActivityStarted")).toEqual([{ workerName: "worker 1" }]);
    expect(detailsOf(history, "ActivityScheduled")).toMatchObject([{ resource, timeoutInSeconds: 9 }]);
  });
});

describe("a task that waits for its token", () => {
  it("ends when the token comes back", async () => {
    const resolver = recording(() => ({ MessageId: "1" }));
    const interpreter = new Interpreter({ resolver, clock: manualClock() });
    const execution = await interpreter.start(machineOf(TOKEN_TASK));
    const { taskToken, input } = resolver.requests[0]!;
    expect(input).toEqual({ QueueUrl: "queue", MessageBody: { TaskToken: taskToken } });
    expect(await interpreter.completeTask(taskToken, { output: { ok: true } })).toBe(true);
    const { output, history } = await execution.result;
    expect(output).toEqual({ ok: true });
    expect(typesOf(history).slice(2, -2)).toEqual(["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]);
    expect(await interpreter.completeTask(taskToken, { output: 2 })).toBe(false);
  });

  it("takes an answer that comes before the call that handed out the token has returned", async () => {
    const interpreter: Interpreter = new Interpreter({
      clock: manualClock(),
      resolver: {
        run: async ({ taskToken }) => {
          await interpreter.completeTask(taskToken, { error: "Refused", cause: "early" });
          return { MessageId: "1" };
        },
      },
    });
    const result = await interpreter.run(machineOf(TOKEN_TASK));
    expect(result).toMatchObject({ status: "FAILED", error: "Refused", cause: "early" });
    expect(typesOf(result.history).slice(3, 6)).toEqual(["TaskStarted", "TaskSubmitted", "TaskFailed"]);
  });

  it("does not know a token that is not its own", async () => {
    const interpreter = new Interpreter();
    for (const token of ["", "no token", Buffer.from('["arn",2,0,0,0]').toString("base64url")]) {
      expect(await interpreter.completeTask(token, { output: 1 })).toBe(false);
      expect(interpreter.heartbeat(token)).toBe(false);
    }
  });

  it("times out without a heartbeat, and not while heartbeats come", async () => {
    const clock = manualClock();
    const resolver = recording(() => ({}));
    const interpreter = new Interpreter({ resolver, clock });
    const execution = await interpreter.start(machineOf(TOKEN_TASK));
    for (let beat = 0; beat < 5; beat++) {
      clock.advance(9_000);
      expect(interpreter.heartbeat(resolver.requests[0]!.taskToken)).toBe(true);
    }
    clock.advance(10_000);
    const result = await execution.result;
    expect(result).toMatchObject({ status: "FAILED", error: "States.Timeout", cause: undefined });
    expect(result.stoppedAt - result.startedAt).toBe(55_000);
  });

  it("times out for good after TimeoutSeconds", async () => {
    const clock = manualClock();
    const resolver = recording(() => ({}));
    const interpreter = new Interpreter({ resolver, clock });
    const execution = await interpreter.start(machineOf(TOKEN_TASK));
    for (let beat = 0; beat < 20; beat++) {
      clock.advance(9_000);
      interpreter.heartbeat(resolver.requests[0]!.taskToken);
    }
    const result = await execution.result;
    expect(result.stoppedAt - result.startedAt).toBe(100_000);
  });
});

describe("a task that takes too long", () => {
  it("is aborted, and its late answer is not heard", async () => {
    const clock = manualClock();
    let finish: (value: unknown) => void = () => {};
    const resolver = recording(() => new Promise((resolve) => (finish = resolve)));
    const states = { A: { Type: "Task", Resource: "f", TimeoutSecondsPath: "$.limit", End: true } };
    const execution = await new Interpreter({ resolver, clock }).start(machineOf(states), { limit: 5 });
    const { signal } = resolver.requests[0]!;
    clock.advance(4_999);
    expect(signal.aborted).toBe(false);
    clock.advance(1);
    expect(signal.aborted).toBe(true);
    finish("late");
    await settled();
    const { status, error, history } = await execution.result;
    expect({ status, error }).toEqual({ status: "FAILED", error: "States.Timeout" });
    expect(typesOf(history).slice(-2)).toEqual(["LambdaFunctionTimedOut", "ExecutionFailed"]);
  });

  it("is caught with an empty cause", async () => {
    const clock = manualClock();
    const states = {
      A: {
        Type: "Task",
        Resource: "f",
        TimeoutSeconds: 5,
        Catch: [{ ErrorEquals: ["States.Timeout"], Next: "B" }],
        End: true,
      },
      B: { Type: "Pass", End: true },
    };
    const execution = await new Interpreter({ resolver: recording(never), clock }).start(machineOf(states));
    clock.advance(5_000);
    expect((await execution.result).output).toEqual({ Error: "States.Timeout", Cause: "" });
  });

  it("times out together with the tasks that were scheduled with it", async () => {
    const clock = manualClock();
    const body = { StartAt: "A", States: { A: { Type: "Task", Resource: "f", TimeoutSeconds: 5, End: true } } };
    const states = { M: { Type: "Map", ItemProcessor: body, End: true } };
    const execution = await new Interpreter({ resolver: recording(never), clock }).start(machineOf(states), [1, 2]);
    clock.advance(5_000);
    expect(typesOf((await execution.result).history).slice(-8)).toEqual([
      "LambdaFunctionTimedOut",
      "LambdaFunctionTimedOut",
      "MapIterationFailed",
      "TaskStateAborted",
      "MapIterationAborted",
      "TaskStateAborted",
      "MapStateFailed",
      "ExecutionFailed",
    ]);
  });
});

describe("an execution", () => {
  it("times out as a whole", async () => {
    const clock = manualClock();
    const machine = machineOf({ A: { Type: "Task", Resource: "f", End: true } }, { TimeoutSeconds: 60 });
    const resolver = recording(never);
    const execution = await new Interpreter({ resolver, clock }).start(machine);
    clock.advance(60_000);
    const { status, history } = await execution.result;
    expect(status).toBe("TIMED_OUT");
    expect(typesOf(history).at(-1)).toBe("ExecutionTimedOut");
    expect(resolver.requests[0]!.signal.aborted).toBe(true);
  });

  it("can be stopped, which aborts its tasks", async () => {
    const resolver = recording(never);
    const execution = await new Interpreter({ resolver, clock: manualClock() }).start(
      machineOf({ A: { Type: "Task", Resource: "f", End: true } }),
    );
    execution.stop({ error: "Enough", cause: "by hand" });
    const result = await execution.result;
    expect(result).toMatchObject({ status: "ABORTED", error: "Enough", cause: "by hand" });
    expect(result.history.at(-1)).toMatchObject({
      type: "ExecutionAborted",
      previousEventId: 0,
      executionAbortedEventDetails: { error: "Enough", cause: "by hand" },
    });
    expect(resolver.requests[0]!.signal.aborted).toBe(true);
  });

  it("goes on when a sibling execution fails", async () => {
    const resolver = recording(({ input }) => {
      if (input === "bad") throw failure("Oops");
      return input;
    });
    const interpreter = new Interpreter({ resolver });
    const machine = machineOf({ A: { Type: "Task", Resource: "f", End: true } });
    const results = await Promise.all(["good", "bad", "good"].map((input) => interpreter.run(machine, input)));
    expect(results.map(({ status }) => status)).toEqual(["SUCCEEDED", "FAILED", "SUCCEEDED"]);
  });

  it("fails its tasks if no resolver was given", async () => {
    const result = await new Interpreter().run(machineOf({ A: { Type: "Task", Resource: "f", End: true } }));
    expect(result).toMatchObject({ status: "FAILED", error: "States.Runtime" });
    expect(result.cause).toContain("No resolver");
  });
});

describe("a task whose parameters leave out what its service wants", () => {
  const invoke = "arn:aws:states:::lambda:invoke";
  const send = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
  const Catch = [{ ErrorEquals: ["States.ALL"], Next: "Z" }];
  const Z = { Type: "Succeed" };

  it.each([
    ["an expression", { Resource: invoke, Arguments: "{% {'Payload': 1} %}" }, '{"Payload":1}', ["FunctionName"]],
    ["an expression that is no object", { Resource: invoke, Arguments: "{% 5 %}" }, "5", ["FunctionName"]],
    ["several", { Resource: send, Arguments: "{% {} %}" }, "{}", ["QueueUrl", "MessageBody"]],
  ])("is not started: %s", async (_, fields, shown, missing) => {
    const states = { S: { Type: "Task", ...fields, Catch, End: true }, Z };
    const result = await run(states, {}, { f: () => expect.unreachable() }, { top: { QueryLanguage: "JSONata" } });
    const faults = missing.map((name) => `The field '${name}' is required but was missing`).join(", ");
    expect(result).toMatchObject({
      status: "FAILED",
      error: "States.Runtime",
      cause: `An error occurred while executing the state 'S' (entered at the event id #2). The Parameters '${shown}' could not be used to start the Task: [${faults}]`,
    });
    expect(typesOf(result.history)).toEqual(["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]);
  });
});
