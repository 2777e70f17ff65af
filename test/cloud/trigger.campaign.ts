import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { ListExecutionsCommand, StopExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { RunId } from "../../shared/contracts/ids.ts";
import { folderSubmission } from "../../shared/local/submission-folder.ts";
import { readRun } from "../../shared/runs/read-run.ts";
import { submit } from "../../shared/runs/submit.ts";
import { awsStarts } from "../../shared/stores/aws/starts.ts";
import { collect } from "../../shared/stores/collect.ts";
import { lastLine, restep, root } from "../e2e/cli.ts";
import { packExample } from "../e2e/packed.ts";
import { isMissing } from "../examples/tools.ts";
import { isSstMissing } from "../stacks/support/sst.ts";
import { type Cloud, startCloud } from "./support/cloud.ts";
import { refusedCalls } from "./support/refused-calls.ts";

const TIMEOUT = 300_000;
/** The whole log is read each time, by a server that does one thing at a time. */
const LOOKING = { timeout: 240_000, interval: 1_000 };
const EXAMPLE = join(root, "examples/sha256");

describe.skipIf(isMissing("moto_server") || isSstMissing())("a manifest under submissions/", () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await startCloud();
  }, TIMEOUT);
  afterAll(() => cloud?.stop());

  /** @returns what S3 tells of it */
  const put = async (key: string, Body: Uint8Array | string) => {
    const { VersionId } = await cloud.moto.clients().s3.send(new PutObjectCommand({ Bucket: "store", Key: key, Body }));
    const object = { key: encodeURIComponent(key).replaceAll("%2F", "/"), versionId: VersionId };
    return { Records: [{ eventName: "ObjectCreated:Put", s3: { bucket: { name: "store" }, object } }] };
  };
  /** A folder as `restep pack` writes it, the manifest last. */
  const upload = async (folder: string, name: string) => {
    const files = readdirSync(join(folder, "artifacts"), { recursive: true, withFileTypes: true });
    for (const file of files.filter((each) => each.isFile())) {
      const path = join(file.parentPath, file.name);
      await put(`submissions/${name}/artifacts/${path.slice(join(folder, "artifacts/").length)}`, readFileSync(path));
    }
    return put(`submissions/${name}/manifest.json`, readFileSync(join(folder, "manifest.json")));
  };
  const read = async (Key: string) => {
    const { Body } = await cloud.moto.clients().s3.send(new GetObjectCommand({ Bucket: "store", Key }));
    return JSON.parse((await Body?.transformToString()) ?? "") as Record<string, unknown>;
  };
  const executions = async () => {
    const { stateMachineArn } = cloud;
    return (
      (await cloud.sfn.send(new ListExecutionsCommand({ stateMachineArn }))).executions?.map(({ name }) => name) ?? []
    );
  };
  /** As a person types it, for the deployment's store. */
  const typed = (...words: string[]) =>
    restep([...words, "--store", String(cloud.graph.outputs.store)], "", {
      env: {
        AWS_ENDPOINT_URL: cloud.moto.endpoint,
        AWS_ENDPOINT_URL_SFN: cloud.sfnEndpoint,
        AWS_ACCESS_KEY_ID: "testing",
        AWS_SECRET_ACCESS_KEY: "testing",
        AWS_REGION: "eu-west-1",
      },
    });
  const starts = () => awsStarts(String(cloud.graph.outputs.store), cloud.moto.clients());

  it(
    "starts one run, however often it is delivered, and that comes to the bundle of a run here",
    async () => {
      const event = await upload(EXAMPLE, "a game");
      await Promise.all([1, 2, 3, 4].map(() => cloud.invoke("StartRuns", event)));
      const [runId] = (await executions()) as RunId[];
      expect(await cloud.ended(runId as RunId)).toMatchObject({ status: "SUCCEEDED" });
      await cloud.invoke("StartRuns", event);
      expect(await executions()).toEqual([runId]);
      expect(await collect(starts().list())).toEqual([]);
      const here = await restep([
        "run",
        join(EXAMPLE, "manifest.json"),
        "--store",
        join(cloud.folder, "here"),
        "--json",
      ]);
      expect(lastLine(here)).toMatchObject({ run_id: runId });
      expect(await cloud.stores.publications.confirm(lastLine(here).bundle as never, runId as RunId)).toBe(true);
    },
    TIMEOUT,
  );

  it(
    "that cannot be a run is told so beside it, until it can",
    async () => {
      const { runId, manifest } = await packExample(join(cloud.folder, "mended"), { functions_per_shard: 9 });
      const key = "submissions/mended/manifest.json";
      await cloud.invoke("StartRuns", await put(key, "{"));
      expect(await read("submissions/mended/manifest.error.json")).toMatchObject({
        manifest: key,
        version: expect.any(String),
        error: {
          name: "ContractInputMissing",
          retryable: false,
          message: expect.stringContaining(`s3://store/${key}`),
        },
      });
      const early = await put(key, readFileSync(manifest));
      await cloud.invoke("StartRuns", early);
      const { error } = await read("submissions/mended/manifest.error.json");
      expect(error).toMatchObject({ message: expect.stringContaining("s3://store/submissions/mended/artifacts/") });
      await cloud.invoke("StartRuns", await upload(join(cloud.folder, "mended"), "mended"));
      await expect(read("submissions/mended/manifest.error.json")).rejects.toMatchObject({ name: "NoSuchKey" });
      expect(await executions()).toContain(runId);
      expect(await cloud.ended(runId as RunId)).toMatchObject({ status: "SUCCEEDED" });
    },
    TIMEOUT,
  );

  it(
    "whose run is another's already is told so, and that run stays as it is",
    async () => {
      const { manifest } = await packExample(join(cloud.folder, "taken"), { functions_per_shard: 8 });
      const [taken] = await executions();
      const stated = JSON.parse(readFileSync(manifest, "utf8")) as object;
      await upload(join(cloud.folder, "taken"), "taken");
      const before = await executions();
      await cloud.invoke(
        "StartRuns",
        await put("submissions/taken/manifest.json", JSON.stringify({ ...stated, run_id: taken })),
      );
      expect(await read("submissions/taken/manifest.error.json")).toMatchObject({ error: { name: "ConflictError" } });
      expect(await executions()).toEqual(before);
    },
    TIMEOUT,
  );

  it(
    "whose taker died before he started it is started by the sweeper, and by no sweeper too early",
    async () => {
      const { manifest, runId } = await packExample(join(cloud.folder, "left"), { functions_per_shard: 7 });
      await submit(cloud.stores, folderSubmission(manifest));
      await starts().note(runId as RunId);
      await cloud.invoke("SweepStarts", {});
      expect(await executions()).not.toContain(runId);
      await starts().forget(runId as RunId);
      const before = { now: () => Date.now() - 6 * 60_000 };
      await awsStarts(String(cloud.graph.outputs.store), cloud.moto.clients(), before).note(runId as RunId);
      await cloud.invoke("SweepStarts", {});
      expect(await executions()).toContain(runId);
      expect(await collect(starts().list())).toEqual([]);
      expect(await cloud.ended(runId as RunId)).toMatchObject({ status: "SUCCEEDED" });
    },
    TIMEOUT,
  );

  it(
    "whose run is cancelled here is stopped there, and ends as cancelled by whoever wanted it",
    async () => {
      const config = { functions_per_shard: 5, run: { gates: { manual: ["publish"], approvers: ["alice"] } } };
      const { runId } = await packExample(join(cloud.folder, "unwanted"), config);
      await cloud.invoke("StartRuns", await upload(join(cloud.folder, "unwanted"), "unwanted"));
      const cancelled = await typed("cancel", runId, "--by", "alice", "--reason", "the wrong game");
      expect(cancelled, cancelled.stderr).toMatchObject({ code: 0 });
      const { status, error, cause } = await cloud.ended(runId as RunId);
      expect({ status, error }).toEqual({ status: "ABORTED", error: "RunCancelled" });
      await cloud.invoke("RecordEnd", { detail: { name: runId, status, error, cause } });
      const { record } = await readRun(cloud.stores, runId as RunId);
      expect(record).toMatchObject({ phase: "cancelled", cancellation: { by: "alice", reason: "the wrong game" } });
    },
    TIMEOUT,
  );

  it(
    "whose execution is stopped from outside is recorded as failed, once",
    async () => {
      const config = { run: { gates: { manual: ["publish"], approvers: ["alice"] } } };
      const { runId } = await packExample(join(cloud.folder, "stopped"), config);
      await cloud.invoke("StartRuns", await upload(join(cloud.folder, "stopped"), "stopped"));
      const phase = async () => (await readRun(cloud.stores, runId as RunId)).record.phase;
      await vi.waitFor(async () => expect(await phase()).toBe("blocked"), LOOKING);
      const executionArn = `${cloud.stateMachineArn.replace(":stateMachine:", ":execution:")}:${runId}`;
      await cloud.sfn.send(new StopExecutionCommand({ executionArn, cause: "the wrong game" }));
      const { status, cause } = await cloud.ended(runId as RunId);
      const event = { "detail-type": "Step Functions Execution Status Change", detail: { name: runId, status, cause } };
      await cloud.invoke("RecordEnd", event);
      const { record } = await readRun(cloud.stores, runId as RunId);
      expect(record.phase).toMatch(/^(failed|rolled_back)$/);
      await cloud.invoke("RecordEnd", event);
      expect((await readRun(cloud.stores, runId as RunId)).record.seq).toBe(record.seq);
      await cloud.invoke("RecordEnd", { detail: { name: "somebody-elses", status: "FAILED" } });
    },
    TIMEOUT,
  );

  it(
    "whose run waits for a person is not resumed here, and goes on there when the decision is typed here",
    async () => {
      const config = { functions_per_shard: 6, run: { gates: { manual: ["publish"], approvers: ["alice"] } } };
      const { runId } = await packExample(join(cloud.folder, "gated"), config);
      await cloud.invoke("StartRuns", await upload(join(cloud.folder, "gated"), "gated"));
      const gate = async () => {
        const { record } = await readRun(cloud.stores, runId as RunId);
        expect(record.phase, JSON.stringify(record.failure)).toBe("blocked");
        return record.gates.get("publish");
      };
      await vi.waitFor(gate, LOOKING);
      const here = await typed("resume", runId);
      expect(here, here.stderr).toMatchObject({ code: 2, stderr: expect.stringContaining("that Step Functions does") });
      const decided = await typed("approve", runId, "publish", "--by", "alice", "--reason", "looked at it");
      expect(decided, decided.stderr).toMatchObject({ code: 0 });
      expect(await cloud.ended(runId as RunId)).toMatchObject({ status: "SUCCEEDED" });
      const { record } = await readRun(cloud.stores, runId as RunId);
      expect(record).toMatchObject({ phase: "succeeded" });
      expect(record.gates.get("publish")).toMatchObject({ state: "approved", by: "alice" });
    },
    TIMEOUT,
  );

  it("tells its run's events on the bus, each as it is in the log and in its order", async () => {
    const [runId = ""] = await executions();
    const { Items = [] } = await cloud.moto.clients().db.send(
      new QueryCommand({
        TableName: "restep-dev-store-events",
        KeyConditionExpression: "run_id = :run",
        ExpressionAttributeValues: { ":run": { S: runId } },
      }),
    );
    const Records = Items.map((NewImage, at) => ({
      eventName: "INSERT",
      dynamodb: { SequenceNumber: String(at), NewImage },
    }));
    expect(await cloud.invoke("RelayEvents", { Records })).toEqual({ batchItemFailures: [] });
    const sent = new Map(
      cloud.calls().flatMap(({ action, body }) => (action === "events:PutEvents" ? [[body, body]] : [])),
    );
    const entries = [...sent.keys()].flatMap((body) => (JSON.parse(body) as { Entries: Entry[] }).Entries);
    const events = await collect(cloud.stores.events.read(runId as RunId));
    expect(entries.map(({ Detail }) => JSON.parse(Detail) as unknown)).toEqual(events);
    expect(entries[0]).toMatchObject({
      EventBusName: "restep-dev-events",
      Source: "restep",
      DetailType: events[0]?.name,
    });
    // What cannot be sent is named, and nothing behind it is sent.
    const broken = Records.map((each, at) =>
      at === 1 ? { ...each, dynamodb: { ...each.dynamodb, NewImage: { ...Items[1], lines: { S: "{}" } } } } : each,
    );
    expect(await cloud.invoke("RelayEvents", { Records: broken })).toEqual({
      batchItemFailures: [{ itemIdentifier: "1" }],
    });
  });

  it("asked AWS for nothing that a function's role does not allow", () => {
    expect(new Set(cloud.calls().map(({ app }) => app))).toContain("restep-dev-SweepStarts");
    expect(refusedCalls(cloud)).toEqual([]);
  });
});

interface Entry {
  readonly Detail: string;
}
