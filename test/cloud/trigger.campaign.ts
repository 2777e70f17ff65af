import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { ListExecutionsCommand, StopExecutionCommand } from "@aws-sdk/client-sfn";
import { GetQueueUrlCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
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
/** More than there are runs here. */
const AT_ONCE = 20;
const EXAMPLE = join(root, "examples/sha256");

describe.skipIf(isMissing("moto_server") || isSstMissing())("a manifest under submissions/", () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await startCloud({ RESTEP_RUNS_AT_ONCE: String(AT_ONCE) });
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
        AWS_ENDPOINT_URL_LAMBDA: cloud.lambdaEndpoint,
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
      await starts().note(runId as RunId, "standard");
      await cloud.invoke("SweepStarts", {});
      expect(await executions()).not.toContain(runId);
      await starts().forget(runId as RunId);
      const before = { now: () => Date.now() - 6 * 60_000 };
      await awsStarts(String(cloud.graph.outputs.store), cloud.moto.clients(), before).note(runId as RunId, "standard");
      await cloud.invoke("SweepStarts", {});
      expect(await executions()).toContain(runId);
      expect(await collect(starts().list())).toEqual([]);
      expect(await cloud.ended(runId as RunId)).toMatchObject({ status: "SUCCEEDED" });
    },
    TIMEOUT,
  );

  it(
    "whose run finds every place taken waits for its turn, and is started when an execution has ended",
    async () => {
      const others = Array.from(
        { length: AT_ONCE },
        (_, at) => `${10_000_000 + at}-0000-4000-8000-000000000000` as RunId,
      );
      for (const other of others) await starts().takePlace(other, AT_ONCE);
      const { runId } = await packExample(join(cloud.folder, "waiting"), { functions_per_shard: 4 });
      await cloud.invoke("StartRuns", await upload(join(cloud.folder, "waiting"), "waiting"));
      expect(await executions()).not.toContain(runId);
      const waits = await typed("status", runId, "--json");
      expect(JSON.parse(waits.stdout.toString())).toMatchObject({ run_id: runId, state: "queued" });
      const kind = { "detail-type": "Step Functions Execution Status Change" };
      await cloud.invoke("SweepStarts", { ...kind, detail: { name: others[0], status: "SUCCEEDED" } });
      expect(await cloud.ended(runId as RunId)).toMatchObject({ status: "SUCCEEDED" });
      // The clock calls: nobody told of the end of this one, and the others are of no run.
      await cloud.invoke("SweepStarts", {});
      expect(await collect(starts().inPlaces())).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    "whose start Lambda gave up is listed, and sent again by one command",
    async () => {
      const { runId } = await packExample(join(cloud.folder, "given-up"), { functions_per_shard: 3 });
      const requestPayload = await upload(join(cloud.folder, "given-up"), "given-up");
      const functionArn = "arn:aws:lambda:eu-west-1:123456789012:function:restep-dev-StartRuns:$LATEST";
      const MessageBody = JSON.stringify({
        version: "1.0",
        timestamp: "2026-11-30T12:00:00.000Z",
        requestContext: { requestId: "1", functionArn, condition: "RetriesExhausted", approximateInvokeCount: 3 },
        requestPayload,
        responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
        responsePayload: { errorType: "IoError", errorMessage: "DynamoDB is away" },
      });
      const { QueueUrl } = await cloud.sqs.send(new GetQueueUrlCommand({ QueueName: "restep-dev-undone" }));
      await cloud.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
      const call = {
        function: "restep-dev-StartRuns",
        of: "submissions/given-up/manifest.json",
        at: "2026-11-30T12:00:00.000Z",
        attempts: 3,
        why: "IoError: DynamoDB is away",
      };
      const shown = await typed("redrive", "--dry-run", "--json");
      expect(lastLine(shown), shown.stderr).toEqual({ is_dry_run: true, calls: [call] });
      expect(await executions()).not.toContain(runId);
      const sent = await typed("redrive", "--json");
      expect(sent, sent.stderr).toMatchObject({ code: 0 });
      expect(lastLine(sent)).toEqual({ is_dry_run: false, calls: [call] });
      // Lambda calls it behind the answer.
      await vi.waitFor(async () => expect(await executions()).toContain(runId), LOOKING);
      expect(await cloud.ended(runId as RunId)).toMatchObject({ status: "SUCCEEDED" });
      const nothing = await typed("redrive");
      expect(nothing.stdout.toString()).toBe("Nothing is undone.\n");
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
