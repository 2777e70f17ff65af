/** What a cold start of each Lambda costs: the size of its bundle, loading it, its first call, and the memory for that. */

import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { packageRoot } from "../../../../shared/local/installation/package.ts";
import { BUNDLING } from "../../../../stacks/bundling.ts";
import { bundleFunction } from "../../../cloud/support/bundles.ts";
import { environments, startEnvironment } from "../../../cloud/support/environments.ts";
import { listen } from "../../../cloud/support/http.ts";
import type { BenchCase, Metric, Sample, Suite } from "../suite.ts";

const METRICS: readonly Metric[] = [
  { name: "bundle_size", unit: "KiB", better: "lower" },
  { name: "own_size", unit: "KiB", better: "lower" },
  { name: "import_time", unit: "ms", better: "lower" },
  { name: "import_cpu", unit: "ms", better: "lower" },
  { name: "init_time", unit: "ms", better: "lower" },
  { name: "first_call", unit: "ms", better: "lower" },
  { name: "peak_memory", unit: "MiB", better: "lower" },
];

/** What stays where the SDK is left to Lambda's runtime. */
const SDK_LEFT_OUT = { external: ["@aws-sdk/*"] };

export const lambdaSuite: Suite = {
  name: "lambda",
  summary:
    "each Lambda's bundle: its size, its cold start and the memory for that, in AWS's emulator where that is installed",
  cases: async function* ({ scratch, warn }) {
    warn(`lambda: in ${environments}`);
    const aws = await startEmptyAws();
    try {
      const functions = readdirSync(join(packageRoot, "functions"), { withFileTypes: true });
      for (const { name } of functions.filter((entry) => entry.isDirectory())) {
        const folder = join(scratch, name);
        mkdirSync(folder);
        const handler = `functions/${name}/handler.handler`;
        const own = await bundleFunction({ handler, properties: { ...BUNDLING, esbuild: SDK_LEFT_OUT } }, folder);
        const size = await bundleFunction({ handler, properties: BUNDLING }, folder);
        copyFileSync(join(packageRoot, "test/lab/bench/suites/lambda.mjs"), join(folder, "measuring.mjs"));
        yield lambdaCase(name, folder, { bundle_size: size / 1024, own_size: own / 1024 }, aws.url);
      }
    } finally {
      aws.close();
    }
  },
};

function lambdaCase(name: string, folder: string, sizes: Sample, awsUrl: string): BenchCase {
  const environment = {
    AWS_ACCESS_KEY_ID: "testing",
    AWS_SECRET_ACCESS_KEY: "testing",
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL: awsUrl,
    RESTEP_STORE: "s3://bucket?tables=tables",
    RESTEP_LOG_LEVEL: "silent",
    RESTEP_STATE_MACHINES: JSON.stringify({ "run-lifecycle": "arn:aws:states:eu-west-1:123456789012:stateMachine:r" }),
    RESTEP_MEASURED: join(folder, "functions", name, "handler.mjs"),
  };
  return {
    name,
    metrics: METRICS,
    subject: {
      name: "restep",
      async sample(): Promise<Sample> {
        const started = await startEnvironment({
          name,
          folder,
          handler: "measuring.handler",
          environment,
          timeout: 60,
        });
        try {
          const { hasFailed, body } = await started.invoke("{}");
          if (hasFailed) throw new Error(`${name} does not load: ${body}`);
          return { ...sizes, ...(JSON.parse(body) as Sample) };
        } finally {
          started.stop();
        }
      },
    },
  };
}

/** Services that answer at once that nothing is there: what is measured is this side. */
async function startEmptyAws(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(404).end();
  });
  return {
    url: await listen(server),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
