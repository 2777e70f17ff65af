import * as sfn from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import { distributed, serveMapRuns } from "./served-map-runs.ts";

const runs = serveMapRuns();

describe("child executions", () => {
  it("are listed by their Map Run, by status, page by page, the latest first", async () => {
    const { mapRunArn } = await runs.begin(distributed("hold", { MaxConcurrency: 2, ToleratedFailureCount: 2 }));
    await runs.held(2);
    runs.clock.advance(1_000);
    runs.tasks[1]!.fail("Oops");
    await runs.held(3);
    runs.clock.advance(1_000);
    runs.tasks[0]!.succeed();
    await runs.held(4);
    const all = await runs.childrenOf(mapRunArn);
    expect(all.map(({ status }) => status)).toEqual(["SUCCEEDED", "RUNNING", "FAILED", "RUNNING"]);
    expect(all).toMatchObject(Array.from({ length: 4 }, () => ({ mapRunArn, itemCount: 1, redriveCount: 0 })));
    const paged: (string | undefined)[] = [];
    for await (const page of sfn.paginateListExecutions({ client: runs.client, pageSize: 3 }, { mapRunArn })) {
      paged.push(...page.executions!.map(({ executionArn }) => executionArn));
    }
    expect(paged).toEqual(all.map(({ executionArn }) => executionArn));
    expect(await runs.childrenOf(mapRunArn, { statusFilter: "RUNNING" })).toEqual([all[1], all[3]]);
  });

  it("are described as executions of the Map state", async () => {
    runs.failOn(2);
    const { executionArn, mapRunArn } = await runs.begin(distributed("quick", { ToleratedFailureCount: 1 }), [1, 2]);
    await runs.ended(executionArn);
    await runs.restart();
    const [good] = await runs.childrenOf(mapRunArn, { statusFilter: "SUCCEEDED" });
    const [bad] = await runs.childrenOf(mapRunArn, { statusFilter: "FAILED" });
    expect(good!.executionArn).toMatch(/^arn:aws:states:us-east-1:000000000000:execution:m\/Each:[\da-f-]{36}$/);
    const common = { stateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:m/Each", mapRunArn };
    expect(await runs.describe(good!.executionArn!)).toMatchObject({
      ...common,
      executionArn: good!.executionArn,
      name: good!.name,
      status: "SUCCEEDED",
      input: "1",
      output: "1",
      inputDetails: { included: true },
      outputDetails: { included: true },
      redriveCount: 0,
      redriveStatus: "NOT_REDRIVABLE",
      redriveStatusReason: "Execution is SUCCEEDED and cannot be redriven",
    });
    expect(await runs.describe(bad!.executionArn!)).toMatchObject({
      ...common,
      status: "FAILED",
      input: "2",
      error: "Oops",
      cause: "as 2",
      redriveStatus: "NOT_REDRIVABLE",
    });
    const metadata = await runs.client.send(
      new sfn.DescribeExecutionCommand({ executionArn: good!.executionArn, includedData: "METADATA_ONLY" }),
    );
    expect(metadata.input).toBeUndefined();
    expect(metadata.output).toBeUndefined();
  });

  it("have a history of their own", async () => {
    const { executionArn, mapRunArn } = await runs.begin(distributed("quick"), [1]);
    await runs.ended(executionArn);
    const [child] = await runs.childrenOf(mapRunArn);
    const events = await runs.historyOf(child!.executionArn!);
    expect(events.map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
      [1, 0, "ExecutionStarted"],
      [2, 0, "TaskStateEntered"],
      [3, 2, "LambdaFunctionScheduled"],
      [4, 3, "LambdaFunctionStarted"],
      [5, 4, "LambdaFunctionSucceeded"],
      [6, 5, "TaskStateExited"],
      [7, 6, "ExecutionSucceeded"],
    ]);
    expect(events[1]!.stateEnteredEventDetails).toMatchObject({ name: "T", input: "1" });
    const page = await runs.client.send(
      new sfn.GetExecutionHistoryCommand({ executionArn: child!.executionArn, reverseOrder: true, maxResults: 2 }),
    );
    expect(page.events!.map(({ id }) => id)).toEqual([7, 6]);
  });

  it("tell which state machine they are of: the processor of the Map state", async () => {
    const { executionArn, mapRunArn } = await runs.begin(distributed("quick"), [1]);
    await runs.ended(executionArn);
    const [child] = await runs.childrenOf(mapRunArn);
    const machine = await runs.client.send(
      new sfn.DescribeStateMachineForExecutionCommand({ executionArn: child!.executionArn }),
    );
    expect(machine).toMatchObject({ mapRunArn, label: "Each", name: "m/Each" });
    expect(JSON.parse(machine.definition!)).toMatchObject({ StartAt: "T" });
  });

  it("can be stopped one by one", async () => {
    const { executionArn, mapRunArn } = await runs.begin(distributed("hold", { ToleratedFailureCount: 1 }), [1, 2]);
    await runs.held(2);
    const [child] = await runs.childrenOf(mapRunArn);
    await runs.client.send(new sfn.StopExecutionCommand({ executionArn: child!.executionArn, error: "E", cause: "C" }));
    expect(await runs.describe(child!.executionArn!)).toMatchObject({ status: "ABORTED", error: "E", cause: "C" });
    for (const task of runs.tasks) task.succeed();
    expect((await runs.ended(executionArn)).status).toBe("SUCCEEDED");
    expect(await runs.describeRun(mapRunArn)).toMatchObject({ itemCounts: { aborted: 1, succeeded: 1 } });
  });

  it("of type Express are described and listed, but have no history and are not stopped", async () => {
    const { executionArn, mapRunArn } = await runs.begin(distributed("quick", {}, "EXPRESS"), [1]);
    await runs.ended(executionArn);
    const [child] = await runs.childrenOf(mapRunArn);
    expect((await runs.describe(child!.executionArn!)).output).toBe("1");
    await expect(runs.historyOf(child!.executionArn!)).rejects.toBeInstanceOf(sfn.StateMachineTypeNotSupported);
    await expect(
      runs.client.send(new sfn.StopExecutionCommand({ executionArn: child!.executionArn })),
    ).rejects.toMatchObject({ name: "StateMachineTypeNotSupported" });
  });

  it("that failed wait to be redriven with the execution that their Map Run is of", async () => {
    runs.failOn(2, 3);
    const { executionArn, mapRunArn } = await runs.begin(
      distributed("quick", { ToleratedFailureCount: 1, MaxConcurrency: 1 }),
    );
    expect((await runs.ended(executionArn)).status).toBe("FAILED");
    const failed = await runs.childrenOf(mapRunArn, { statusFilter: "FAILED" });
    expect(failed).toHaveLength(2);
    const [{ executionArn: childArn }] = failed as [sfn.ExecutionListItem, ...sfn.ExecutionListItem[]];
    expect(await runs.describe(childArn!)).toMatchObject({ redriveStatus: "REDRIVABLE_BY_MAP_RUN" });
    await expect(runs.client.send(new sfn.RedriveExecutionCommand({ executionArn: childArn }))).rejects.toBeInstanceOf(
      sfn.ExecutionNotRedrivable,
    );
    runs.clock.advance(1_000);
    runs.failOn();
    await runs.client.send(new sfn.RedriveExecutionCommand({ executionArn }));
    expect((await runs.ended(executionArn)).status).toBe("SUCCEEDED");
    expect(await runs.describeRun(mapRunArn)).toMatchObject({
      status: "SUCCEEDED",
      redriveCount: 1,
      redriveDate: new Date(runs.clock.now()),
      itemCounts: { total: 4, succeeded: 4, failed: 0 },
    });
    expect(await runs.describe(childArn!)).toMatchObject({ status: "SUCCEEDED", redriveCount: 1 });
    expect(await runs.childrenOf(mapRunArn, { redriveFilter: "REDRIVEN" })).toHaveLength(2);
    expect(await runs.childrenOf(mapRunArn, { redriveFilter: "NOT_REDRIVEN" })).toHaveLength(2);
  });

  it("wait for their turn in a redriven run", async () => {
    runs.failOn(1, 2);
    const { executionArn, mapRunArn } = await runs.begin(
      distributed("hold", { ToleratedFailureCount: 1, MaxConcurrency: 1 }),
      [1, 2],
    );
    await runs.ended(executionArn);
    runs.clock.advance(1_000);
    runs.failOn();
    await runs.client.send(new sfn.RedriveExecutionCommand({ executionArn }));
    await runs.held(1);
    const waiting = await runs.childrenOf(mapRunArn, { statusFilter: "PENDING_REDRIVE" });
    expect(waiting).toHaveLength(1);
    expect(await runs.describeRun(mapRunArn)).toMatchObject({
      status: "RUNNING",
      itemCounts: { running: 1, pendingRedrive: 1, failed: 0, total: 2 },
    });
  });

  it("may run Map Runs of their own", async () => {
    const inner = { ...distributed("quick", { ItemsPath: "$" }), Label: "Inner" };
    const outer = distributed("none");
    const nested = {
      ...outer,
      ItemProcessor: { ...outer.ItemProcessor, StartAt: "In", States: { In: inner } },
    };
    const { executionArn, mapRunArn } = await runs.begin(nested, [[1, 2], [3]]);
    expect((await runs.ended(executionArn)).output).toBe("[[1,2],[3]]");
    await runs.restart();
    const children = await runs.childrenOf(mapRunArn);
    const innerRuns = await Promise.all(children.map((child) => runs.mapRunOf(child.executionArn!)));
    expect(innerRuns[0]).toMatch(/:mapRun:m\/Each\/Inner:[\da-f-]{36}$/);
    const described = await Promise.all(innerRuns.map(runs.describeRun));
    expect(described.map(({ itemCounts }) => itemCounts!.total).sort()).toEqual([1, 2]);
    expect(described[0]!.executionArn).toBe(children[0]!.executionArn);
    const [grandchild] = await runs.childrenOf(innerRuns[0]!);
    expect(await runs.describe(grandchild!.executionArn!)).toMatchObject({
      status: "SUCCEEDED",
      mapRunArn: innerRuns[0],
      stateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:m/Each/Inner",
    });
    expect(await runs.historyOf(grandchild!.executionArn!)).toHaveLength(7);
  });

  it("are not there under another name", async () => {
    const { executionArn, mapRunArn } = await runs.begin(distributed("quick"), [1]);
    await runs.ended(executionArn);
    const [child] = await runs.childrenOf(mapRunArn);
    const other = child!.executionArn!.replace(/.$/, "x");
    await expect(runs.describe(other)).rejects.toBeInstanceOf(sfn.ExecutionDoesNotExist);
    await expect(runs.historyOf(other)).rejects.toBeInstanceOf(sfn.ExecutionDoesNotExist);
  });
});

describe("ListExecutions", () => {
  it("is of a machine or of a Map Run, not of both nor of none", async () => {
    const { mapRunArn } = await runs.begin(distributed("quick"), [1]);
    const stateMachineArn = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
    for (const filter of [
      {},
      { stateMachineArn, mapRunArn },
      { stateMachineArn, statusFilter: "PENDING_REDRIVE" as const },
    ]) {
      await expect(runs.client.send(new sfn.ListExecutionsCommand(filter))).rejects.toBeInstanceOf(
        sfn.ValidationException,
      );
    }
    await expect(runs.start(`${stateMachineArn}/Each`)).rejects.toMatchObject({
      name: "ValidationException",
      reason: "API_DOES_NOT_SUPPORT_LABELED_ARNS",
    });
  });
});
