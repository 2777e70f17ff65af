/**
 * `npm run sdk-actions [-- --check]`: makes the table of what `arn:aws:states:::aws-sdk:<service>:<action>` may name
 * (`shared/asl/services/sdk-actions.ts`) from the models of AWS's services that botocore comes with. `--check` compares.
 * Needs Python 3 with pip, which fetches botocore; nothing of it runs.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** The newest, and one of before AWS retired some services: what was accepted once is not refused here. */
const VERSIONS = ["1.44.8", "1.37.0"];
const MADE = "2026-11-30";
const TABLE = "shared/asl/services/sdk-actions.ts";

/** Developer guide, "Learning to use AWS service SDK integrations": what it says each service's integration does not have. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  applicationdiscovery: "DescribeExportConfigurations ExportConfigurations",
  bedrockagentruntime: "InvokeAgent InvokeFlow InvokeInlineAgent OptimizePrompt RetrieveAndGenerateStream",
  bedrockruntime: "InvokeModelWithResponseStream ConverseStream",
  cloudwatchlogs: "StartLiveTail",
  codedeploy:
    "BatchGetDeploymentInstances GetDeploymentInstance ListDeploymentInstances SkipWaitTimeForInstanceTermination",
  comprehendmedical: "DetectEntities",
  dataexchange: "SendApiAsset",
  directconnect:
    "AllocateConnectionOnInterconnect DescribeConnectionLoa DescribeConnectionsOnInterconnect DescribeInterconnectLoa",
  efs: "CreateTags",
  elastictranscoder: "TestRole",
  emr: "DescribeJobFlows",
  iot: "AttachPrincipalPolicy ListPrincipalPolicies DetachPrincipalPolicy ListPolicyPrincipals",
  iotdeviceadvisor: "ListTestCases",
  iotsitewise: "InvokeAssistant",
  kinesis: "SubscribeToShard",
  lambda: "InvokeAsync InvokeWithResponseStream",
  lexruntimev2: "StartConversation",
  mediapackage: "RotateChannelCredentials",
  qbusiness: "Chat",
  rdsdata: "ExecuteSql",
  s3: "SelectObjectContent",
  sagemakerruntime: "InvokeEndpointWithResponseStream",
  shield: "DeleteSubscription",
  sts: "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity",
};

interface Model {
  readonly metadata: { readonly serviceId?: string };
  readonly operations: Readonly<Record<string, { readonly input?: ShapeRef; readonly output?: ShapeRef }>>;
  readonly shapes: Readonly<
    Record<string, { readonly eventstream?: boolean; readonly members?: Readonly<Record<string, ShapeRef>> }>
  >;
}

interface ShapeRef {
  readonly shape: string;
}

const services = new Map<string, Set<string>>();
const folder = mkdtempSync(join(tmpdir(), "botocore-"));
try {
  for (const version of VERSIONS) readModels(version);
} finally {
  rmSync(folder, { recursive: true });
}
const table = render();
if (!process.argv.includes("--check")) writeFileSync(TABLE, table);
else if (readFileSync(TABLE, "utf8") !== table) {
  console.error(
    `${TABLE}: expected what botocore ${VERSIONS.join(" and ")} give, found other text; run: npm run sdk-actions`,
  );
  process.exitCode = 1;
}
console.log(`${services.size} services, ${[...services.values()].reduce((sum, { size }) => sum + size, 0)} actions`);

function readModels(version: string): void {
  const options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--dest", folder];
  execFileSync("python3", ["-m", "pip", "download", ...options, `botocore==${version}`]);
  const unpacked = join(folder, version);
  execFileSync("python3", ["-m", "zipfile", "-e", join(folder, `botocore-${version}-py3-none-any.whl`), unpacked]);
  const data = join(unpacked, "botocore", "data");
  for (const directory of readdirSync(data, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const newest = readdirSync(join(data, directory.name)).sort().at(-1)!;
    const model = JSON.parse(
      gunzipSync(readFileSync(join(data, directory.name, newest, "service-2.json.gz"))).toString(),
    ) as Model;
    takeActions(serviceName(model.metadata.serviceId ?? directory.name), model);
  }
}

/** As the SDK for Java names it, which the integrations follow: without what AWS and Amazon put before and Service behind. */
function serviceName(id: string): string {
  const joined = id.replace(/[^A-Za-z0-9]/g, "");
  return joined
    .replace(/^(Amazon|AWS)/i, "")
    .replace(/Service$/, "")
    .toLowerCase();
}

function takeActions(service: string, model: Model): void {
  const actions = services.get(service) ?? new Set();
  services.set(service, actions);
  const unsupported = (UNSUPPORTED[service] ?? "").split(" ");
  for (const [name, { input, output }] of Object.entries(model.operations)) {
    const isStream = [input, output].some((reference) => reference !== undefined && hasEvents(model, reference));
    if (!isStream && !unsupported.includes(name)) actions.add(name.charAt(0).toLowerCase() + name.slice(1));
  }
}

/** What comes as events over a connection that stays open is no result of a task. */
function hasEvents({ shapes }: Model, { shape }: ShapeRef): boolean {
  return Object.values(shapes[shape]?.members ?? {}).some((member) => shapes[member.shape]?.eventstream);
}

function render(): string {
  const rows = [...services].sort(([one], [other]) => (one < other ? -1 : 1));
  const lines = rows.map(
    ([name, actions]) => `  ${/^\d/.test(name) ? `"${name}"` : name}: " ${[...actions].sort().join(" ")} ",`,
  );
  return `// Made by \`npm run sdk-actions\` on ${MADE} from the models of botocore ${VERSIONS.join(" and ")}. Do not edit.

/** The API actions of each service that \`aws-sdk\` integrations call, each between spaces. */
export const SDK_ACTIONS: Readonly<Record<string, string>> = {
${lines.join("\n")}
};
`;
}
