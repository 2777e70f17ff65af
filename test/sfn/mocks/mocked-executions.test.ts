import { StartSyncExecutionCommand } from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import { readMockConfig } from "../../../shared/sfn/index.ts";
import { serveEachTest, until } from "../served.ts";

const mocks = readMockConfig(
  JSON.stringify({
    StateMachines: {
      m: {
        TestCases: {
          Happy: { Ask: "answer", Queue: "token" },
          Busy: { Ask: "busyTwice" },
          Broken: { Ask: "broken" },
          Short: { Ask: "one" },
          Items: { Each: "answer" },
        },
      },
      express: { TestCases: { Happy: { Ask: "answer" } } },
    },
    MockedResponses: {
      answer: { "0": { Return: { StatusCode: 200, Payload: 42 } } },
      token: { "0": { Return: { done: true } } },
      busyTwice: { "0-1": { Throw: { Error: "Busy", Cause: "later" } }, "2": { Return: "at last" } },
      broken: { "0-9": { Throw: { Error: "Busy", Cause: "always" } } },
      one: { "0": { Throw: { Error: "Busy", Cause: "once" } } },
    },
  }),
);
const served = serveEachTest(() => ({ mocks }));

const Retry = [{ ErrorEquals: ["Busy"], IntervalSeconds: 1, BackoffRate: 1, MaxAttempts: 2 }];
const ask = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Parameters: { FunctionName: "f" }, Retry };
const queue = {
  Type: "Task",
  Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
  Parameters: { QueueUrl: "q", "MessageBody.$": "$$.Task.Token" },
};
const asking = { StartAt: "Ask", States: { Ask: { ...ask, End: true } } };

/** Waits until it is over; the times between its attempts pass meanwhile. */
const ended = (executionArn: string) =>
  until(
    () => {
      served.clock.advance(1_000);
      return served.describe(executionArn);
    },
    ({ status }) => status !== "RUNNING",
  );

async function run(definition: object, testCase: string) {
  const arn = await served.create(definition);
  const executionArn = await served.start(`${arn}#${testCase}`);
  return { arn, ended: await ended(executionArn) };
}

describe("an execution of a test case", () => {
  it("has its tasks answered by the mock config, those that wait for a token as well", async () => {
    const states = {
      Ask: { ...ask, ResultPath: "$.asked", Next: "Queue" },
      Queue: { ...queue, ResultPath: "$.queued", End: true },
    };
    const { arn, ended } = await run({ StartAt: "Ask", States: states }, "Happy");
    expect(JSON.parse(ended.output!)).toEqual({ asked: { StatusCode: 200, Payload: 42 }, queued: { done: true } });
    expect(ended.stateMachineArn).toBe(`${arn}#Happy`);
  });

  it("counts attempts, so that a retry sees the next answer", async () => {
    expect((await run(asking, "Busy")).ended.output).toBe('"at last"');
    const broken = await run(asking, "Broken");
    expect(broken.ended).toMatchObject({ status: "FAILED", error: "Busy", cause: "always" });
  });

  it("fails where the response says nothing of an attempt", async () => {
    expect((await run(asking, "Short")).ended).toMatchObject({
      status: "FAILED",
      error: "States.Runtime",
      cause: expect.stringContaining("The mocked response one says nothing of attempt 1"),
    });
  });

  it("has those of the children of a Map Run answered too", async () => {
    const child = { StartAt: "Each", States: { Each: { ...ask, OutputPath: "$.Payload", End: true } } };
    const ItemProcessor = { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...child };
    const map = { Type: "Map", ItemsPath: "$.items", ItemProcessor, End: true };
    const arn = await served.create({ StartAt: "M", States: { M: map } });
    const executionArn = await served.start(`${arn}#Items`, { input: '{"items":[1,2]}' });
    expect((await served.ended(executionArn)).output).toBe("[42,42]");
  });

  it("does the work of states that the case does not name, and of executions without one", async () => {
    const arn = await served.create(asking);
    for (const started of [`${arn}#Items`, arn]) {
      const failed = await ended(await served.start(started));
      expect(failed).toMatchObject({ status: "FAILED", error: "States.Runtime" });
      expect(failed.cause).toContain("is not recognized");
    }
  });

  it("is one of type Express as well", async () => {
    const arn = await served.create(asking, { name: "express", type: "EXPRESS" });
    const answer = await served.client.send(new StartSyncExecutionCommand({ stateMachineArn: `${arn}#Happy` }));
    expect(JSON.parse(answer.output!)).toEqual({ StatusCode: 200, Payload: 42 });
  });

  it("is refused where the machine has no such case", async () => {
    const arn = await served.create(asking);
    await expect(served.start(`${arn}#Nope`)).rejects.toMatchObject({
      name: "InvalidArn",
      message: expect.stringContaining("the mock config has no test case Nope of m"),
    });
  });

  it("goes on as one after a restart, and is no test case where there is no mock config", async () => {
    const wait = { Type: "Wait", Seconds: 60, Next: "Ask" };
    const arn = await served.create({ StartAt: "W", States: { W: wait, ...asking.States } });
    const executionArn = await served.start(`${arn}#Happy`);
    await served.restart();
    served.clock.advance(60_000);
    expect(JSON.parse((await served.ended(executionArn)).output!)).toEqual({ StatusCode: 200, Payload: 42 });
    await served.restart({});
    await expect(served.start(`${arn}#Happy`)).rejects.toMatchObject({ name: "StateMachineDoesNotExist" });
  });
});
