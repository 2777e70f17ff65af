import { describe, expect, it } from "vitest";
import { giving, serveEachTest } from "./served.ts";

const served = serveEachTest();

const task = (action: string, Parameters: object, more: object = {}) => ({
  StartAt: "T",
  States: { T: { Type: "Task", Resource: `arn:aws:states:::aws-sdk:sfn:${action}`, Parameters, End: true, ...more } },
});

async function outcomeOf(definition: object, input = "{}") {
  const arn = await served.create(definition, { name: `caller-${Math.random().toString(36).slice(2)}` });
  return await served.ended(await served.start(arn, { input }));
}

describe("a task of aws-sdk:sfn", () => {
  it("starts an execution here, with JSON for its input", async () => {
    const StateMachineArn = await served.create(giving("done"));
    const started = await outcomeOf(
      task("startExecution", { StateMachineArn, Name: "one", "Input.$": "$" }),
      '{"a":1}',
    );
    const { ExecutionArn, StartDate } = JSON.parse(started.output!) as { ExecutionArn: string; StartDate: string };
    expect(StartDate).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(await served.ended(ExecutionArn)).toMatchObject({ status: "SUCCEEDED", input: '{"a":1}' });
    const described = JSON.parse((await outcomeOf(task("describeExecution", { ExecutionArn }))).output!);
    expect(described).toMatchObject({
      ExecutionArn,
      Name: "one",
      Status: "SUCCEEDED",
      InputDetails: { Included: true },
    });
    expect(described.StopDate).toMatch(/Z$/);
    const { Executions } = JSON.parse((await outcomeOf(task("listExecutions", { StateMachineArn }))).output!);
    expect(Executions).toEqual([expect.objectContaining({ ExecutionArn, Status: "SUCCEEDED" })]);
  });

  it("fails as the API does, and can be caught", async () => {
    const ExecutionArn = "arn:aws:states:us-east-1:000000000000:execution:m:none";
    const failed = await outcomeOf(task("describeExecution", { ExecutionArn }));
    expect(failed).toMatchObject({ status: "FAILED", error: "Sfn.ExecutionDoesNotExistException" });
    expect(failed.cause).toContain(`Execution Does Not Exist: '${ExecutionArn}' (Service: Sfn, Status Code: 400`);
    const invalid = await outcomeOf(task("stopExecution", {}));
    expect(invalid.error).toBe("Sfn.ValidationException");
  });
});
