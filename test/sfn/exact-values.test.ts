import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as sfn from "@aws-sdk/client-sfn";
import { afterEach, describe, expect, it } from "vitest";
import { functionsResolver, routeByService } from "../../shared/asl/index.ts";
import { lambdaOverHttp } from "../../shared/sfn/index.ts";
import { SPELT } from "../asl/exact-texts.ts";
import { roleArn, serveEachTest } from "./served.ts";

const echo = "arn:aws:lambda:us-east-1:000000000000:function:echo";
const task = (Resource: string, fields: object = {}) => ({ Type: "Task", Resource, ...fields });
const machine = (states: Record<string, object>) => ({ StartAt: Object.keys(states)[0], States: states });

/** Answers with what it was sent, byte by byte. */
let endpoint: Server | undefined;
async function echoing(): Promise<string> {
  endpoint = createServer((request, response) => void request.pipe(response.writeHead(200)));
  await new Promise<void>((resolve) => endpoint!.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`;
}
afterEach(() => {
  endpoint?.close().closeAllConnections();
  endpoint = undefined;
});

const served = serveEachTest(() => ({ resolver: functionsResolver({ echo: (event) => event }) }));

const eventsOf = async (executionArn: string) =>
  (await served.client.send(new sfn.GetExecutionHistoryCommand({ executionArn }))).events ?? [];

describe("the server hands on numbers and the order of keys as they came", () => {
  it("in an execution's description and history, also once it was started anew", async () => {
    const arn = await served.start(await served.create(machine({ P: { Type: "Pass", End: true } })), { input: SPELT });
    for (const isAnew of [false, true]) {
      if (isAnew) await served.restart();
      expect(await served.ended(arn)).toMatchObject({ status: "SUCCEEDED", input: SPELT, output: SPELT });
      const [, entered, exited] = await eventsOf(arn);
      expect(entered?.stateEnteredEventDetails?.input).toBe(SPELT);
      expect(exited?.stateExitedEventDetails?.output).toBe(SPELT);
    }
  });

  it("to and from workers of activities, where the server stopped in between, and once redriven", async () => {
    const { activityArn } = await served.client.send(new sfn.CreateActivityCommand({ name: "a" }));
    const states = {
      A: task(activityArn!, { ResultPath: "$.of", Next: "B" }),
      B: task(activityArn!, { ResultPath: null, End: true }),
    };
    const arn = await served.start(await served.create(machine(states)), { input: SPELT });
    await served.restart();
    const take = () => served.client.send(new sfn.GetActivityTaskCommand({ activityArn }));
    const first = await take();
    expect(first.input).toBe(SPELT);
    await served.restart();
    await served.client.send(new sfn.SendTaskSuccessCommand({ taskToken: first.taskToken, output: SPELT }));
    const second = await take();
    const whole = `${SPELT.slice(0, -1)},"of":${SPELT}}`;
    expect(second.input).toBe(whole);
    await served.client.send(new sfn.SendTaskFailureCommand({ taskToken: second.taskToken, error: "E" }));
    await served.ended(arn);
    await served.restart();
    await served.client.send(new sfn.RedriveExecutionCommand({ executionArn: arn }));
    const third = await take();
    expect(third.input).toBe(whole);
    await served.client.send(new sfn.SendTaskSuccessCommand({ taskToken: third.taskToken, output: "1.0" }));
    expect(await served.ended(arn)).toMatchObject({ status: "SUCCEEDED", output: whole });
  });

  it("to and from Lambda functions over HTTP", async () => {
    await served.restart({ resolver: routeByService({ lambda: lambdaOverHttp(await echoing()) }) });
    const Parameters = { FunctionName: "echo", "Payload.$": "$" };
    const states = {
      ByArn: task(echo, { Next: "Invoke" }),
      Invoke: task("arn:aws:states:::lambda:invoke", { Parameters, OutputPath: "$.Payload", End: true }),
    };
    const arn = await served.start(await served.create(machine(states)), { input: SPELT });
    expect(await served.ended(arn)).toMatchObject({ status: "SUCCEEDED", output: SPELT });
  });

  it("to and from executions that an execution starts, as JSON and by the SDK's action", async () => {
    const inner = await served.create(machine({ P: { Type: "Pass", End: true } }), { name: "inner" });
    const asked = { StateMachineArn: inner, "Input.$": "$" };
    const states = {
      Sync: task("arn:aws:states:::states:startExecution.sync:2", {
        Parameters: asked,
        OutputPath: "$.Output",
        Next: "Sdk",
      }),
      Sdk: task("arn:aws:states:::aws-sdk:sfn:startSyncExecution", {
        Parameters: { ...asked, StateMachineArn: `${inner}x` },
        OutputPath: "$.Output",
        End: true,
      }),
    };
    await served.create(machine({ P: { Type: "Pass", End: true } }), { name: "innerx", type: "EXPRESS" });
    const arn = await served.start(await served.create(machine(states)), { input: SPELT });
    const { output, status, cause } = await served.ended(arn);
    expect({ output: JSON.parse(output ?? '""'), status, cause }).toMatchObject({ output: SPELT, status: "SUCCEEDED" });
  });

  it("in children of Map Runs, also once it was started anew", async () => {
    const states = {
      M: {
        Type: "Map",
        ItemProcessor: {
          ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
          StartAt: "In",
          States: { In: { Type: "Pass", End: true } },
        },
        End: true,
      },
    };
    const arn = await served.start(await served.create(machine(states)), { input: `[${SPELT}]` });
    expect(await served.ended(arn)).toMatchObject({ status: "SUCCEEDED", output: `[${SPELT}]` });
    await served.restart();
    const { mapRuns } = await served.client.send(new sfn.ListMapRunsCommand({ executionArn: arn }));
    const { executions } = await served.client.send(
      new sfn.ListExecutionsCommand({ mapRunArn: mapRuns![0]!.mapRunArn }),
    );
    const child = executions![0]!.executionArn!;
    expect(await served.describe(child)).toMatchObject({ input: SPELT, output: SPELT });
    expect((await eventsOf(child)).at(-1)?.executionSucceededEventDetails?.output).toBe(SPELT);
  });

  it("when a state is tested, with and without a mock", async () => {
    const test = (definition: object, more: object = {}) =>
      served.client.send(
        new sfn.TestStateCommand({
          definition: JSON.stringify(definition),
          roleArn,
          input: SPELT,
          inspectionLevel: "DEBUG",
          ...more,
        }),
      );
    const tested = await test({ Type: "Pass", End: true });
    expect(tested).toMatchObject({ output: SPELT, inspectionData: { input: SPELT } });
    const mocked = await test(task(echo, { ResultPath: "$.r", End: true }), { mock: { result: '{"b":1.0,"1":2}' } });
    expect(mocked.output).toBe(`${SPELT.slice(0, -1)},"r":{"b":1.0,"1":2}}`);
  });
});
