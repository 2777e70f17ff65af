import type { BuildStamp } from "../shared/contracts/provenance.ts";
import { SUBMISSIONS } from "../shared/stores/aws/layout.ts";
import { lambda, storeEnvironment } from "./functions.ts";
import { type Lifecycle, machinesByName } from "./lifecycle.ts";
import { named } from "./names.ts";
import { failingTo, intakePermissions, sweepPermissions, workerPermissions } from "./permissions.ts";
import { COMPUTING, LIGHT } from "./sizes.ts";
import type { Storage } from "./storage.ts";

export interface Trigger {
  /** What could not be started, and ends that could not be recorded, after Lambda's own attempts. */
  readonly undone: aws.sqs.Queue;
  readonly sweeper: sst.aws.Function;
}

/**
 * Starts a run for each manifest that is uploaded, and records the ends that executions do not record themselves.
 * @param environment of who starts runs
 */
export function trigger(
  storage: Storage,
  machines: readonly Lifecycle[],
  build: BuildStamp,
  environment: Record<string, $util.Input<string>>,
): Trigger {
  const undone = new aws.sqs.Queue("Undone", {
    name: named("undone"),
    // The longest there is.
    messageRetentionSeconds: 14 * 24 * 3600,
    sqsManagedSseEnabled: true,
  });
  const arns = machinesByName(machines);
  const starting = { actions: ["states:StartExecution"], resources: Object.values(arns) };

  const starter = lambda("StartRuns", {
    handler: "functions/start-runs/handler.handler",
    environment,
    permissions: [...intakePermissions(storage), starting, failingTo(undone)],
    // It holds what comes with a manifest, the binary included.
    ...COMPUTING,
  });
  retried("StartRuns", starter, undone);
  const isAllowed = new aws.lambda.Permission("UploadsStartRuns", {
    action: "lambda:InvokeFunction",
    function: starter.name,
    principal: "s3.amazonaws.com",
    sourceArn: storage.bucket.arn,
    sourceAccount: aws.getCallerIdentityOutput().accountId,
  });
  new aws.s3.BucketNotification(
    "Uploads",
    {
      bucket: storage.bucket.bucket,
      lambdaFunctions: [
        {
          lambdaFunctionArn: starter.arn,
          events: ["s3:ObjectCreated:*"],
          filterPrefix: SUBMISSIONS,
          filterSuffix: "manifest.json",
        },
      ],
    },
    { dependsOn: isAllowed },
  );

  const sweeper = lambda("SweepStarts", {
    handler: "functions/sweep-starts/handler.handler",
    environment,
    permissions: [...sweepPermissions(storage), starting, failingTo(undone)],
    ...LIGHT,
  });
  on("Sweep", sweeper, { scheduleExpression: "rate(5 minutes)" });
  if ("RESTEP_RUNS_AT_ONCE" in environment)
    on("PlaceFreed", sweeper, executionsEnd(arns, [...UNSUCCESSFUL, "SUCCEEDED"]));

  const recorder = lambda("RecordEnd", {
    handler: "functions/record-end/handler.handler",
    environment: storeEnvironment(storage, build),
    permissions: [...workerPermissions(storage, { touchesBundles: true }), failingTo(undone)],
    ...COMPUTING,
  });
  retried("RecordEnd", recorder, undone);
  on("ExecutionEnded", recorder, executionsEnd(arns, UNSUCCESSFUL));
  return { undone, sweeper };
}

const UNSUCCESSFUL = ["FAILED", "TIMED_OUT", "ABORTED"];

/** Of these state machines. */
function executionsEnd(arns: Readonly<Record<string, $util.Output<string>>>, status: readonly string[]) {
  return {
    eventPattern: $jsonStringify({
      source: ["aws.states"],
      "detail-type": ["Step Functions Execution Status Change"],
      detail: { status, stateMachineArn: Object.values(arns) },
    }),
  };
}

/** Calls that nobody waits for: Lambda makes each three times, then keeps what it was called with. */
function retried(name: string, { name: functionName }: sst.aws.Function, undone: aws.sqs.Queue): void {
  new aws.lambda.FunctionEventInvokeConfig(`${name}Retries`, {
    functionName,
    maximumRetryAttempts: 2,
    maximumEventAgeInSeconds: 6 * 3600,
    destinationConfig: { onFailure: { destination: undone.arn } },
  });
}

/** Calls a function whenever a rule of the account's own bus holds. */
function on(
  name: string,
  { arn, name: functionName }: sst.aws.Function,
  when: Pick<aws.cloudwatch.EventRuleArgs, "scheduleExpression" | "eventPattern">,
): void {
  const rule = new aws.cloudwatch.EventRule(`${name}Rule`, { name: named(name), ...when });
  new aws.lambda.Permission(`${name}Permission`, {
    action: "lambda:InvokeFunction",
    function: functionName,
    principal: "events.amazonaws.com",
    sourceArn: rule.arn,
  });
  new aws.cloudwatch.EventTarget(`${name}Target`, { rule: rule.name, arn });
}
