import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { validateDefinition } from "../../shared/asl/index.ts";
import { type Flow, functionNameOf } from "../../shared/kernel/flow.ts";
import { withMaps } from "../../shared/kernel/map-mode.ts";
import { STAGE_NAMES } from "../../shared/stages/declarations.ts";
import { FLOWS } from "../../shared/stages/flows.ts";
import { parseAwsAddress } from "../../shared/stores/aws/address.ts";
import { TABLES, type TableName, tableName, undoneQueueOf } from "../../shared/stores/aws/layout.ts";
import { root } from "../e2e/cli.ts";
import { actionsInCodeOf } from "./support/calls.ts";
import { declared, grantsOf, ofType, only, roleOf } from "./support/declared.ts";
import type { Graph, Resource } from "./support/graph.ts";
import { isSstMissing } from "./support/sst.ts";

const STAGES = ["dev", "production"] as const;

/** Bill nothing, or next to nothing, as long as nobody uses them. */
const IDLE_FOR_FREE = new Set(
  [
    "cloudwatch/eventBus:EventBus",
    "cloudwatch/eventRule:EventRule",
    "cloudwatch/eventTarget:EventTarget",
    "cloudwatch/logGroup:LogGroup",
    "cloudwatch/metricAlarm:MetricAlarm",
    "dynamodb/table:Table",
    "iam/role:Role",
    "lambda/eventSourceMapping:EventSourceMapping",
    "lambda/function:Function",
    "lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    "lambda/functionUrl:FunctionUrl",
    "lambda/permission:Permission",
    "s3/bucket:Bucket",
    "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "s3/bucketNotification:BucketNotification",
    "s3/bucketObjectv2:BucketObjectv2",
    "s3/bucketPolicy:BucketPolicy",
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "s3/bucketVersioning:BucketVersioning",
    "sfn/stateMachine:StateMachine",
    "sns/topic:Topic",
    "sqs/queue:Queue",
  ].map((type) => `aws:${type}`),
);

/** AWS lets none of these be narrowed to a resource. */
const UNBOUND = /^(logs:\w+(LogDelivery|LogDeliveries|ResourcePolicy|ResourcePolicies|LogGroups)|xray:\w+)$/;

/** What Lambda itself does in a function's role: it logs, reads the stream that calls the function, and keeps what failed. */
const BY_LAMBDA =
  /^(logs:(CreateLogStream|PutLogEvents)|dynamodb:(DescribeStream|GetRecords|GetShardIterator)|sqs:SendMessage)$/;

describe.skipIf(isSstMissing())("what is deployed", () => {
  const graphs = new Map<string, Graph>();
  const graph = (stage: string) => graphs.get(stage) as Graph;
  beforeAll(async () => {
    for (const stage of STAGES) graphs.set(stage, await declared(stage));
  }, 120_000);

  it("has the types that SST and Pulumi ask for", async () => {
    const checked = promisify(execFile)("npx", ["tsc", "-p", "stacks/tsconfig.json"], { cwd: root });
    const { stdout } = await checked.catch((error: { readonly stdout: string }) => error);
    // SST's own sources are checked along, and are less strict.
    expect(stdout.split("\n").filter((line) => /^\S/.test(line) && !line.startsWith(".sst/"))).toEqual([]);
  }, 120_000);

  it.each(STAGES)("in stage %s, is told by outputs", (stage) => {
    const { outputs } = graph(stage);
    expect(parseAwsAddress(String(outputs.store))).toMatchObject({ tables: `restep-${stage}-store` });
    expect(outputs.recompile).toBe(`arn:aws:states:eu-west-1:123456789012:stateMachine:restep-${stage}-run-lifecycle`);
  });

  it("is kept and protected in production, and goes away with any other stage", () => {
    expect(graph("production").app).toMatchObject({ removal: "retain", protect: true });
    expect(graph("dev").app).toMatchObject({ removal: "remove", protect: false });
    for (const [stage, isKept] of [
      ["production", true],
      ["dev", false],
    ] as const) {
      expect(only(graph(stage), "s3/bucket:Bucket").inputs.forceDestroy).toBe(!isKept);
      for (const { inputs } of ofType(graph(stage), "dynamodb/table:Table")) {
        expect(inputs).toMatchObject({ deletionProtectionEnabled: isKept, pointInTimeRecovery: { enabled: isKept } });
      }
    }
  });

  it.each(STAGES)("in stage %s, costs nothing as long as nobody uses it", (stage) => {
    const types = graph(stage).resources.map(({ type }) => type);
    expect(types.filter((type) => type.startsWith("aws:") && !IDLE_FOR_FREE.has(type))).toEqual([]);
    for (const { inputs } of ofType(graph(stage), "dynamodb/table:Table"))
      expect(inputs.billingMode).toBe("PAY_PER_REQUEST");
    // Ten alarms are free.
    expect(ofType(graph(stage), "cloudwatch/metricAlarm:MetricAlarm").length).toBeLessThanOrEqual(10);
  });

  describe("stores", () => {
    it("have the tables that the adapter stands on, and a stream of the events alone", () => {
      const tables = ofType(graph("dev"), "dynamodb/table:Table");
      expect(tables).toHaveLength(Object.keys(TABLES).length);
      for (const [name, { hash, range }] of Object.entries(TABLES)) {
        const table = tables.find(({ inputs }) => inputs.name === tableName("restep-dev-store", name as TableName));
        expect(table?.inputs).toMatchObject({
          hashKey: hash.name,
          attributes: [hash, ...(range === undefined ? [] : [range])],
        });
        expect(table?.inputs.rangeKey).toBe(range?.name);
        expect(table?.inputs.streamEnabled).toBe(name === "events" ? true : undefined);
      }
    });

    it("keep versions, show nothing to the public, and expire what nobody asks for", () => {
      const of = (type: string) => only(graph("dev"), `s3/${type}`).inputs;
      expect(of("bucketVersioning:BucketVersioning").versioningConfiguration).toEqual({ status: "Enabled" });
      expect(of("bucketPublicAccessBlock:BucketPublicAccessBlock")).toMatchObject({
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      });
      const rules = of("bucketLifecycleConfiguration:BucketLifecycleConfiguration").rules as Record<string, unknown>[];
      expect(rules.map(({ id, filter }) => [id, (filter as { prefix?: string }).prefix])).toEqual([
        ["leftovers", undefined],
        ["quarantine", "quarantine/"],
        ["submissions", "submissions/"],
      ]);
    });

    it("refuse to overwrite artifacts and bundles, but for the parts of an upload, and to talk without TLS", () => {
      const { policy } = only(graph("dev"), "s3/bucketPolicy:BucketPolicy").inputs;
      expect(JSON.parse(String(policy))).toMatchObject({
        Statement: [
          { Effect: "Deny", Principal: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
          {
            Effect: "Deny",
            Principal: "*",
            Action: "s3:PutObject",
            Resource: ["arn:aws:s3:::store/artifacts/*", "arn:aws:s3:::store/bundles/*"],
            Condition: { Null: { "s3:if-none-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } },
          },
        ],
      });
    });
  });

  describe("state machines", () => {
    /** The definition, with placeholders in the place of the functions. */
    const turnedBack = (declared: Graph) => {
      const { inputs } = only(declared, "sfn/stateMachine:StateMachine");
      const definition = String(inputs.definition);
      expect(definition).not.toContain("${");
      expect(validateDefinition(JSON.parse(definition))).toEqual([]);
      const names = ofType(declared, "lambda/function:Function").map(({ inputs: { name } }) => String(name));
      return definition.replaceAll(
        /arn:aws:lambda:eu-west-1:123456789012:function:([\w-]+)/g,
        (_arn, name: string) => `\${${names.includes(name) ? name.replace("restep-dev-", "") : "?"}FunctionArn}`,
      );
    };
    const fileOf = ({ stateMachine }: Flow) =>
      readFileSync(join(root, "statemachines", `${stateMachine}.asl.json`), "utf8");

    it.each(FLOWS)("that of $name is its file, with the functions in the place of their placeholders", (flow) => {
      expect(turnedBack(graph("dev"))).toBe(fileOf(flow));
    });

    it("differ where Maps are to be distributed in the mode of those alone, and may then start children", async () => {
      const distributed = await declared("dev", { RESTEP_MAPS: "distributed" });
      const [flow] = FLOWS;
      expect(turnedBack(distributed)).toBe(withMaps(fileOf(flow as Flow), "distributed"));
      const machineRole = (of: Graph) =>
        ofType(of, "iam/role:Role").find(({ name }) => name === "LifecycleRole") as Resource;
      const before = grantsOf(machineRole(graph("dev"))).map(({ action, resource }) => `${action} ${resource}`);
      const added = grantsOf(machineRole(distributed)).map(({ action, resource }) => `${action} ${resource}`);
      expect(added.filter((each) => !before.includes(each))).toEqual([
        "states:StartExecution arn:aws:states:*:*:stateMachine:restep-dev-run-lifecycle",
        ...["Describe", "Stop", "Redrive"].map(
          (verb) => `states:${verb}Execution arn:aws:states:*:*:execution:restep-dev-run-lifecycle*`,
        ),
      ]);
      await expect(declared("dev", { RESTEP_MAPS: "both" })).rejects.toThrow(
        "RESTEP_MAPS: expected inline or distributed",
      );
    }, 120_000);

    it("are of the standard kind, are logged without what runs say, and traced", () => {
      expect(only(graph("dev"), "sfn/stateMachine:StateMachine").inputs).toMatchObject({
        type: "STANDARD",
        loggingConfiguration: { level: "ERROR", includeExecutionData: false },
        tracingConfiguration: { enabled: true },
      });
    });
  });

  describe("functions", () => {
    it("are one for each stage, on Node 24 and arm64, with a log that is not kept for ever", () => {
      const functions = ofType(graph("dev"), "lambda/function:Function");
      const logs = ofType(graph("dev"), "cloudwatch/logGroup:LogGroup");
      for (const stage of STAGE_NAMES) {
        const name = `restep-dev-${functionNameOf(stage)}`;
        const { inputs } = functions.find((each) => each.inputs.name === name) ?? {};
        expect(inputs, stage).toMatchObject({ runtime: "nodejs24.x", architectures: ["arm64"] });
        expect(existsSync(join(root, String(inputs?.handler).replace(/\.handler$/, ".ts"))), stage).toBe(true);
        expect(logs.find((each) => each.inputs.name === `/aws/lambda/${name}`)?.inputs.retentionInDays).toBe(90);
      }
    });

    it("are told where the stores are and what they were built from", () => {
      for (const { inputs } of ofType(graph("dev"), "lambda/function:Function")) {
        const { variables } = inputs.environment as { readonly variables: Readonly<Record<string, string>> };
        expect(variables.RESTEP_STORE).toBe(graph("dev").outputs.store);
        expect(JSON.parse(String(variables.RESTEP_BUILD))).toMatchObject({
          restep_version: expect.any(String),
          lockfile_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          state_machines: { "run-lifecycle": expect.stringMatching(/^[0-9a-f]{64}$/) },
        });
      }
    });
  });

  describe("runs", () => {
    it("are started by manifests under submissions/, and by nothing that is said of them", () => {
      const { lambdaFunctions } = only(graph("dev"), "s3/bucketNotification:BucketNotification").inputs as {
        lambdaFunctions: { filterPrefix: string; filterSuffix: string; lambdaFunctionArn: string }[];
      };
      expect(lambdaFunctions).toMatchObject([
        {
          events: ["s3:ObjectCreated:*"],
          filterPrefix: "submissions/",
          filterSuffix: "manifest.json",
          lambdaFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:restep-dev-StartRuns",
        },
      ]);
      expect("manifest.error.json".endsWith(String(lambdaFunctions[0]?.filterSuffix))).toBe(false);
    });

    it("that nobody could start, or whose end nobody could record, are kept and told of", () => {
      const retries = ofType(graph("dev"), "lambda/functionEventInvokeConfig:FunctionEventInvokeConfig");
      expect(retries.map(({ inputs }) => [inputs.functionName, inputs.destinationConfig]).sort()).toEqual(
        ["RecordEnd", "StartRuns"].map((name) => [
          `restep-dev-${name}`,
          { onFailure: { destination: "arn:aws:sqs:eu-west-1:123456789012:restep-dev-undone" } },
        ]),
      );
      const watched = ofType(graph("dev"), "cloudwatch/metricAlarm:MetricAlarm").map(({ inputs }) => inputs.dimensions);
      // Where `restep redrive` looks.
      const queues = ofType(graph("dev"), "sqs/queue:Queue").map(({ inputs }) => inputs.name);
      expect(queues).toContain(undoneQueueOf("restep-dev-store"));
      for (const name of ["undone", "unsent"]) expect(watched).toContainEqual({ QueueName: `restep-dev-${name}` });
      expect(watched).toContainEqual({ FunctionName: "restep-dev-SweepStarts" });
    });

    it("that end without success are told to who records it, and those of this deployment alone", () => {
      const patterns = ofType(graph("dev"), "cloudwatch/eventRule:EventRule").flatMap(({ inputs }) =>
        inputs.eventPattern === undefined ? [] : [JSON.parse(String(inputs.eventPattern)) as unknown],
      );
      expect(patterns).toEqual([
        {
          source: ["aws.states"],
          "detail-type": ["Step Functions Execution Status Change"],
          detail: {
            status: ["FAILED", "TIMED_OUT", "ABORTED"],
            stateMachineArn: ["arn:aws:states:eu-west-1:123456789012:stateMachine:restep-dev-run-lifecycle"],
          },
        },
      ]);
    });

    it("go on so many at once where whoever deploys says so, and the next is begun as one ends", async () => {
      const limited = await declared("dev", { RESTEP_RUNS_AT_ONCE: "3" });
      const told = ({ inputs }: Resource) =>
        (inputs.environment as { variables: Record<string, string> }).variables.RESTEP_RUNS_AT_ONCE;
      const names = (of: Graph) =>
        ofType(of, "lambda/function:Function").flatMap((each) => (told(each) === undefined ? [] : [each.inputs.name]));
      expect(names(graph("dev"))).toEqual([]);
      expect(names(limited).sort()).toEqual(["Api", "StartRuns", "SweepStarts"].map((name) => `restep-dev-${name}`));
      const rules = ofType(limited, "cloudwatch/eventRule:EventRule");
      const freed = rules.find(({ name }) => name === "PlaceFreedRule")?.inputs;
      expect(JSON.parse(String(freed?.eventPattern))).toMatchObject({
        detail: {
          status: ["FAILED", "TIMED_OUT", "ABORTED", "SUCCEEDED"],
          stateMachineArn: ["arn:aws:states:eu-west-1:123456789012:stateMachine:restep-dev-run-lifecycle"],
        },
      });
      const target = ofType(limited, "cloudwatch/eventTarget:EventTarget").find(
        ({ name }) => name === "PlaceFreedTarget",
      );
      expect(target?.inputs.arn).toBe("arn:aws:lambda:eu-west-1:123456789012:function:restep-dev-SweepStarts");
      await expect(declared("dev", { RESTEP_RUNS_AT_ONCE: "0" })).rejects.toThrow(
        "RESTEP_RUNS_AT_ONCE: expected a whole",
      );
    }, 120_000);

    it("put their events on a bus in order, and what cannot be sent is kept", () => {
      expect(only(graph("dev"), "lambda/eventSourceMapping:EventSourceMapping").inputs).toMatchObject({
        eventSourceArn: "arn:aws:dynamodb:eu-west-1:123456789012:table/restep-dev-store-events/stream/1",
        functionName: "restep-dev-RelayEvents",
        startingPosition: "TRIM_HORIZON",
        functionResponseTypes: ["ReportBatchItemFailures"],
        bisectBatchOnFunctionError: true,
        destinationConfig: { onFailure: { destinationArn: "arn:aws:sqs:eu-west-1:123456789012:restep-dev-unsent" } },
      });
    });
  });

  it("tells of runs over HTTP to who signs as somebody who may invoke its address, and to no web page", () => {
    const { inputs } = only(graph("dev"), "lambda/functionUrl:FunctionUrl");
    expect(inputs).toMatchObject({ authorizationType: "AWS_IAM", functionName: "restep-dev-Api" });
    expect(inputs.cors ?? {}).toEqual({});
    const open = ofType(graph("dev"), "lambda/permission:Permission").filter(
      ({ inputs: { principal } }) => principal === "*",
    );
    expect(open).toEqual([]);
    expect(graph("dev").outputs.api).toMatch(/^https:/);
  });

  it("has an address for who shows a token where whoever deploys wants one, with the permissions of the other", async () => {
    const withTokens = await declared("dev", { RESTEP_API_TOKENS: "on" });
    const addresses = ofType(withTokens, "lambda/functionUrl:FunctionUrl").map(({ inputs }) => [
      inputs.functionName,
      inputs.authorizationType,
    ]);
    expect(addresses.sort()).toEqual([
      ["restep-dev-Api", "AWS_IAM"],
      ["restep-dev-ApiByToken", "NONE"],
    ]);
    expect(withTokens.outputs.api_by_token).toMatch(/^https:/);
    const grants = (name: string) =>
      grantsOf(roleOf(withTokens, name)).filter(({ action }) => !action.startsWith("logs:"));
    expect(grants("restep-dev-ApiByToken")).toEqual(grants("restep-dev-Api"));
    await expect(declared("dev", { RESTEP_API_TOKENS: "1" })).rejects.toThrow("RESTEP_API_TOKENS: expected on or off");
  }, 120_000);

  describe("permissions", () => {
    it("name each action, and the resources of this deployment wherever AWS lets them be named", () => {
      for (const role of ofType(graph("dev"), "iam/role:Role")) {
        expect(role.inputs.managedPolicyArns ?? [], role.name).toEqual([]);
        const grants = grantsOf(role);
        expect(grants, role.name).not.toEqual([]);
        for (const { action, resource } of grants) {
          expect(action, role.name).not.toContain("*");
          if (resource === "*") expect(action).toMatch(UNBOUND);
          else expect(resource, role.name).toMatch(/restep-dev-|arn:aws:s3:::store/);
        }
      }
    });

    it("let the state machine call its functions, and no other", () => {
      const role = ofType(graph("dev"), "iam/role:Role").find(({ name }) => name === "LifecycleRole");
      const called = grantsOf(role!).filter(({ action }) => action === "lambda:InvokeFunction");
      const arns = STAGE_NAMES.map(
        (stage) => `arn:aws:lambda:eu-west-1:123456789012:function:restep-dev-${functionNameOf(stage)}`,
      );
      expect(called.map(({ resource }) => resource).sort()).toEqual(arns.sort());
    });

    it("let a function do nothing that its code does not ask for", async () => {
      for (const { inputs } of ofType(graph("dev"), "lambda/function:Function")) {
        const asked = await actionsInCodeOf(String(inputs.handler).replace(/\.handler$/, ".ts"));
        const role = roleOf(graph("dev"), String(inputs.name));
        const granted = grantsOf(role).map(({ action }) => action);
        const idle = granted.filter((action) => !asked.has(action) && !BY_LAMBDA.test(action));
        expect(idle, String(inputs.name)).toEqual([]);
      }
    });

    it("let the stages that publish, or take that back, touch bundles, and no others", () => {
      const touching = ofType(graph("dev"), "iam/role:Role").filter((role) =>
        grantsOf(role).some(({ resource }) => resource.includes("/bundles/")),
      );
      expect(touching.map(({ name }) => name).sort()).toEqual(["PublishRole", "RecordEndRole", "RecordFailureRole"]);
    });
  });
});
