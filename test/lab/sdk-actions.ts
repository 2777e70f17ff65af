/**
 * `npm run sdk-actions [-- --check]`: makes the table of what `arn:aws:states:::aws-sdk:<service>:<action>` may name
 * (`shared/asl/services/sdk-actions.ts`) from the models of AWS's services that botocore comes with, and that of what some of them
 * answer (`shared/sfn/test-state/response-shapes.ts`). `--check` compares.
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
const SHAPES = "shared/sfn/test-state/response-shapes.ts";

/** Services whose answers are checked where a test makes them up. */
const CHECKED = ["batch", "dynamodb", "eventbridge", "kms", "lambda", "s3", "secretsmanager", "sfn", "sns", "sqs"];

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
  readonly shapes: Readonly<Record<string, Shape>>;
}

interface Shape {
  readonly type: string;
  readonly eventstream?: boolean;
  readonly document?: boolean;
  readonly members?: Readonly<Record<string, ShapeRef>>;
  readonly required?: readonly string[];
  readonly member?: ShapeRef;
  readonly value?: ShapeRef;
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
}

interface ShapeRef {
  readonly shape: string;
}

const services = new Map<string, Set<string>>();
/** Lines of the table of answers, of the newest models. */
const answers = new Map<string, string>();
const folder = mkdtempSync(join(tmpdir(), "botocore-"));
try {
  for (const version of VERSIONS) readModels(version);
} finally {
  rmSync(folder, { recursive: true });
}
bring(TABLE, render());
bring(SHAPES, renderShapes());
console.log(`${services.size} services, ${[...services.values()].reduce((sum, { size }) => sum + size, 0)} actions`);

function bring(file: string, table: string): void {
  if (!process.argv.includes("--check")) writeFileSync(file, table);
  else if (readFileSync(file, "utf8") !== table) {
    const expected = `what botocore ${VERSIONS.join(" and ")} give`;
    console.error(`${file}: expected ${expected}, found other text; run: npm run sdk-actions`);
    process.exitCode = 1;
  }
}

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
    const service = serviceName(model.metadata.serviceId ?? directory.name);
    takeActions(service, model);
    if (version === VERSIONS[0] && CHECKED.includes(service)) answers.set(service, answersOf(model));
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

/** The shapes of what a service's operations answer, by name, and that of each operation, as JSON. */
function answersOf({ operations, shapes }: Model): string {
  const written: Record<string, string> = {};
  const outputs: Record<string, string> = {};
  const write = (name: string): void => {
    if (name in written) return;
    const shape = shapes[name]!;
    written[name] = "";
    const { members = {}, required = [], member, value } = shape;
    const fields = Object.entries(members);
    for (const { shape: inner } of [...fields.map(([, each]) => each), member, value].flatMap((each) => each ?? [])) {
      write(inner);
    }
    const listed = fields
      .filter(([field]) => !/[A-Z0-9]{2}/.test(field))
      .map(([field, each]) => `${capital(field)}${required.includes(field) ? "!" : ""}:${each.shape}`);
    if (shape.document) written[name] = "any";
    else if (shape.type === "structure") written[name] = `{${listed.join(",")}`;
    else if (member !== undefined) written[name] = `[${member.shape}`;
    else if (value !== undefined) written[name] = `<${value.shape}`;
    else {
      const words = shape.enum === undefined ? "" : `=${shape.enum.join("|")}`;
      const range = shape.min === undefined && shape.max === undefined ? "" : ` ${shape.min ?? ""}..${shape.max ?? ""}`;
      written[name] = `${shape.type}${words || range}`;
    }
  };
  for (const [operation, { output }] of Object.entries(operations)) {
    if (output === undefined) continue;
    write(output.shape);
    outputs[operation.charAt(0).toLowerCase() + operation.slice(1)] = output.shape;
  }
  return JSON.stringify({ outputs, shapes: written });
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function renderShapes(): string {
  const lines = [...answers].map(([service, text]) => `  ${service}: ${JSON.stringify(text)},`).sort();
  return `// Made by \`npm run sdk-actions\` on ${MADE} from the models of botocore ${VERSIONS[0]}. Do not edit.

/**
 * What operations answer, by service, as JSON: \`outputs\` names the shape of each action, \`shapes\` has them. \`{\` are the
 * fields of a structure with their shapes, those that are required with \`!\`; \`[\` and \`<\` begin lists and maps of a shape; else a type
 * with its words (\`=\`) or its range. Fields whose names Step Functions spells otherwise than the model are left out.
 */
export const RESPONSE_SHAPES: Readonly<Record<string, string>> = {
${lines.join("\n")}
};
`;
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
