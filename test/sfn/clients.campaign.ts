import * as sfn from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import { startSfnServer } from "../../shared/sfn/index.ts";
import { isMissing } from "../examples/tools.ts";
import { type Caller, commandLine, hasBoto3, javascript, python } from "./clients/callers.ts";

const roleArn = "arn:aws:iam::000000000000:role/any";
const machine = (StartAt: string, States: object) => JSON.stringify({ StartAt, States });
const pass = (Result: unknown) => machine("P", { P: { Type: "Pass", Result, End: true } });
const activityTask = (Resource: unknown) => machine("Work", { Work: { Type: "Task", Resource, End: true } });

/** What a user does with the API, from the first machine to the last deletion. @returns the operations that were called */
async function exercise(caller: Caller, hasSync: boolean): Promise<ReadonlySet<string>> {
  const called = new Set<string>();
  const call = (operation: string, parameters: object = {}) => {
    called.add(operation);
    return caller.call(operation, parameters);
  };
  const create = async (name: string, definition: string, more: object = {}) =>
    String((await call("CreateStateMachine", { name, definition, roleArn, ...more })).stateMachineArn);
  const ended = async (executionArn: unknown) => {
    for (;;) {
      const described = await call("DescribeExecution", { executionArn });
      if (described.status !== "RUNNING") return described;
    }
  };

  // An activity, redriven after its failure.
  const { activityArn } = await call("CreateActivity", { name: "work" });
  const works = await create("works", activityTask(activityArn));
  const { executionArn } = await call("StartExecution", { stateMachineArn: works, name: "one", input: '{"n":1}' });
  const first = await call("GetActivityTask", { activityArn, workerName: "somebody" });
  expect(first.input).toBe('{"n":1}');
  await call("SendTaskHeartbeat", { taskToken: first.taskToken });
  await call("SendTaskFailure", { taskToken: first.taskToken, error: "Broken", cause: "once" });
  expect(await ended(executionArn)).toMatchObject({ status: "FAILED", error: "Broken", redriveStatus: "REDRIVABLE" });
  await call("RedriveExecution", { executionArn });
  const second = await call("GetActivityTask", { activityArn });
  await call("SendTaskSuccess", { taskToken: second.taskToken, output: '"mended"' });
  expect(await ended(executionArn)).toMatchObject({ status: "SUCCEEDED", output: '"mended"', redriveCount: 1 });
  const history = await call("GetExecutionHistory", { executionArn, maxResults: 100, reverseOrder: true });
  expect((history.events as readonly { type: string }[]).map(({ type }) => type)).toEqual(
    expect.arrayContaining(["ExecutionSucceeded", "ExecutionRedriven", "ActivityFailed", "ExecutionStarted"]),
  );
  await expect(call("SendTaskSuccess", { taskToken: second.taskToken, output: "1" })).rejects.toMatchObject({
    code: "TaskTimedOut",
  });
  expect(await call("DescribeActivity", { activityArn })).toMatchObject({ name: "work" });
  expect((await call("ListActivities")).activities).toHaveLength(1);

  // A callback: the child gets the token, and it is given back here.
  const holds = await create("holds", pass("held"));
  const Parameters = { StateMachineArn: holds, Name: "child", Input: { "token.$": "$$.Task.Token" } };
  const Resource = "arn:aws:states:::states:startExecution.waitForTaskToken";
  const asks = await create("asks", machine("Ask", { Ask: { Type: "Task", Resource, Parameters, End: true } }));
  const asking = await call("StartExecution", { stateMachineArn: asks });
  const children = async () =>
    (await call("ListExecutions", { stateMachineArn: holds })).executions as readonly { executionArn: string }[];
  let found = await children();
  while (found.length === 0) found = await children();
  const { token } = JSON.parse(String((await ended(found[0]!.executionArn)).input)) as { token: string };
  await call("SendTaskSuccess", { taskToken: token, output: '{"answered":true}' });
  expect(await ended(asking.executionArn)).toMatchObject({ status: "SUCCEEDED", output: '{"answered":true}' });

  // A Map Run.
  const ItemProcessor = {
    ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
    ...JSON.parse(pass(2)),
  };
  const maps = await create("maps", machine("M", { M: { Type: "Map", Label: "Each", ItemProcessor, End: true } }));
  const mapping = await call("StartExecution", { stateMachineArn: maps, input: "[1,2,3]" });
  expect(await ended(mapping.executionArn)).toMatchObject({ status: "SUCCEEDED", output: "[2,2,2]" });
  const { mapRuns } = (await call("ListMapRuns", { executionArn: mapping.executionArn })) as {
    mapRuns: readonly { mapRunArn: string }[];
  };
  const { mapRunArn } = mapRuns[0]!;
  expect(await call("DescribeMapRun", { mapRunArn })).toMatchObject({
    status: "SUCCEEDED",
    itemCounts: { total: 3, succeeded: 3 },
  });
  expect((await call("ListExecutions", { mapRunArn })).executions).toHaveLength(3);
  await expect(call("UpdateMapRun", { mapRunArn, maxConcurrency: 5 })).rejects.toMatchObject({
    code: "ValidationException",
  });

  // Versions and aliases.
  const { stateMachineVersionArn } = await call("PublishStateMachineVersion", { stateMachineArn: holds });
  const updated = await call("UpdateStateMachine", { stateMachineArn: holds, definition: pass("new"), publish: true });
  const routingConfiguration = [{ stateMachineVersionArn, weight: 100 }];
  const { stateMachineAliasArn } = await call("CreateStateMachineAlias", { name: "live", routingConfiguration });
  const byAlias = await call("StartExecution", { stateMachineArn: stateMachineAliasArn });
  expect(await ended(byAlias.executionArn)).toMatchObject({
    output: '"held"',
    stateMachineVersionArn,
    stateMachineAliasArn,
  });
  const turned = [{ stateMachineVersionArn: updated.stateMachineVersionArn, weight: 100 }];
  await call("UpdateStateMachineAlias", { stateMachineAliasArn, routingConfiguration: turned });
  const byNew = await call("StartExecution", { stateMachineArn: stateMachineAliasArn });
  expect(await ended(byNew.executionArn)).toMatchObject({ output: '"new"' });
  expect(await call("DescribeStateMachineAlias", { stateMachineAliasArn })).toMatchObject({
    name: "live",
    routingConfiguration: turned,
  });
  expect((await call("ListStateMachineAliases", { stateMachineArn: holds })).stateMachineAliases).toHaveLength(1);
  expect((await call("ListStateMachineVersions", { stateMachineArn: holds })).stateMachineVersions).toHaveLength(2);
  await expect(
    call("DeleteStateMachineVersion", { stateMachineVersionArn: updated.stateMachineVersionArn }),
  ).rejects.toMatchObject({ code: "ConflictException" });
  await call("DeleteStateMachineAlias", { stateMachineAliasArn });
  await call("DeleteStateMachineVersion", { stateMachineVersionArn });

  // What is looked at and stopped.
  expect(await call("DescribeStateMachine", { stateMachineArn: holds })).toMatchObject({
    status: "ACTIVE",
    definition: pass("new"),
  });
  expect(await call("DescribeStateMachineForExecution", { executionArn })).toMatchObject({ name: "works" });
  const stopping = await call("StartExecution", { stateMachineArn: works });
  await call("StopExecution", { executionArn: stopping.executionArn, error: "Enough", cause: "of it" });
  expect(await ended(stopping.executionArn)).toMatchObject({ status: "ABORTED", error: "Enough" });
  const validated = await call("ValidateStateMachineDefinition", { definition: "{}" });
  expect(validated).toMatchObject({ result: "FAIL", diagnostics: [{ severity: "ERROR" }] });
  await expect(create("bad", "{}")).rejects.toMatchObject({ code: "InvalidDefinition" });
  await call("TagResource", { resourceArn: works, tags: [{ key: "team", value: "blue" }] });
  expect((await call("ListTagsForResource", { resourceArn: works })).tags).toEqual([{ key: "team", value: "blue" }]);
  await call("UntagResource", { resourceArn: works, tagKeys: ["team"] });

  // Clients put `sync-` before the host of these.
  if (hasSync) {
    const express = await create("express", pass("at once"), { type: "EXPRESS" });
    expect(await call("StartSyncExecution", { stateMachineArn: express })).toMatchObject({
      status: "SUCCEEDED",
      output: '"at once"',
    });
    const definition = JSON.stringify({ Type: "Pass", Parameters: { "a.$": "$.b" }, Next: "N" });
    const tested = await call("TestState", { definition, roleArn, input: '{"b":1}', inspectionLevel: "DEBUG" });
    expect(tested).toMatchObject({
      status: "SUCCEEDED",
      output: '{"a":1}',
      nextState: "N",
      inspectionData: { input: '{"b":1}' },
    });
    await call("DeleteStateMachine", { stateMachineArn: express });
  }

  for (const stateMachineArn of [works, asks, maps, holds]) await call("DeleteStateMachine", { stateMachineArn });
  await call("DeleteActivity", { activityArn });
  expect((await call("ListStateMachines")).stateMachines).toEqual([]);
  return called;
}

const OPERATIONS = Object.keys(sfn)
  .filter((name) => name.endsWith("Command") && name !== "$Command")
  .map((name) => name.slice(0, -"Command".length))
  .sort();

const withoutBoto3 = !hasBoto3();
if (withoutBoto3 && process.env.RESTEP_REQUIRE_TOOLS === "1")
  throw new Error("boto3 is not installed, and RESTEP_REQUIRE_TOOLS=1 requires it");

describe("every operation of the API, called by", () => {
  it.each<[string, (endpoint: string) => Caller, boolean, boolean]>([
    ["the SDK for JavaScript", javascript, true, false],
    ["boto3", python, true, withoutBoto3],
    // It cannot leave out the `sync-` before the host.
    ["the aws command, but for those with a host of their own", commandLine, false, isMissing("aws")],
  ])(
    "%s",
    async (_, callerOf, hasSync, isSkipped) => {
      if (isSkipped) return;
      const server = await startSfnServer();
      const caller = callerOf(server.url);
      try {
        const called = await exercise(caller, hasSync);
        const own = hasSync ? [] : ["StartSyncExecution", "TestState"];
        expect([...called, ...own].sort()).toEqual(OPERATIONS);
      } finally {
        caller.close();
        await server.close();
      }
    },
    300_000,
  );
});
