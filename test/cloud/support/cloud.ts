import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  SFNClient,
} from "@aws-sdk/client-sfn";
import { SQSClient } from "@aws-sdk/client-sqs";
import { expect, vi } from "vitest";
import type { RunId } from "../../../shared/contracts/ids.ts";
import { lambdaOverHttp, startSfnServer } from "../../../shared/sfn/index.ts";
import { openAwsStores } from "../../../shared/stores/aws/open.ts";
import type { Stores } from "../../../shared/stores/ports.ts";
import { declared, only } from "../../stacks/support/declared.ts";
import type { Graph } from "../../stacks/support/graph.ts";
import { bundleAll } from "./bundles.ts";
import { functionsOf, makeBus, makeQueues, makeStorage } from "./deployment.ts";
import { startLambda } from "./lambda.ts";
import { type Moto, startMoto } from "./moto.ts";
import { type Call, recordCalls } from "./recorder.ts";

/** What is deployed, on servers that others wrote, and on our own where Step Functions stands. */
export interface Cloud {
  readonly graph: Graph;
  readonly moto: Moto;
  readonly stores: Stores;
  readonly sfn: SFNClient;
  /** Where Step Functions is asked. */
  readonly sfnEndpoint: string;
  /** Where Lambda is asked. */
  readonly lambdaEndpoint: string;
  /** A client of the deployment's queues. */
  readonly sqs: SQSClient;
  readonly stateMachineArn: string;
  /** A folder that is gone with it. */
  readonly folder: string;
  /** What functions asked of AWS. */
  calls(): readonly Call[];
  /** Calls a function as Lambda does. @throws what it fails with */
  invoke(name: string, event: unknown): Promise<unknown>;
  /** Waits until a run's execution has ended. */
  ended(runId: RunId): Promise<DescribeExecutionCommandOutput>;
  stop(): Promise<void>;
}

const REGION = "eu-west-1";
const ACCOUNT = "123456789012";
const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };

/**
 * The deployment that `sst.config.ts` declares for stage `dev`: its bucket and tables on moto, its functions as SST bundles them,
 * each in a process of its own, and its state machine.
 * @param variables what whoever deploys has set
 */
export async function startCloud(variables: Readonly<Record<string, string>> = {}): Promise<Cloud> {
  const folder = mkdtempSync(join(tmpdir(), "restep-cloud-"));
  const [moto, graph] = await Promise.all([startMoto(REGION), declared("dev", variables)]);
  await bundleAll(graph.builds, folder);
  await makeStorage(graph, moto.clients());
  await makeBus(graph, moto.endpoint);
  const sqs = new SQSClient({ endpoint: moto.endpoint, region: REGION, credentials });
  await makeQueues(graph, sqs);
  const server = await startSfnServer({
    resolver: { run: (request) => lambdaOverHttp(lambda.endpoint).run(request) },
    region: REGION,
    account: ACCOUNT,
  });
  const recorders = [await recordCalls(moto.endpoint), await recordCalls(server.url)] as const;
  const lambda = await startLambda(
    functionsOf(graph, folder, {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: recorders[0].endpoint,
      AWS_ENDPOINT_URL_SFN: recorders[1].endpoint,
    }),
  );
  const sfn = new SFNClient({ endpoint: server.url, region: REGION, credentials });
  const stores = await openAwsStores(String(graph.outputs.store), { clients: moto.clients() });
  const { name, definition, roleArn } = only(graph, "sfn/stateMachine:StateMachine").inputs as Record<string, string>;
  const { stateMachineArn = "" } = await sfn.send(new CreateStateMachineCommand({ name, definition, roleArn }));
  return {
    graph,
    moto,
    stores,
    sfn,
    sfnEndpoint: server.url,
    lambdaEndpoint: lambda.endpoint,
    sqs,
    stateMachineArn,
    folder,
    calls: () => recorders.flatMap(({ calls }) => calls),
    async invoke(name, event) {
      const url = new URL(`/2015-03-31/functions/restep-dev-${name}/invocations`, lambda.endpoint);
      const answer = await fetch(url, { method: "POST", body: JSON.stringify(event) });
      const said = (await answer.json()) as { readonly errorType?: string; readonly errorMessage?: string };
      if (!answer.headers.has("x-amz-function-error")) return said;
      throw Object.assign(new Error(said.errorMessage), { name: said.errorType });
    },
    ended(runId) {
      const executionArn = `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${runId}`;
      const look = async () => {
        const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        expect(execution.status).not.toBe("RUNNING");
        return execution;
      };
      return vi.waitFor(look, { timeout: 240_000, interval: 100 });
    },
    async stop() {
      sfn.destroy();
      sqs.destroy();
      await server.close();
      await lambda.stop();
      for (const recorder of recorders) await recorder.stop();
      await moto.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
