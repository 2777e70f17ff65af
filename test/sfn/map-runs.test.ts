import * as sfn from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import { until } from "./served.ts";
import { distributed, serveMapRuns } from "./served-map-runs.ts";

const runs = serveMapRuns();

const update = (mapRunArn: string, changes: object) =>
  runs.client.send(new sfn.UpdateMapRunCommand({ mapRunArn, ...changes }));

describe("a Map Run", () => {
  it("is listed and described with what became of its items", async () => {
    runs.failOn(2);
    const { executionArn, mapRunArn } = await runs.begin(
      distributed("quick", { ToleratedFailureCount: 1, MaxConcurrency: 2 }),
      [1, 2, 3],
    );
    expect((await runs.ended(executionArn)).status).toBe("SUCCEEDED");
    expect(mapRunArn).toMatch(/^arn:aws:states:us-east-1:000000000000:mapRun:m\/Each:[\da-f-]{36}$/);
    const { mapRuns } = await runs.client.send(new sfn.ListMapRunsCommand({ executionArn }));
    expect(mapRuns).toMatchObject([
      { executionArn, stateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:m/Each" },
    ]);
    const counts = {
      total: 3,
      succeeded: 2,
      failed: 1,
      running: 0,
      pending: 0,
      timedOut: 0,
      aborted: 0,
      resultsWritten: 2,
      failuresNotRedrivable: 1,
      pendingRedrive: 0,
    };
    expect(await runs.describeRun(mapRunArn)).toMatchObject({
      mapRunArn,
      executionArn,
      status: "SUCCEEDED",
      maxConcurrency: 2,
      toleratedFailureCount: 1,
      toleratedFailurePercentage: 0,
      redriveCount: 0,
      startDate: new Date(runs.clock.now()),
      stopDate: new Date(runs.clock.now()),
      itemCounts: counts,
      executionCounts: counts,
    });
    const unknown = mapRunArn.replace(/.$/, "x");
    await expect(runs.describeRun(unknown)).rejects.toMatchObject({ name: "ResourceNotFound", resourceName: unknown });
  });

  it("counts items and executions apart where items come in batches", async () => {
    const list = [1, 2, 3, 4, 5, 6, 7];
    const { executionArn, mapRunArn } = await runs.begin(
      distributed("hold", { ItemBatcher: { MaxItemsPerBatch: 3 }, MaxConcurrency: 2, ToleratedFailureCount: 3 }),
      list,
    );
    await runs.held(2);
    expect(await runs.describeRun(mapRunArn)).toMatchObject({
      status: "RUNNING",
      itemCounts: { total: 7, running: 6, pending: 1 },
      executionCounts: { total: 3, running: 2, pending: 1 },
    });
    runs.tasks[0]!.fail("Oops");
    runs.tasks[1]!.succeed();
    await runs.held(3);
    runs.tasks[2]!.succeed();
    expect((await runs.ended(executionArn)).status).toBe("SUCCEEDED");
    expect(await runs.describeRun(mapRunArn)).toMatchObject({
      itemCounts: { total: 7, failed: 3, succeeded: 4, running: 0, pending: 0 },
      executionCounts: { total: 3, failed: 1, succeeded: 2, running: 0, pending: 0 },
    });
    const children = await runs.childrenOf(mapRunArn);
    expect(children.map(({ itemCount }) => itemCount).sort()).toEqual([1, 3, 3]);
  });

  it("that is stopped with its execution is aborted, and so are its children", async () => {
    const { executionArn, mapRunArn } = await runs.begin(distributed("hold", { MaxConcurrency: 2 }));
    await runs.held(2);
    runs.clock.advance(1_000);
    await runs.client.send(new sfn.StopExecutionCommand({ executionArn }));
    expect(await runs.describeRun(mapRunArn)).toMatchObject({
      status: "ABORTED",
      stopDate: new Date(runs.clock.now()),
      itemCounts: { total: 2, aborted: 2, running: 0, pending: 0 },
    });
  });

  it("that is stopped for the branch beside it is aborted while its execution goes on", async () => {
    const states = {
      P: {
        Type: "Parallel",
        Branches: [
          { StartAt: "M", States: { M: distributed("hold") } },
          { StartAt: "B", States: { B: { Type: "Task", Resource: "hold", Parameters: "beside", End: true } } },
        ],
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "W" }],
        End: true,
      },
      W: { Type: "Wait", Seconds: 60, End: true },
    };
    const arn = await runs.create({ StartAt: "P", States: states });
    const executionArn = await runs.start(arn, { input: "[1]" });
    const mapRunArn = await runs.mapRunOf(executionArn);
    await runs.held(2);
    expect((await runs.describeRun(mapRunArn)).status).toBe("RUNNING");
    runs.tasks.find(({ input }) => input === "beside")!.fail("Oops");
    await until(
      () => runs.describeRun(mapRunArn),
      ({ status }) => status === "ABORTED",
    );
    expect((await runs.describe(executionArn)).status).toBe("RUNNING");
  });
});

describe("UpdateMapRun", () => {
  it("lets more children run at the same time at once, and for good", async () => {
    const { mapRunArn } = await runs.begin(distributed("hold", { MaxConcurrency: 1 }));
    await runs.held(1);
    await update(mapRunArn, { maxConcurrency: 3 });
    await runs.held(3);
    expect(runs.tasks).toHaveLength(3);
    expect((await runs.describeRun(mapRunArn)).maxConcurrency).toBe(3);
    await runs.restart();
    await runs.held(3);
    expect(runs.tasks).toHaveLength(3);
    expect((await runs.describeRun(mapRunArn)).maxConcurrency).toBe(3);
  });

  it("changes how many failures are tolerated, also for those there were", async () => {
    const { executionArn, mapRunArn } = await runs.begin(
      distributed("hold", { MaxConcurrency: 2, ToleratedFailureCount: 0 }),
    );
    await runs.held(2);
    await update(mapRunArn, { toleratedFailureCount: 1, toleratedFailurePercentage: 50 });
    runs.tasks[0]!.fail("Oops");
    await runs.held(3);
    expect(await runs.describeRun(mapRunArn)).toMatchObject({
      status: "RUNNING",
      toleratedFailureCount: 1,
      toleratedFailurePercentage: 50,
      itemCounts: { failed: 1 },
    });
    await update(mapRunArn, { toleratedFailurePercentage: 10 });
    expect(await runs.ended(executionArn)).toMatchObject({
      status: "FAILED",
      error: "States.ExceedToleratedFailureThreshold",
    });
    expect(await runs.describeRun(mapRunArn)).toMatchObject({
      status: "FAILED",
      itemCounts: { failed: 1, aborted: 2 },
    });
  });

  it("is refused when the run is over, when nothing is to be changed, and for what is no Map Run", async () => {
    const { executionArn, mapRunArn } = await runs.begin(distributed("hold"), [1]);
    await runs.held(1);
    await expect(update(mapRunArn, {})).rejects.toMatchObject({ reason: "MISSING_REQUIRED_PARAMETER" });
    await expect(update(mapRunArn, { toleratedFailurePercentage: 101 })).rejects.toBeInstanceOf(
      sfn.ValidationException,
    );
    runs.tasks[0]!.succeed();
    await runs.ended(executionArn);
    const late = update(mapRunArn, { maxConcurrency: 1 });
    await expect(late).rejects.toBeInstanceOf(sfn.ValidationException);
    await expect(late).rejects.toMatchObject({ reason: "CANNOT_UPDATE_COMPLETED_MAP_RUN" });
    await expect(update(mapRunArn.replace(/.$/, "x"), { maxConcurrency: 1 })).rejects.toBeInstanceOf(
      sfn.ResourceNotFound,
    );
    await expect(update(executionArn, { maxConcurrency: 1 })).rejects.toBeInstanceOf(sfn.InvalidArn);
  });
});
