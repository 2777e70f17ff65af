import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { ListMapRunsCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BundleIndex } from "../../shared/contracts/program.ts";
import type { Submission } from "../../shared/contracts/submission.ts";
import { readRun } from "../../shared/runs/read-run.ts";
import { sha256 } from "../../shared/stores/digest.ts";
import { lastLine, restep, root } from "../e2e/cli.ts";
import { packExample } from "../e2e/packed.ts";
import { isMissing } from "../examples/tools.ts";
import { isSstMissing } from "../stacks/support/sst.ts";
import { callApi } from "./support/api.ts";
import { type Cloud, startCloud } from "./support/cloud.ts";
import { environments } from "./support/environments.ts";
import { refusedCalls } from "./support/refused-calls.ts";

const TIMEOUT = 300_000;
const EXAMPLES = ["examples/sha256/manifest.json", "examples/dispatch/le/manifest.json"];

const submissionOf = (manifest: string) => JSON.parse(readFileSync(resolve(root, manifest), "utf8")) as Submission;

/** Until it has ended. */
async function executeOverApi(cloud: Cloud, manifest: string) {
  const folder = resolve(root, manifest, "..");
  const artifacts: Record<string, string> = {};
  for (const path of readdirSync(join(folder, "artifacts"), { recursive: true, encoding: "utf8" })) {
    if (path.length > 2) artifacts[path.replace("/", "")] = readFileSync(join(folder, "artifacts", path), "base64");
  }
  const submission = submissionOf(manifest);
  const started = await callApi(cloud, "POST", "/v1/runs", { body: { manifest: submission, artifacts } });
  expect(started).toMatchObject({ statusCode: 202, body: { run_id: submission.run_id, is_new: true } });
  return { runId: submission.run_id, ...(await cloud.ended(submission.run_id)) };
}

/**
 * The deployment that `sst.config.ts` declares, on servers that others wrote: its bucket and tables, its functions as SST bundles
 * them, each in a process of its own, and its state machine, which our own server carries out.
 */
describe.skipIf(isMissing("moto_server") || isSstMissing())(`a run in the cloud's wiring, in ${environments}`, () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await startCloud({ RESTEP_API_TOKENS: "on" });
  }, TIMEOUT);
  afterAll(() => cloud?.stop());

  const execute = (manifest: string) => executeOverApi(cloud, manifest);

  it.each(EXAMPLES)(
    "of %s comes to the bundle of a run here, and its log is whole",
    async (manifest) => {
      const here = await restep(["run", manifest, "--store", join(cloud.folder, "here"), "--json"]);
      const { runId, status, error, cause } = await execute(manifest);
      expect({ status, error, cause }).toMatchObject({ status: "SUCCEEDED" });
      const { bundle } = lastLine(here);
      expect(await cloud.stores.publications.confirm(bundle as never, runId)).toBe(true);
      expect((await cloud.stores.events.verifyChain(runId)).entries).toBeGreaterThan(20);
    },
    TIMEOUT,
  );

  it(
    "is read, verified, run and replayed by every verb that reads, on its store's address",
    async () => {
      const runId = submissionOf(EXAMPLES[0] as string).run_id;
      const env = {
        AWS_ENDPOINT_URL: cloud.moto.endpoint,
        AWS_ACCESS_KEY_ID: "testing",
        AWS_SECRET_ACCESS_KEY: "testing",
        AWS_REGION: "eu-west-1",
      };
      // Its stream is not moto's: what it would be told of the run's end, with which the status is written.
      const { Items = [] } = await cloud.moto.clients().db.send(
        new QueryCommand({
          TableName: "restep-dev-store-events",
          KeyConditionExpression: "run_id = :run",
          ExpressionAttributeValues: { ":run": { S: runId } },
        }),
      );
      const Records = Items.map((NewImage, at) => ({ dynamodb: { SequenceNumber: String(at), NewImage } }));
      expect(await cloud.invoke("RelayEvents", { Records })).toEqual({ batchItemFailures: [] });
      const verbs = [
        ["list"],
        ["status", runId],
        ["summary", runId],
        ["events", runId, "--tail", "2"],
        ["context", runId, "plan"],
        ["functions", runId],
        ["facts", runId],
        ["provenance", runId],
        ["cost", runId],
        ["verify", runId],
        ["exec", runId, "--", "LICENSE"],
        // Here, from its facts, and in a store of its own.
        ["replay", runId],
        // It has ended there, and is not begun anew here.
        ["resume", runId],
      ];
      for (const [verb = "", ...words] of verbs) {
        const done = await restep([verb, "--store", String(cloud.graph.outputs.store), ...words], "", { env });
        expect(done, `${verb}: ${done.stderr}`).toMatchObject({ code: 0 });
      }
    },
    TIMEOUT,
  );

  it(
    "that does not pass its first gate is recorded as failed, and fails under the error's own name",
    async () => {
      const provenance = {
        title: { name: "something else" },
        collection: { device: "bench", tool: { name: "dd", version: "1" } },
        inputs: [{ path: "other.elf", sha256: "0".repeat(64), size: 1, format: "elf32", role: "binary" }],
        licence: "MIT",
      };
      writeFileSync(join(cloud.folder, "provenance.json"), JSON.stringify({ schema_version: 1, ...provenance }));
      const packed = ["pack", "examples/sha256/sha256-be.elf", "--provenance", join(cloud.folder, "provenance.json")];
      expect((await restep([...packed, "-o", join(cloud.folder, "unprovenanced")])).code).toBe(0);
      const { runId, status, error } = await execute(join(cloud.folder, "unprovenanced", "manifest.json"));
      expect({ status, error }).toEqual({ status: "FAILED", error: "HardGateFailed" });
      expect((await readRun(cloud.stores, runId)).record.phase).toBe("failed");
    },
    TIMEOUT,
  );

  it("is told, page by page, over the API", async () => {
    const runId = submissionOf(EXAMPLES[0] as string).run_id;
    expect(await callApi(cloud, "GET", "/v1/runs?state=succeeded&limit=1")).toMatchObject({
      statusCode: 200,
      body: { runs: [{ state: "succeeded" }], next: expect.any(String) },
    });
    const headers = { accept: "text/event-stream" };
    const { body } = await callApi(cloud, "GET", `/v1/runs/${runId}/events?limit=2`, { headers });
    expect(body).toMatchObject({ events: [{ seq: 1 }, { seq: 2 }], next: 2 });
    const module = await callApi(cloud, "GET", `/v1/runs/${runId}/bundle/module.wasm`);
    expect(module).toMatchObject({ statusCode: 302 });
    // At an address that nobody has to sign for.
    const { pathname, search } = new URL(String(module.headers.location));
    const fetched = await fetch(new URL(`${pathname}${search}`, cloud.moto.endpoint));
    const index = (await callApi(cloud, "GET", `/v1/runs/${runId}/bundle`)).body as BundleIndex;
    const { artifact } = index.files.find(({ role }) => role === "module") ?? expect.fail("no module");
    expect(`artifact://${sha256(new Uint8Array(await fetched.arrayBuffer()))}`).toBe(artifact);
    const why = { by: "alice", reason: "too late" };
    expect(await callApi(cloud, "POST", `/v1/runs/${runId}/cancel`, { body: why })).toMatchObject({ statusCode: 409 });
  });

  it("is told to who shows a token that a person made, until it is revoked", async () => {
    const env = {
      AWS_ENDPOINT_URL: cloud.moto.endpoint,
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing",
      AWS_REGION: "eu-west-1",
    };
    const tokens = (...words: string[]) =>
      restep(["tokens", ...words, "--store", String(cloud.graph.outputs.store), "--json"], "", { env });
    const { token } = lastLine(await tokens("new", "ci"));
    const asked = (headers: Readonly<Record<string, string>>) =>
      callApi(cloud, "GET", "/v1/runs", { functionName: "ApiByToken", isSigned: false, headers });
    expect(await asked({ authorization: `Bearer ${token}` })).toMatchObject({ statusCode: 200 });
    expect(await asked({})).toMatchObject({ statusCode: 401, body: { code: "token_wrong" } });
    expect(lastLine(await tokens("revoke", "ci"))).toEqual({ name: "ci", revoked: true });
    expect(await asked({ authorization: `Bearer ${token}` })).toMatchObject({ statusCode: 401 });
    // The other address knows no tokens.
    expect(await callApi(cloud, "GET", "/v1/runs", { isSigned: false })).toMatchObject({ statusCode: 401 });
  });

  it("is shown to nobody whom AWS has not let in", async () => {
    const asked = await callApi(cloud, "GET", "/v1/runs", { isSigned: false });
    expect(asked).toMatchObject({ statusCode: 401, body: { code: "token_wrong" } });
  });

  it("answers what is no call as Lambda reports an error", async () => {
    await expect(cloud.invoke("Intake", {})).rejects.toMatchObject({ name: "ValidationFailed" });
  });

  it("asked AWS for nothing that a function's role does not allow", () => {
    expect(cloud.calls().length).toBeGreaterThan(100);
    expect(refusedCalls(cloud)).toEqual([]);
  });
});

describe.skipIf(isMissing("moto_server") || isSstMissing())("where each shard is an execution of its own", () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await startCloud({ RESTEP_MAPS: "distributed" });
  }, TIMEOUT);
  afterAll(() => cloud?.stop());

  it(
    "a run of several shards comes to the bundle of a run here, whose Maps are within its own",
    async () => {
      const { manifest } = await packExample(join(cloud.folder, "sharded"), { functions_per_shard: 12 });
      const here = await restep(["run", manifest, "--store", join(cloud.folder, "here"), "--json"]);
      const { runId, status, error, cause } = await executeOverApi(cloud, manifest);
      expect({ status, error, cause }).toMatchObject({ status: "SUCCEEDED" });
      expect(await cloud.stores.publications.confirm(lastLine(here).bundle as never, runId)).toBe(true);
      const { stateMachineArn } = cloud;
      const executionArn = `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${runId}`;
      const { mapRuns = [] } = await cloud.sfn.send(new ListMapRunsCommand({ executionArn }));
      expect(mapRuns).toHaveLength(2);
      expect(refusedCalls(cloud)).toEqual([]);
    },
    TIMEOUT,
  );
});
