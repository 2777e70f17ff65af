import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { folderSubmission } from "../../shared/local/submission-folder.ts";
import { readRun } from "../../shared/runs/read-run.ts";
import { submit } from "../../shared/runs/submit.ts";
import { lambdaOverHttp, type SfnServer, startSfnServer } from "../../shared/sfn/index.ts";
import { openAwsStores } from "../../shared/stores/aws/open.ts";
import type { Stores } from "../../shared/stores/ports.ts";
import { lastLine, restep, root } from "../e2e/cli.ts";
import { isMissing } from "../examples/tools.ts";
import { covers, declared, grantsOf, only, roleOf } from "../stacks/support/declared.ts";
import type { Graph } from "../stacks/support/graph.ts";
import { isSstMissing } from "../stacks/support/sst.ts";
import { bundleAll } from "./support/bundles.ts";
import { functionsOf, makeStorage } from "./support/deployment.ts";
import { type Lambda, startLambda } from "./support/lambda.ts";
import { type Moto, startMoto } from "./support/moto.ts";
import { type CallRecorder, recordCalls } from "./support/recorder.ts";

const TIMEOUT = 180_000;
const EXAMPLES = ["examples/sha256/manifest.json", "examples/dispatch/le/manifest.json"];

/**
 * The deployment that `sst.config.ts` declares, on servers that others wrote: its bucket and tables, its functions as SST bundles
 * them, each in a process of its own, and its state machine, which our own server carries out.
 */
describe.skipIf(isMissing("moto_server") || isSstMissing())("a run in the cloud's wiring", () => {
  const folder = mkdtempSync(join(tmpdir(), "restep-cloud-"));
  let moto: Moto;
  let graph: Graph;
  let recorder: CallRecorder;
  let lambda: Lambda;
  let server: SfnServer;
  let sfn: SFNClient;
  let stores: Stores;
  let stateMachineArn: string;

  beforeAll(async () => {
    [moto, graph] = await Promise.all([startMoto("eu-west-1"), declared("dev")]);
    await bundleAll(graph.builds, folder);
    await makeStorage(graph, moto.clients());
    recorder = await recordCalls(moto.endpoint);
    const credentials = { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" };
    const aws = { ...credentials, AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL: recorder.endpoint };
    lambda = await startLambda(functionsOf(graph, folder, aws));
    server = await startSfnServer({
      resolver: lambdaOverHttp(lambda.endpoint),
      region: "eu-west-1",
      account: "123456789012",
    });
    sfn = new SFNClient({
      endpoint: server.url,
      region: "eu-west-1",
      credentials: { accessKeyId: "testing", secretAccessKey: "testing" },
    });
    stores = await openAwsStores(String(graph.outputs.store), { clients: moto.clients() });
    const { name, definition, roleArn } = only(graph, "sfn/stateMachine:StateMachine").inputs as Record<string, string>;
    const made = await sfn.send(new CreateStateMachineCommand({ name, definition, roleArn }));
    stateMachineArn = String(made.stateMachineArn);
  }, TIMEOUT);
  afterAll(async () => {
    sfn?.destroy();
    await server?.close();
    await lambda?.stop();
    await recorder?.stop();
    await moto?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Until it has ended. */
  const execute = async (manifest: string) => {
    const { submission } = await submit(stores, folderSubmission(resolve(root, manifest)));
    const input = JSON.stringify(submission);
    const started = await sfn.send(new StartExecutionCommand({ stateMachineArn, name: submission.run_id, input }));
    const ended = async () => {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn: started.executionArn }));
      expect(execution.status).not.toBe("RUNNING");
      return { runId: submission.run_id, ...execution };
    };
    return vi.waitFor(ended, { timeout: TIMEOUT, interval: 100 });
  };

  it.each(EXAMPLES)(
    "of %s comes to the bundle of a run here, and its log is whole",
    async (manifest) => {
      const here = await restep(["run", manifest, "--store", join(folder, "here"), "--json"]);
      const { runId, status, error, cause } = await execute(manifest);
      expect({ status, error, cause }).toMatchObject({ status: "SUCCEEDED" });
      const { bundle } = lastLine(here);
      expect(await stores.publications.confirm(bundle as never, runId)).toBe(true);
      expect((await stores.events.verifyChain(runId)).entries).toBeGreaterThan(20);
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
      writeFileSync(join(folder, "provenance.json"), JSON.stringify({ schema_version: 1, ...provenance }));
      const packed = ["pack", "examples/sha256/sha256-be.elf", "--provenance", join(folder, "provenance.json")];
      expect((await restep([...packed, "-o", join(folder, "unprovenanced")])).code).toBe(0);
      const { runId, status, error } = await execute(join(folder, "unprovenanced", "manifest.json"));
      expect({ status, error }).toEqual({ status: "FAILED", error: "HardGateFailed" });
      expect((await readRun(stores, runId)).record.phase).toBe("failed");
    },
    TIMEOUT,
  );

  it("answers what is no call as Lambda reports an error", async () => {
    const url = new URL("/2015-03-31/functions/restep-dev-Intake/invocations", lambda.endpoint);
    const answer = await fetch(url, { method: "POST", body: "{}" });
    expect(answer.headers.get("x-amz-function-error")).toBe("Unhandled");
    expect(await answer.json()).toMatchObject({ errorType: "ValidationFailed" });
  });

  it("asked AWS for nothing that a function's role does not allow", () => {
    const refused = recorder.calls.filter((call) => {
      return !grantsOf(roleOf(graph, call.app)).some((grant) => covers(grant, call));
    });
    expect(recorder.calls.length).toBeGreaterThan(100);
    expect(new Set(refused.map(({ app, action, resource }) => `${app} ${action} ${resource}`))).toEqual(new Set());
  });
});
