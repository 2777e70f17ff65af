import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BuildStamp } from "../shared/contracts/provenance.ts";
import { withFunctions } from "../shared/kernel/flow.ts";
import { type MapMode, withMaps } from "../shared/kernel/map-mode.ts";
import { FLOWS } from "../shared/stages/flows.ts";
import { type Functions, storeEnvironment } from "./functions.ts";
import { named } from "./names.ts";
import type { Permission } from "./permissions.ts";
import type { Storage } from "./storage.ts";

/** A flow's state machine. */
export interface Lifecycle {
  readonly name: string;
  readonly machine: aws.sfn.StateMachine;
}

/** The state machine of each flow, from the very file that runs here. @param maps how its Maps are carried out */
export function lifecycles(functions: Functions, root: string, maps: MapMode): readonly Lifecycle[] {
  const arns = Object.fromEntries(Object.entries(functions).map(([name, { arn }]) => [name, arn]));
  const role = machineRole(Object.values(arns), maps === "distributed" ? childPermissions() : []);
  return FLOWS.map(({ name, stateMachine }) => {
    const text = readFileSync(join(root, "statemachines", `${stateMachine}.asl.json`), "utf8");
    const log = new aws.cloudwatch.LogGroup(`${name}-Executions`, {
      name: `/aws/vendedlogs/states/${named(stateMachine)}`,
      retentionInDays: 90,
    });
    const machine = new aws.sfn.StateMachine(`${name}-Lifecycle`, {
      name: named(stateMachine),
      type: "STANDARD",
      roleArn: role.arn,
      definition: $resolve(arns).apply((known) =>
        withMaps(
          withFunctions(text, (name) => known[name]),
          maps,
        ),
      ),
      // What goes in and out of states stands in the history, and in the run's own log.
      loggingConfiguration: { level: "ERROR", includeExecutionData: false, logDestination: $interpolate`${log.arn}:*` },
      tracingConfiguration: { enabled: true },
    });
    return { name, machine };
  });
}

/** Their ARNs, by the names of their files. */
export function machinesByName(machines: readonly Lifecycle[]): Readonly<Record<string, $util.Output<string>>> {
  return Object.fromEntries(
    machines.map(({ name, machine }) => [FLOWS.find((flow) => flow.name === name)?.stateMachine ?? name, machine.arn]),
  );
}

/** What a function is told that starts runs. @param runsAtOnce undefined for all that there are */
export function startingEnvironment(
  storage: Storage,
  machines: readonly Lifecycle[],
  build: BuildStamp,
  runsAtOnce: number | undefined,
): Record<string, $util.Input<string>> {
  return {
    ...storeEnvironment(storage, build),
    RESTEP_STATE_MACHINES: $jsonStringify(machinesByName(machines)),
    ...(runsAtOnce === undefined ? {} : { RESTEP_RUNS_AT_ONCE: String(runsAtOnce) }),
  };
}

function machineRole(functions: readonly $util.Output<string>[], children: readonly Permission[]): aws.iam.Role {
  const policy = $resolve([...functions]).apply((arns) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: arns },
        ...children.map(({ actions, resources }) => ({ Effect: "Allow", Action: actions, Resource: resources })),
        // Neither service lets these be narrowed to a resource.
        { Effect: "Allow", Action: LOG_DELIVERY, Resource: "*" },
        { Effect: "Allow", Action: TRACING, Resource: "*" },
      ],
    }),
  );
  return new aws.iam.Role("LifecycleRole", {
    assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "states.amazonaws.com" }),
    inlinePolicies: [{ name: "inline", policy }],
  });
}

/** A Map Run starts executions of its own state machine, and looks after them: https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html */
function childPermissions(): readonly Permission[] {
  return FLOWS.flatMap(({ stateMachine }) => {
    const of = (kind: string, rest = "") => `arn:aws:states:*:*:${kind}:${named(stateMachine)}${rest}`;
    return [
      { actions: ["states:StartExecution"], resources: [of("stateMachine")] },
      {
        actions: ["states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"],
        resources: [of("execution", "*")],
      },
    ];
  });
}

const LOG_DELIVERY = [
  "logs:CreateLogDelivery",
  "logs:GetLogDelivery",
  "logs:UpdateLogDelivery",
  "logs:DeleteLogDelivery",
  "logs:ListLogDeliveries",
  "logs:PutResourcePolicy",
  "logs:DescribeResourcePolicies",
  "logs:DescribeLogGroups",
];

const TRACING = [
  "xray:PutTraceSegments",
  "xray:PutTelemetryRecords",
  "xray:GetSamplingRules",
  "xray:GetSamplingTargets",
];
