import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sfn from "@aws-sdk/client-sfn";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { functionsResolver, type TaskResolver } from "../../shared/asl/index.ts";
import { startStoredSfnServer } from "../../shared/local/sfn.ts";
import type { SfnServer } from "../../shared/sfn/index.ts";
import type { FileSystem } from "../../shared/stores/filesystem/file-system.ts";
import { nodeFileSystem } from "../../shared/stores/filesystem/node-file-system.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";

const roleArn = "arn:aws:iam::000000000000:role/any";
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const activityPrefix = "arn:aws:states:us-east-1:000000000000:activity:";

let folder: string;
let clock: ManualClock;
let server: SfnServer;
let client: sfn.SFNClient;
let calls: unknown[];
let disk: FileSystem = nodeFileSystem;

const functions = functionsResolver({
  echo: (event: unknown) => {
    calls.push(event);
    return event;
  },
  hang: (event: unknown) => {
    calls.push(event);
    return new Promise(() => {});
  },
  boom: () => {
    throw Object.assign(new Error("out of order"), { name: "Boom" });
  },
});

/** Takes every callback task, and answers none. */
const tokens: string[] = [];
const callbacks: TaskResolver = {
  run(request) {
    if (request.resource.pattern !== "WaitForTaskToken") return functions.run(request);
    tokens.push(request.taskToken);
    return {};
  },
};

async function open() {
  const options = { clock, wallClock: clock, resolver: callbacks };
  server = await startStoredSfnServer(folder, options, () => undefined, { fileSystem: disk });
  client = new sfn.SFNClient({
    endpoint: server.url,
    region: "us-east-1",
    credentials,
    maxAttempts: 1,
    disableHostPrefix: true,
  });
}

async function restart() {
  client.destroy();
  await server.close();
  await open();
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "restep-sfn-"));
  clock = manualClock();
  calls = [];
  tokens.length = 0;
  await open();
});
afterEach(async () => {
  client.destroy();
  await server.close();
  rmSync(folder, { recursive: true });
});

const machineOf = (states: object, more: object = {}) =>
  JSON.stringify({ StartAt: Object.keys(states)[0], States: states, ...more });
const pass = machineOf({ P: { Type: "Pass", End: true } });
const wait = machineOf({ W: { Type: "Wait", Seconds: 60, Next: "P" }, P: { Type: "Pass", Result: 1, End: true } });
const failing = machineOf({ F: { Type: "Fail", Error: "E", Cause: "C" } });

async function create(definition: string, options: Partial<sfn.CreateStateMachineCommandInput> = {}): Promise<string> {
  const made = await client.send(new sfn.CreateStateMachineCommand({ name: "m", definition, roleArn, ...options }));
  return made.stateMachineArn!;
}

async function start(stateMachineArn: string, options: Partial<sfn.StartExecutionCommandInput> = {}): Promise<string> {
  return (await client.send(new sfn.StartExecutionCommand({ stateMachineArn, ...options }))).executionArn!;
}

const describeExecution = (executionArn: string) => client.send(new sfn.DescribeExecutionCommand({ executionArn }));

async function history(executionArn: string): Promise<(string | undefined)[]> {
  const { events } = await client.send(new sfn.GetExecutionHistoryCommand({ executionArn }));
  return events!.map(({ type }) => type);
}

/** Asks until the answer is as wanted; every ask gives the server a turn. */
async function until<T>(ask: () => T | Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const ended = (executionArn: string) =>
  until(
    () => describeExecution(executionArn),
    ({ status }) => status !== "RUNNING",
  );

describe("a server that is closed", () => {
  it("has written what it was about to write of an execution's end", async () => {
    let renames = 0;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const order: string[] = [];
    disk = {
      ...nodeFileSystem,
      async rename(from, to) {
        // The first says that the execution runs, the second how it ended.
        if (to.includes("executions") && ++renames === 2) {
          await released;
          order.push("written");
        }
        await nodeFileSystem.rename(from, to);
      },
    };
    await restart();
    const stateMachineArn = await create(pass);
    await start(stateMachineArn);
    await until(
      () => renames,
      (count) => count === 2,
    );
    client.destroy();
    const closed = server.close().then(() => order.push("closed"));
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    release();
    await closed;
    expect(order).toEqual(["written", "closed"]);
    disk = nodeFileSystem;
    await open();
    expect((await client.send(new sfn.ListExecutionsCommand({ stateMachineArn }))).executions).toEqual([
      expect.objectContaining({ status: "SUCCEEDED" }),
    ]);
  });
});

describe("state machines", () => {
  it("are created, described, listed and deleted", async () => {
    const stateMachineArn = await create(pass);
    expect(stateMachineArn).toBe("arn:aws:states:us-east-1:000000000000:stateMachine:m");
    const described = await client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn }));
    expect(described).toMatchObject({ name: "m", definition: pass, roleArn, type: "STANDARD", status: "ACTIVE" });
    expect(described.creationDate).toEqual(new Date(clock.now()));
    const listed = await client.send(new sfn.ListStateMachinesCommand({}));
    expect(listed.stateMachines?.map(({ name }) => name)).toEqual(["m"]);
    await client.send(new sfn.DeleteStateMachineCommand({ stateMachineArn }));
    await expect(client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn }))).rejects.toBeInstanceOf(
      sfn.StateMachineDoesNotExist,
    );
  });

  it("are created once by the same request, and not by another of that name", async () => {
    const first = await create(pass);
    expect(await create(pass)).toBe(first);
    await expect(create(failing)).rejects.toBeInstanceOf(sfn.StateMachineAlreadyExists);
    await expect(create(pass, { type: "EXPRESS" })).rejects.toBeInstanceOf(sfn.StateMachineAlreadyExists);
  });

  it("are refused with AWS's words if the definition is bad", async () => {
    const refused = create(JSON.stringify({ StartAt: "A" }));
    await expect(refused).rejects.toBeInstanceOf(sfn.InvalidDefinition);
    await expect(refused).rejects.toThrow(
      "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'",
    );
  });

  it("are refused if they pass no items to a Map, where no execution could start", async () => {
    const ItemProcessor = { StartAt: "B", States: { B: { Type: "Pass", End: true } } };
    const definition = machineOf({ A: { Type: "Map", ItemsPath: null, ItemProcessor, End: true } });
    await expect(create(definition)).rejects.toMatchObject({
      name: "InvalidDefinition",
      message: expect.stringContaining("/States/A/ItemsPath"),
    });
  });

  it("are updated for executions to come", async () => {
    const stateMachineArn = await create(wait);
    const executionArn = await start(stateMachineArn);
    await client.send(new sfn.UpdateStateMachineCommand({ stateMachineArn, definition: failing }));
    clock.advance(60_000);
    expect((await ended(executionArn)).output).toBe("1");
    expect((await ended(await start(stateMachineArn))).status).toBe("FAILED");
    const ran = await client.send(new sfn.DescribeStateMachineForExecutionCommand({ executionArn }));
    expect(ran.definition).toBe(wait);
    await expect(client.send(new sfn.UpdateStateMachineCommand({ stateMachineArn }))).rejects.toBeInstanceOf(
      sfn.MissingRequiredParameter,
    );
  });

  it("that still run executions are deleted after them", async () => {
    const stateMachineArn = await create(wait);
    const executionArn = await start(stateMachineArn);
    await client.send(new sfn.DeleteStateMachineCommand({ stateMachineArn }));
    const described = await client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn }));
    expect(described.status).toBe("DELETING");
    await expect(start(stateMachineArn)).rejects.toBeInstanceOf(sfn.StateMachineDeleting);
    clock.advance(60_000);
    expect((await ended(executionArn)).status).toBe("SUCCEEDED");
    await expect(
      until(
        () => client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn })),
        () => false,
      ),
    ).rejects.toBeInstanceOf(sfn.StateMachineDoesNotExist);
  });

  it("are listed page by page", async () => {
    for (const name of ["a", "b", "c"]) await create(pass, { name });
    const names: (string | undefined)[] = [];
    for await (const page of sfn.paginateListStateMachines({ client, pageSize: 2 }, {})) {
      names.push(...page.stateMachines!.map(({ name }) => name));
    }
    expect(names).toEqual(["a", "b", "c"]);
    await expect(client.send(new sfn.ListStateMachinesCommand({ nextToken: "x" }))).rejects.toBeInstanceOf(
      sfn.InvalidToken,
    );
  });
});

describe("definitions", () => {
  it("are validated without being created", async () => {
    const definition = machineOf({ P: { Type: "Pass", Parameters: { a: "$.b" }, End: true } });
    const errorsOnly = await client.send(new sfn.ValidateStateMachineDefinitionCommand({ definition }));
    expect(errorsOnly).toMatchObject({ result: "OK", diagnostics: [], truncated: false });
    const all = await client.send(new sfn.ValidateStateMachineDefinitionCommand({ definition, severity: "WARNING" }));
    expect(all.diagnostics?.map(({ code }) => code)).toEqual(["NO_DOLLAR"]);
    const bad = await client.send(new sfn.ValidateStateMachineDefinitionCommand({ definition: "{}" }));
    expect(bad.result).toBe("FAIL");
    expect(bad.diagnostics).toEqual([
      {
        severity: "ERROR",
        code: "SCHEMA_VALIDATION_FAILED",
        message: "These fields are required: [States, StartAt]",
        location: "/",
      },
    ]);
  });
});

describe("executions", () => {
  it("run to their end", async () => {
    const executionArn = await start(await create(pass), { name: "x", input: '{"a":1}' });
    expect(executionArn).toBe("arn:aws:states:us-east-1:000000000000:execution:m:x");
    expect(await ended(executionArn)).toMatchObject({
      status: "SUCCEEDED",
      input: '{"a":1}',
      output: '{"a":1}',
      inputDetails: { included: true },
      redriveCount: 0,
      redriveStatus: "NOT_REDRIVABLE",
      redriveStatusReason: "Execution is SUCCEEDED and cannot be redriven",
    });
  });

  it("call functions of this process", async () => {
    const definition = machineOf({
      T: { Type: "Task", Resource: "arn:aws:lambda:us-east-1:000000000000:function:echo", Next: "I" },
      I: {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke",
        Parameters: { FunctionName: "echo", "Payload.$": "$" },
        OutputPath: "$.Payload",
        End: true,
      },
    });
    expect((await ended(await start(await create(definition), { input: '{"n":1}' }))).output).toBe('{"n":1}');
    expect(calls).toEqual([{ n: 1 }, { n: 1 }]);
  });

  it("fail with what the function threw", async () => {
    const definition = machineOf({ T: { Type: "Task", Resource: "boom", End: true } });
    const { status, error, cause } = await ended(await start(await create(definition)));
    expect({ status, error }).toEqual({ status: "FAILED", error: "Boom" });
    expect(JSON.parse(cause!)).toMatchObject({ errorMessage: "out of order" });
  });

  it("are started once by name and input", async () => {
    const stateMachineArn = await create(wait);
    const first = await start(stateMachineArn, { name: "x", input: "{}" });
    expect(await start(stateMachineArn, { name: "x", input: "{}" })).toBe(first);
    await expect(start(stateMachineArn, { name: "x", input: "[]" })).rejects.toBeInstanceOf(sfn.ExecutionAlreadyExists);
    clock.advance(60_000);
    await ended(first);
    await expect(start(stateMachineArn, { name: "x", input: "{}" })).rejects.toBeInstanceOf(sfn.ExecutionAlreadyExists);
  });

  it("are stopped", async () => {
    const executionArn = await start(await create(wait));
    const { stopDate } = await client.send(new sfn.StopExecutionCommand({ executionArn, error: "E", cause: "C" }));
    expect(stopDate).toEqual(new Date(clock.now()));
    expect(await describeExecution(executionArn)).toMatchObject({ status: "ABORTED", error: "E", cause: "C" });
    expect(await history(executionArn)).toEqual(["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]);
  });

  it("show their history in pages, backwards, and without data", async () => {
    const executionArn = await start(await create(pass), { input: '{"a":1}' });
    await ended(executionArn);
    const all = await client.send(new sfn.GetExecutionHistoryCommand({ executionArn }));
    expect(all.events?.map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
      [1, 0, "ExecutionStarted"],
      [2, 0, "PassStateEntered"],
      [3, 2, "PassStateExited"],
      [4, 3, "ExecutionSucceeded"],
    ]);
    expect(all.events?.[0]?.timestamp).toEqual(new Date(clock.now()));
    expect(all.events?.[1]?.stateEnteredEventDetails).toMatchObject({ name: "P", input: '{"a":1}' });
    const ids: (number | undefined)[] = [];
    const backwards = { executionArn, reverseOrder: true, includeExecutionData: false };
    for await (const page of sfn.paginateGetExecutionHistory({ client, pageSize: 3 }, backwards)) {
      ids.push(...page.events!.map(({ id }) => id));
      expect(page.events!.every((event) => event.stateEnteredEventDetails?.input === undefined)).toBe(true);
    }
    expect(ids).toEqual([4, 3, 2, 1]);
  });

  it("are listed by status, those first of which there is news last", async () => {
    const stateMachineArn = await create(wait);
    const names = ["one", "two", "three"];
    for (const name of names) {
      await start(stateMachineArn, { name });
      clock.advance(1);
    }
    await client.send(
      new sfn.StopExecutionCommand({ executionArn: `${stateMachineArn.replace(":stateMachine:", ":execution:")}:two` }),
    );
    const list = async (filter: Partial<sfn.ListExecutionsCommandInput>) => {
      const { executions } = await client.send(new sfn.ListExecutionsCommand({ stateMachineArn, ...filter }));
      return executions?.map(({ name }) => name);
    };
    expect(await list({})).toEqual(["two", "three", "one"]);
    expect(await list({ statusFilter: "RUNNING" })).toEqual(["three", "one"]);
    expect(await list({ statusFilter: "ABORTED" })).toEqual(["two"]);
    expect(await list({ redriveFilter: "REDRIVEN" })).toEqual([]);
  });

  it("that failed are redriven from where they failed", async () => {
    let isBroken = true;
    await server.close();
    const flaky: TaskResolver = {
      run: () => {
        if (isBroken) throw new Error("not yet");
        return { done: true };
      },
    };
    server = await startStoredSfnServer(folder, { clock, resolver: flaky }, () => undefined);
    client = new sfn.SFNClient({
      endpoint: server.url,
      region: "us-east-1",
      credentials,
      maxAttempts: 1,
      disableHostPrefix: true,
    });
    const definition = machineOf({ A: { Type: "Pass", Next: "T" }, T: { Type: "Task", Resource: "flaky", End: true } });
    const executionArn = await start(await create(definition));
    expect(await ended(executionArn)).toMatchObject({ status: "FAILED", redriveStatus: "REDRIVABLE" });
    isBroken = false;
    const command = new sfn.RedriveExecutionCommand({ executionArn, clientToken: "once" });
    const { redriveDate } = await client.send(command);
    expect(await ended(executionArn)).toMatchObject({ status: "SUCCEEDED", output: '{"done":true}', redriveCount: 1 });
    expect((await client.send(command)).redriveDate).toEqual(redriveDate);
    expect((await history(executionArn)).filter((type) => type === "PassStateEntered")).toHaveLength(1);
    await expect(
      client.send(new sfn.RedriveExecutionCommand({ executionArn, clientToken: "twice" })),
    ).rejects.toBeInstanceOf(sfn.ExecutionNotRedrivable);
  });

  it("are not begun with an input of too many bytes in UTF-8, and nothing is left of the attempt", async () => {
    const stateMachineArn = await create(pass);
    const input = JSON.stringify({ a: "é".repeat(131_070) });
    expect(input.length).toBeLessThan(262_144);
    await expect(start(stateMachineArn, { input })).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("'input' failed to satisfy constraint: Member must have length less than"),
    });
    expect((await client.send(new sfn.ListExecutionsCommand({ stateMachineArn }))).executions).toEqual([]);
    const largest = JSON.stringify("é".repeat(131_071));
    expect(Buffer.byteLength(largest)).toBe(262_144);
    await start(stateMachineArn, { input: largest });
  });

  it("are found by their ARN or refused with AWS's error", async () => {
    const stateMachineArn = await create(pass);
    const missing = "arn:aws:states:us-east-1:000000000000:execution:m:none";
    await expect(describeExecution(missing)).rejects.toBeInstanceOf(sfn.ExecutionDoesNotExist);
    await expect(describeExecution("nonsense")).rejects.toBeInstanceOf(sfn.InvalidArn);
    await expect(start(`${stateMachineArn}x`)).rejects.toBeInstanceOf(sfn.StateMachineDoesNotExist);
    await expect(start(stateMachineArn, { input: "{" })).rejects.toBeInstanceOf(sfn.InvalidExecutionInput);
    // Recorded from AWS (LocalStack's snapshots, June 2023), of other texts.
    for (const [input, why] of [
      ["", "Invalid execution input."],
      ["{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"],
    ]) {
      await expect(start(stateMachineArn, { input })).rejects.toMatchObject({
        name: "InvalidExecutionInput",
        message: `Invalid State Machine Execution Input: '${why}'`,
      });
    }
    await expect(start(stateMachineArn, { name: "a b" })).rejects.toBeInstanceOf(sfn.InvalidName);
    await expect(start(stateMachineArn, { input: `"${"x".repeat(262_144)}"` })).rejects.toThrow(
      /'input' failed to satisfy constraint: Member must have length less than or equal to 262144/,
    );
  });

  it("start others and wait for them", async () => {
    const child = await create(failing, { name: "child-fails" });
    const fine = await create(pass, { name: "child" });
    const parent = machineOf({
      S: {
        Type: "Task",
        Resource: "arn:aws:states:::states:startExecution.sync:2",
        Parameters: { StateMachineArn: fine, Input: { a: 1 }, Name: "nested" },
        ResultSelector: { "status.$": "$.Status", "output.$": "$.Output" },
        Next: "F",
      },
      F: {
        Type: "Task",
        Resource: "arn:aws:states:::states:startExecution.sync",
        Parameters: { StateMachineArn: child },
        Catch: [{ ErrorEquals: ["States.TaskFailed"], ResultPath: "$.caught", Next: "P" }],
        End: true,
      },
      P: { Type: "Pass", End: true },
    });
    const { output } = await ended(await start(await create(parent)));
    const result = JSON.parse(output!);
    expect(result).toMatchObject({ status: "SUCCEEDED", output: { a: 1 }, caught: { Error: "States.TaskFailed" } });
    expect(JSON.parse(result.caught.Cause)).toMatchObject({ Status: "FAILED", Error: "E", Cause: "C" });
  });
});

describe("Express machines", () => {
  it("answer a synchronous start with the result", async () => {
    const stateMachineArn = await create(pass, { type: "EXPRESS" });
    const result = await client.send(
      new sfn.StartSyncExecutionCommand({ stateMachineArn, name: "x", input: '{"a":1}' }),
    );
    expect(result).toMatchObject({ status: "SUCCEEDED", name: "x", output: '{"a":1}', input: '{"a":1}' });
    expect(result.executionArn).toMatch(/:express:m:x:[\w-]{36}$/);
    const failed = await client.send(
      new sfn.StartSyncExecutionCommand({ stateMachineArn: await create(failing, { name: "f", type: "EXPRESS" }) }),
    );
    expect(failed).toMatchObject({ status: "FAILED", error: "E", cause: "C" });
  });

  it("time out after five minutes", async () => {
    const definition = machineOf({ W: { Type: "Wait", Seconds: 1000, End: true } });
    const running = client.send(
      new sfn.StartSyncExecutionCommand({ stateMachineArn: await create(definition, { type: "EXPRESS" }) }),
    );
    let isEnded = false;
    const result = running.finally(() => {
      isEnded = true;
    });
    await until(
      () => clock.advance(1000),
      () => isEnded,
    );
    const { status, startDate, stopDate } = await result;
    expect(status).toBe("TIMED_OUT");
    expect(stopDate!.getTime() - startDate!.getTime()).toBe(300_000);
  });

  it("are given up with their call when the server closes, and so are states under test", async () => {
    const state = { Type: "Task", Resource: "arn:aws:lambda:us-east-1:123456789012:function:hang", End: true };
    const stateMachineArn = await create(machineOf({ W: state }), { type: "EXPRESS" });
    const calling = [
      client.send(new sfn.StartSyncExecutionCommand({ stateMachineArn })),
      client.send(new sfn.TestStateCommand({ definition: JSON.stringify(state), roleArn })),
    ];
    await until(
      () => client.send(new sfn.ListStateMachinesCommand()),
      () => calls.length === 2,
    );
    const answers = Promise.allSettled(calling);
    await server.close();
    const stopped = {
      name: "InternalFailure",
      message: "The server stopped before the answer was there",
      $metadata: { httpStatusCode: 500 },
    };
    expect(await answers).toMatchObject([{ reason: stopped }, { reason: stopped }]);
  });

  it("are neither described nor listed, and Standard ones not run synchronously", async () => {
    const stateMachineArn = await create(pass, { type: "EXPRESS" });
    await expect(client.send(new sfn.ListExecutionsCommand({ stateMachineArn }))).rejects.toBeInstanceOf(
      sfn.StateMachineTypeNotSupported,
    );
    const standard = await create(pass, { name: "s" });
    await expect(client.send(new sfn.StartSyncExecutionCommand({ stateMachineArn: standard }))).rejects.toBeInstanceOf(
      sfn.StateMachineTypeNotSupported,
    );
  });
});

describe("task tokens", () => {
  const callback = (more: object = {}) =>
    machineOf({
      T: {
        Type: "Task",
        Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        Parameters: { QueueUrl: "q", MessageBody: { "token.$": "$$.Task.Token" } },
        End: true,
        ...more,
      },
    });

  async function waiting(definition = callback()) {
    const executionArn = await start(await create(definition));
    await until(
      () => tokens.length,
      (count) => count > 0,
    );
    return { executionArn, taskToken: tokens[0]! };
  }

  it("end a task with success", async () => {
    const { executionArn, taskToken } = await waiting();
    await client.send(new sfn.SendTaskSuccessCommand({ taskToken, output: '{"ok":true}' }));
    expect((await ended(executionArn)).output).toBe('{"ok":true}');
    await expect(client.send(new sfn.SendTaskSuccessCommand({ taskToken, output: "1" }))).rejects.toBeInstanceOf(
      sfn.TaskTimedOut,
    );
  });

  it("end a task with a failure", async () => {
    const { executionArn, taskToken } = await waiting();
    await client.send(new sfn.SendTaskFailureCommand({ taskToken, error: "E", cause: "C" }));
    expect(await ended(executionArn)).toMatchObject({ status: "FAILED", error: "E", cause: "C" });
  });

  it("keep a task alive with heartbeats", async () => {
    const { executionArn, taskToken } = await waiting(callback({ HeartbeatSeconds: 10 }));
    clock.advance(9_000);
    await client.send(new sfn.SendTaskHeartbeatCommand({ taskToken }));
    clock.advance(9_000);
    expect((await describeExecution(executionArn)).status).toBe("RUNNING");
    clock.advance(1_000);
    expect(await ended(executionArn)).toMatchObject({ status: "FAILED", error: "States.Timeout" });
    await expect(client.send(new sfn.SendTaskHeartbeatCommand({ taskToken }))).rejects.toBeInstanceOf(sfn.TaskTimedOut);
  });

  it("are refused if they are none, and so is output that is not JSON", async () => {
    const { taskToken } = await waiting();
    await expect(client.send(new sfn.SendTaskSuccessCommand({ taskToken: "x", output: "1" }))).rejects.toBeInstanceOf(
      sfn.InvalidToken,
    );
    await expect(client.send(new sfn.SendTaskSuccessCommand({ taskToken, output: "{" }))).rejects.toBeInstanceOf(
      sfn.InvalidOutput,
    );
  });

  it("survive a restart", async () => {
    const { executionArn, taskToken } = await waiting();
    await restart();
    await client.send(new sfn.SendTaskSuccessCommand({ taskToken, output: "1" }));
    expect((await ended(executionArn)).output).toBe("1");
  });
});

describe("activities", () => {
  const definition = machineOf({ T: { Type: "Task", Resource: `${activityPrefix}a`, End: true } });

  it("are created once, described, listed and deleted", async () => {
    const { activityArn } = await client.send(new sfn.CreateActivityCommand({ name: "a" }));
    expect(activityArn).toBe(`${activityPrefix}a`);
    expect((await client.send(new sfn.CreateActivityCommand({ name: "a" }))).activityArn).toBe(activityArn);
    expect(await client.send(new sfn.DescribeActivityCommand({ activityArn }))).toMatchObject({ name: "a" });
    const { activities } = await client.send(new sfn.ListActivitiesCommand({}));
    expect(activities?.map(({ name }) => name)).toEqual(["a"]);
    await client.send(new sfn.DeleteActivityCommand({ activityArn }));
    await expect(client.send(new sfn.DescribeActivityCommand({ activityArn }))).rejects.toBeInstanceOf(
      sfn.ActivityDoesNotExist,
    );
  });

  it("hand tasks to a worker that waits, who answers by the token", async () => {
    const { activityArn } = await client.send(new sfn.CreateActivityCommand({ name: "a" }));
    const polled = client.send(new sfn.GetActivityTaskCommand({ activityArn, workerName: "w" }));
    const executionArn = await start(await create(definition), { input: '{"n":1}' });
    const { taskToken, input } = await polled;
    expect(input).toBe('{"n":1}');
    expect(await history(executionArn)).toEqual([
      "ExecutionStarted",
      "TaskStateEntered",
      "ActivityScheduled",
      "ActivityStarted",
    ]);
    await client.send(new sfn.SendTaskSuccessCommand({ taskToken, output: "2" }));
    expect((await ended(executionArn)).output).toBe("2");
  });

  it("answer a worker with nothing after a minute", async () => {
    const { activityArn } = await client.send(new sfn.CreateActivityCommand({ name: "a" }));
    let isAnswered = false;
    const polled = client.send(new sfn.GetActivityTaskCommand({ activityArn })).finally(() => {
      isAnswered = true;
    });
    await until(
      () => clock.advance(60_000),
      () => isAnswered,
    );
    expect((await polled).taskToken).toBeUndefined();
  });

  it("do not hand a task out again after a restart", async () => {
    const { activityArn } = await client.send(new sfn.CreateActivityCommand({ name: "a" }));
    const executionArn = await start(await create(definition));
    const { taskToken } = await client.send(new sfn.GetActivityTaskCommand({ activityArn }));
    await restart();
    const second = client.send(new sfn.GetActivityTaskCommand({ activityArn }));
    await client.send(new sfn.SendTaskSuccessCommand({ taskToken, output: "3" }));
    expect((await ended(executionArn)).output).toBe("3");
    const other = await start(await create(definition), { name: "other" });
    expect((await second).taskToken).toBeDefined();
    expect((await describeExecution(other)).status).toBe("RUNNING");
  });
});

describe("tags", () => {
  it("are set, listed and taken off machines and activities", async () => {
    const machine = await create(pass, { tags: [{ key: "a", value: "1" }] });
    const activity = (await client.send(new sfn.CreateActivityCommand({ name: "a" }))).activityArn!;
    for (const resourceArn of [machine, activity]) {
      await client.send(new sfn.TagResourceCommand({ resourceArn, tags: [{ key: "b", value: "2" }] }));
      await client.send(new sfn.UntagResourceCommand({ resourceArn, tagKeys: ["a"] }));
    }
    await restart();
    for (const resourceArn of [machine, activity]) {
      const { tags } = await client.send(new sfn.ListTagsForResourceCommand({ resourceArn }));
      expect(tags).toEqual([{ key: "b", value: "2" }]);
    }
    await expect(
      client.send(new sfn.ListTagsForResourceCommand({ resourceArn: `${activityPrefix}none` })),
    ).rejects.toBeInstanceOf(sfn.ResourceNotFound);
    const many = Array.from({ length: 51 }, (_, index) => ({ key: `k${index}`, value: "" }));
    await expect(client.send(new sfn.TagResourceCommand({ resourceArn: machine, tags: many }))).rejects.toBeInstanceOf(
      sfn.TooManyTags,
    );
  });
});

describe("TestState", () => {
  it("runs one state with a mock and shows its data", async () => {
    const definition = JSON.stringify({
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
      Parameters: { FunctionName: "f", "Payload.$": "$.n" },
      ResultPath: "$.result",
      Next: "Elsewhere",
    });
    const tested = await client.send(
      new sfn.TestStateCommand({ definition, input: '{"n":1}', inspectionLevel: "DEBUG", mock: { result: '{"m":2}' } }),
    );
    expect(tested).toMatchObject({ status: "SUCCEEDED", nextState: "Elsewhere", output: '{"n":1,"result":{"m":2}}' });
    expect(tested.inspectionData).toMatchObject({
      input: '{"n":1}',
      afterParameters: '{"FunctionName":"f","Payload":1}',
      result: '{"m":2}',
    });
  });

  it("runs the state of a name with the server's functions", async () => {
    const definition = machineOf({ A: { Type: "Pass", Next: "T" }, T: { Type: "Task", Resource: "echo", End: true } });
    const tested = await client.send(new sfn.TestStateCommand({ definition, stateName: "T", roleArn, input: "[1]" }));
    expect(tested).toMatchObject({ status: "SUCCEEDED", output: "[1]" });
    expect(calls).toEqual([[1]]);
  });

  it("refuses what it cannot test", async () => {
    const definition = machineOf({ A: { Type: "Succeed" } });
    await expect(client.send(new sfn.TestStateCommand({ definition, stateName: "none" }))).rejects.toThrow(
      "State not found in definition",
    );
    await expect(client.send(new sfn.TestStateCommand({ definition: "{}" }))).rejects.toBeInstanceOf(
      sfn.InvalidDefinition,
    );
  });
});

describe("a restart", () => {
  it("keeps machines, executions and histories", async () => {
    const stateMachineArn = await create(pass, { tags: [{ key: "a", value: "1" }] });
    const executionArn = await start(stateMachineArn, { input: '{"a":1}' });
    await ended(executionArn);
    const before = await client.send(new sfn.GetExecutionHistoryCommand({ executionArn }));
    await restart();
    const described = await client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn }));
    expect(described.definition).toBe(pass);
    expect((await describeExecution(executionArn)).output).toBe('{"a":1}');
    const after = await client.send(new sfn.GetExecutionHistoryCommand({ executionArn }));
    expect(after.events).toEqual(before.events);
  });

  it("goes on with executions that were running, without running finished tasks again", async () => {
    const definition = machineOf({
      T: { Type: "Task", Resource: "echo", Next: "W" },
      W: { Type: "Wait", Seconds: 60, Next: "U" },
      U: { Type: "Task", Resource: "echo", End: true },
    });
    const executionArn = await start(await create(definition), { input: '{"n":1}' });
    await until(
      () => history(executionArn),
      (types) => types.includes("WaitStateEntered"),
    );
    await restart();
    expect((await describeExecution(executionArn)).status).toBe("RUNNING");
    clock.advance(60_000);
    expect((await ended(executionArn)).output).toBe('{"n":1}');
    expect(calls).toHaveLength(2);
    expect((await history(executionArn)).filter((type) => type === "ExecutionStarted")).toHaveLength(1);
  });
});
