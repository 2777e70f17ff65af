import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, describe, expect, it, vi } from "vitest";
import { restepHere } from "../support/command-line.ts";
import { start, temporaryFolder } from "./cli.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const store = join(folder.path, "store");
const buckets = join(folder.path, "buckets");
mkdirSync(join(buckets, "in"), { recursive: true });
writeFileSync(join(buckets, "in", "items.json"), "[1,2,3]");
const mocks = join(folder.path, "mocks.json");
writeFileSync(
  mocks,
  JSON.stringify({
    StateMachines: { items: { TestCases: { Doubled: { Ask: "two" } } } },
    MockedResponses: { two: { "0": { Return: 2 } } },
  }),
);

/** Starts `restep serve --sfn` and a client for it. */
async function serve() {
  const { child, finished } = start(
    ...["serve", "--sfn", "--port", "0", "--store", store, "--json", "--s3", buckets, "--mock-config", mocks],
  );
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  const { url } = JSON.parse(line.toString()) as { url: string };
  const client = new SFNClient({
    endpoint: url,
    region: "us-east-1",
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
    disableHostPrefix: true,
  });
  const stop = async (signal: NodeJS.Signals) => {
    client.destroy();
    child.kill(signal);
    return finished;
  };
  return { client, url, stop };
}

/** What an execution came to, asked for now and then: asking all the time takes both processes as long as it runs. */
async function ended(client: SFNClient, executionArn: string | undefined) {
  return vi.waitFor(
    async () => {
      const described = await client.send(new DescribeExecutionCommand({ executionArn }));
      expect(described.status).not.toBe("RUNNING");
      return described;
    },
    { timeout: 30_000, interval: 50 },
  );
}

/** A Distributed Map over what is in a bucket, its tasks answered by the mock config. */
async function doubled(client: SFNClient) {
  const ask = {
    Type: "Task",
    Resource: "arn:aws:states:::sns:publish",
    Parameters: { TopicArn: "t", Message: "m" },
    End: true,
  };
  const Each = {
    Type: "Map",
    ItemReader: {
      Resource: "arn:aws:states:::s3:getObject",
      ReaderConfig: { InputType: "JSON" },
      Parameters: { Bucket: "in", Key: "items.json" },
    },
    ItemProcessor: {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
      StartAt: "Ask",
      States: { Ask: ask },
    },
    End: true,
  };
  const definition = JSON.stringify({ StartAt: "Each", States: { Each } });
  const roleArn = "arn:aws:iam::000000000000:role/any";
  const machine = await client.send(new CreateStateMachineCommand({ name: "items", roleArn, definition }));
  const stateMachineArn = `${machine.stateMachineArn}#Doubled`;
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));
  const { status, output } = await ended(client, executionArn);
  return { status, output };
}

describe("restep serve --sfn", () => {
  it("runs a state machine for the SDK's client, and knows it again after being killed", async () => {
    const first = await serve();
    expect(first.url).toContain("127.0.0.1");
    const { stateMachineArn } = await first.client.send(
      new CreateStateMachineCommand({
        name: "wait-a-little",
        roleArn: "arn:aws:iam::000000000000:role/any",
        definition: JSON.stringify({
          StartAt: "Wait",
          States: {
            Wait: { Type: "Wait", Seconds: 1, Next: "Done" },
            Done: { Type: "Pass", Result: "done", End: true },
          },
        }),
      }),
    );
    const { executionArn } = await first.client.send(new StartExecutionCommand({ stateMachineArn, name: "one" }));
    expect((await first.stop("SIGKILL")).signal).toBe("SIGKILL");

    const second = await serve();
    expect(await ended(second.client, executionArn)).toMatchObject({ status: "SUCCEEDED", output: '"done"' });
    expect(await doubled(second.client)).toEqual({ status: "SUCCEEDED", output: "[2,2,2]" });
    const third = await restepHere(["serve", "--sfn", "--port", "0", "--store", store]);
    expect(third.code).toBe(1);
    expect(third.stderr).toMatch(
      /^restep: .*sfn is held by restep serve \(process \d+\) since \d{4}-.*; wait for it to end, or stop it\n$/,
    );
    expect((await second.stop("SIGTERM")).code).toBe(0);
  }, 60_000);

  it("ends in the middle of an expression that does not, and starts with it in its store", async () => {
    const first = await serve();
    const { stateMachineArn } = await first.client.send(
      new CreateStateMachineCommand({
        name: "poisoned",
        roleArn: "arn:aws:iam::000000000000:role/any",
        definition: JSON.stringify({
          QueryLanguage: "JSONata",
          StartAt: "P",
          States: { P: { Type: "Pass", Output: "{% $match($states.input, /^(a+)+$/) %}", End: true } },
        }),
      }),
    );
    const input = JSON.stringify(`${"a".repeat(40)}b`);
    const { executionArn } = await first.client.send(new StartExecutionCommand({ stateMachineArn, input }));
    const history = () => first.client.send(new GetExecutionHistoryCommand({ executionArn }));
    while ((await history()).events?.length !== 2);
    expect((await first.stop("SIGTERM")).code).toBe(0);

    const second = await serve();
    const described = await second.client.send(new DescribeExecutionCommand({ executionArn }));
    expect(described.status).toBe("RUNNING");
    expect(await ended(second.client, executionArn)).toMatchObject({
      status: "FAILED",
      error: "States.QueryEvaluationError",
    });
    expect((await second.stop("SIGTERM")).code).toBe(0);
  }, 60_000);
});
