import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sfn from "@aws-sdk/client-sfn";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { childName } from "../../shared/asl/engine.ts";
import { layMapRunsToRest, mapRunRest } from "../../shared/sfn/map-runs/resting-map-runs.ts";
import { memoryRecordStore, openRecordStore } from "../../shared/sfn/records/record-store.ts";
import {
  type ExecutionRecord,
  type MapRunGroup,
  type MapRunRecord,
  mapRunRecord,
} from "../../shared/sfn/records/records.ts";
import { openLeasedFolder } from "../../shared/stores/filesystem/leased-folder.ts";
import type { LeasedFolder } from "../../shared/stores/leased-folder.ts";
import { distributed, serveMapRuns } from "./served-map-runs.ts";

describe("the records of Map Runs", () => {
  let folder: string;
  let held: LeasedFolder;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "restep-map-runs-"));
  });
  afterEach(async () => {
    await held.release();
    rmSync(folder, { recursive: true });
  });

  const execution = (arn: string, status: ExecutionRecord["status"]) => ({ arn, status }) as ExecutionRecord;
  const runOf = (rootArn: string, name: string): MapRunRecord => ({
    arn: `arn:aws:states:us-east-1:000000000000:mapRun:m/Each:${name}`,
    executionArn: rootArn,
    rootArn,
    logNames: [],
    stateName: "M",
    childType: "STANDARD",
    isBatched: false,
    limits: { maxConcurrency: 0 },
  });

  it("rest once their execution has ended, not sooner, and are found by the names of their children", async () => {
    held = await openLeasedFolder(folder, { holder: "test" });
    const executions = memoryRecordStore<ExecutionRecord>();
    await executions.put(execution("one", "RUNNING"));
    await executions.put(execution("other", "RUNNING"));
    const restOf = mapRunRest(executions);
    const open = () =>
      openRecordStore<MapRunRecord, MapRunGroup>(held.records("map-runs"), mapRunRecord, {
        restOf,
        onDamage: (damage) => expect.fail(damage.message),
      });
    let store = await open();
    const [ofOne, ofOther] = [runOf("one", "a"), runOf("other", "b")];
    await store.put(ofOne);
    await store.put(ofOther);
    await layMapRunsToRest(store, execution("one", "SUCCEEDED"));
    expect(store.list()).toEqual([ofOne, ofOther]);
    await executions.put(execution("one", "SUCCEEDED"));
    // One that is written as its execution ends rests when it is written.
    const written = store.put(ofOne);
    await layMapRunsToRest(store, execution("one", "SUCCEEDED"));
    await written;
    await layMapRunsToRest(store, execution("one", "SUCCEEDED"));
    for (let opened = 0; opened < 2; opened++) {
      expect(store.list()).toEqual([ofOther]);
      expect(await store.read(ofOne.arn)).toEqual(ofOne);
      const [name, strange] = [childName(ofOne.arn, 7), childName(ofOther.arn, 7)];
      const among = (child: string) =>
        store.atRest(
          10,
          (group) => child.startsWith(group.childrenBeginWith),
          (run) => run.arn,
        );
      expect(await among(name)).toEqual([ofOne.arn]);
      expect(await among(strange)).toEqual([]);
      store = await open();
    }
    // One that is shown again, for its execution was redriven, rests again and stands once.
    store.show(ofOne);
    await store.rest(ofOne.arn);
    expect(store.list()).toEqual([ofOther]);
    expect(
      await store.atRest(
        10,
        () => true,
        (run) => run.arn,
      ),
    ).toEqual([ofOne.arn]);
  });
});

describe("a Map Run whose execution has ended", () => {
  const runs = serveMapRuns();
  const update = (mapRunArn: string, changes: object) =>
    runs.client.send(new sfn.UpdateMapRunCommand({ mapRunArn, ...changes }));
  const redrive = (executionArn: string) => runs.client.send(new sfn.RedriveExecutionCommand({ executionArn }));

  it("is described, listed and has its children as before, also after a restart", async () => {
    const { executionArn, mapRunArn } = await runs.begin(distributed("quick"), [1, 2]);
    await runs.ended(executionArn);
    const look = async () => {
      const children = await runs.childrenOf(mapRunArn);
      const { mapRuns } = await runs.client.send(new sfn.ListMapRunsCommand({ executionArn }));
      const child = await runs.describe(children[0]!.executionArn!);
      return [await runs.describeRun(mapRunArn), mapRuns, children, child].map((each) => ({ ...each, $metadata: 0 }));
    };
    const before = await look();
    expect(before[0]).toMatchObject({ status: "SUCCEEDED", itemCounts: { succeeded: 2 } });
    await runs.restart();
    expect(await look()).toEqual(before);
  });

  it.each([false, true])("is redriven with the limits that it was given (restarted: %j)", async (isRestarted) => {
    const { executionArn, mapRunArn } = await runs.begin(distributed("hold", { MaxConcurrency: 1 }), [1, 2, 3]);
    await runs.held(1);
    await update(mapRunArn, { maxConcurrency: 2 });
    await runs.held(2);
    runs.tasks[0]!.fail("Oops");
    expect(await runs.ended(executionArn)).toMatchObject({ status: "FAILED" });
    if (isRestarted) await runs.restart();
    const before = runs.tasks.length;
    await redrive(executionArn);
    await runs.held(before + 2);
    expect((await runs.describeRun(mapRunArn)).maxConcurrency).toBe(2);
    // A server that takes up what was redriven knows it too.
    await runs.restart();
    await runs.held(2);
    expect(runs.tasks).toHaveLength(2);
    expect(await runs.describeRun(mapRunArn)).toMatchObject({ maxConcurrency: 2, status: "RUNNING" });
  });

  it("within another's child is redriven with its limits too", async () => {
    const inner = distributed("hold", { MaxConcurrency: 1, Label: "Inner" });
    const map = distributed("hold");
    const nested = { ...map, ItemProcessor: { ...map.ItemProcessor, StartAt: "N", States: { N: inner } } };
    const { executionArn, mapRunArn } = await runs.begin(nested, [[1, 2, 3]]);
    await runs.held(1);
    const [child] = await runs.childrenOf(mapRunArn);
    const innerArn = await runs.mapRunOf(child!.executionArn!);
    await update(innerArn, { maxConcurrency: 2 });
    await runs.held(2);
    runs.tasks[0]!.fail("Oops");
    expect(await runs.ended(executionArn)).toMatchObject({ status: "FAILED" });
    await runs.restart();
    expect(await runs.describeRun(innerArn)).toMatchObject({ maxConcurrency: 2, status: "FAILED" });
    await redrive(executionArn);
    await runs.held(2);
    expect(await runs.describeRun(innerArn)).toMatchObject({ maxConcurrency: 2, status: "RUNNING" });
  });
});
