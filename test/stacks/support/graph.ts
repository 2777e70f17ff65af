/**
 * Prints the resources that `sst.config.ts` declares for a stage, as JSON: the program that `sst deploy` runs, under Pulumi's
 * mocks instead of its engine, and with nobody behind SST's calls but what is here. A process of its own, for both change globals.
 * Usage: node --import tsx test/stacks/support/graph.ts STAGE
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { root } from "../../e2e/cli.ts";
import { platform } from "./sst.ts";

export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What SST is to bundle for a function, and how. */
export interface Build {
  readonly functionID: string;
  readonly handler: string;
  readonly properties: { readonly minify?: boolean; readonly esbuild?: { readonly external?: readonly string[] } };
}

export interface Graph {
  readonly app: { readonly removal?: string; readonly protect?: boolean };
  readonly builds: readonly Build[];
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

const REGION = "eu-west-1";
const ACCOUNT = "123456789012";

interface Mocks {
  newResource(args: { type: string; name: string; inputs: Record<string, unknown> }): object;
  call(args: { token: string; inputs: Record<string, unknown> }): object;
}

interface Pulumi {
  readonly runtime: {
    setMocks(mocks: Mocks, project: string, stack: string, preview: boolean): Promise<void> | void;
    runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>;
    disconnect(): Promise<void>;
  };
  output(value: unknown): { apply(use: (value: unknown) => void): void };
}

const BANNER = `import { createRequire as requireFor } from "node:module"; const require = requireFor(import.meta.url);
import { fileURLToPath as pathOf } from "node:url"; const __filename = pathOf(import.meta.url); const __dirname = pathOf(new URL(".", import.meta.url));`;

/** As SST bundles its own program: with the providers and components in scope of every file of the project. */
async function bundleProgram(stage: string, work: string, outfile: string): Promise<void> {
  const providers = JSON.parse(readFileSync(join(root, ".sst", "provider-lock.json"), "utf8")) as {
    alias: string;
    package: string;
  }[];
  const inScope = [
    ...providers.map(({ alias, package: name }) => `import * as ${alias} from "${name}";`),
    `import * as sst from "${platform}/src/components";`,
  ].join("\n");
  const program = `import config from "./sst.config.ts";
    export const app = config.app({ stage: "${stage}" });
    import { run } from "${platform}/src/auto/run.ts";
    export default () => run(config.run);`;
  await esbuild.build({
    stdin: { contents: program, resolveDir: root, sourcefile: "program.ts", loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    outfile,
    logLevel: "error",
    banner: { js: BANNER },
    nodePaths: [join(platform, "node_modules")],
    inject: [join(platform, "src/shim/run.js")],
    define: {
      $app: "globalThis.app",
      $cli: JSON.stringify({ command: "deploy", dev: false, paths: { home: work, root, work, platform }, state: {} }),
      $dev: "false",
    },
    external: [
      ...["@pulumi/*", "@pulumiverse/*", "@sst-provider/*", "@aws-sdk/*"],
      ...["undici", "esbuild", "archiver", "glob", "vite"],
    ],
    plugins: [
      {
        name: "scope",
        setup(build) {
          build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
            if (path.startsWith(platform) || path.includes("/node_modules/")) return undefined;
            return { contents: `${inScope}\n${readFileSync(path, "utf8")}`, loader: "ts" };
          });
        },
      },
    ],
  });
}

/** Answers what SST's program asks of its command line. */
async function serveCommandLine(work: string, builds: Build[]): Promise<{ readonly url: string; close(): void }> {
  const answer = (method: string, args: Build): unknown => {
    if (method === "Provider.Aws.Bootstrap") return { asset: "assets", state: "state" };
    if (method !== "Runtime.Build") return {};
    builds.push(args);
    // Nobody runs it here.
    const out = join(work, "artifacts", `${args.functionID}-src`);
    const entry = args.handler.replace(/\.[^.]+$/, "");
    readFileSync(join(root, `${entry}.ts`));
    mkdirSync(join(out, entry, ".."), { recursive: true });
    writeFileSync(join(out, `${entry}.mjs`), "");
    return { handler: args.handler, out, errors: [], sourcemaps: [] };
  };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method, params } = JSON.parse(body) as { method: string; params: [never] };
    response.end(JSON.stringify({ result: answer(method, params[0]), error: null }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

/** Service, and what stands before the name, in the ARNs of resources that are referred to by them. */
const ARNS: Readonly<Record<string, readonly [service: string, before: string]>> = {
  "aws:cloudwatch/eventBus:EventBus": ["events", "event-bus/"],
  "aws:cloudwatch/eventRule:EventRule": ["events", "rule/"],
  "aws:cloudwatch/logGroup:LogGroup": ["logs", "log-group:"],
  "aws:dynamodb/table:Table": ["dynamodb", "table/"],
  "aws:lambda/function:Function": ["lambda", "function:"],
  "aws:sfn/stateMachine:StateMachine": ["states", "stateMachine:"],
};

/** Ids and ARNs as AWS would make them up. */
function mocks(resources: Resource[]): Mocks {
  return {
    newResource({ type, name, inputs }) {
      resources.push({ type, name, inputs });
      const [service, before] = ARNS[type] ?? [type.split(":")[1]?.split("/")[0], ""];
      const called = String(inputs.name ?? inputs.bucket ?? name.toLowerCase());
      const random = type.startsWith("random:") ? { dec: "1", hex: "00", base64: "AAAA", result: "abcdefgh" } : {};
      // Neither service's names belong to a region.
      const place =
        { s3: `arn:aws:s3:::${called}`, iam: `arn:aws:iam::${ACCOUNT}:role/${called}` }[String(service)] ??
        `arn:aws:${service}:${REGION}:${ACCOUNT}:${before}${called}`;
      const streamArn = `${place}/stream/1`;
      const functionUrl = `https://${called}.lambda-url.${REGION}.on.aws/`;
      const made = { bucket: called, name: called, arn: place, streamArn, functionUrl };
      return { id: called, state: { ...made, ...random, ...inputs } };
    },
    call({ token, inputs }) {
      if (token.includes("getRegion")) return { region: REGION, name: REGION, id: REGION };
      if (token.includes("getPartition")) return { partition: "aws", dnsSuffix: "amazonaws.com" };
      if (token.includes("getCallerIdentity")) return { accountId: ACCOUNT };
      if (token.includes("getPolicyDocument")) return { ...inputs, json: JSON.stringify(inputs.statements) };
      return {};
    },
  };
}

async function graphOf(stage: string): Promise<Graph> {
  const work = mkdtempSync(join(tmpdir(), "restep-stacks-"));
  // Beside SST's own: from there the packages that it brought are found.
  const outfile = join(platform, `restep-${process.pid}.mjs`);
  const builds: Build[] = [];
  const commandLine = await serveCommandLine(work, builds);
  Object.assign(process.env, { SST_SERVER: commandLine.url, SST_AWS_REGION: REGION });
  try {
    Object.assign(globalThis, { app: { name: "restep", stage, home: "aws", providers: { aws: {} } } });
    await bundleProgram(stage, work, outfile);
    const pulumi = createRequire(join(platform, "package.json"))("@pulumi/pulumi") as Pulumi;
    const resources: Resource[] = [];
    await pulumi.runtime.setMocks(mocks(resources), "restep", stage, false);
    const imported = (await import(pathToFileURL(outfile).href)) as { app: Graph["app"]; default(): Promise<unknown> };
    const app = await imported.app;
    Object.assign((globalThis as unknown as { app: object }).app, app);
    const outputs = await pulumi.runtime.runInPulumiStack(imported.default);
    await pulumi.runtime.disconnect();
    const known = await new Promise<unknown>((resolve) => pulumi.output(outputs).apply(resolve));
    return { app, builds, resources, outputs: known as Graph["outputs"] };
  } finally {
    commandLine.close();
    rmSync(outfile, { force: true });
    rmSync(work, { recursive: true, force: true });
  }
}

process.stdout.write(JSON.stringify(await graphOf(process.argv[2] ?? "test")), () => process.exit());
