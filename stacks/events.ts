import type { BuildStamp } from "../shared/contracts/provenance.ts";
import { lambda, storeEnvironment } from "./functions.ts";
import { named } from "./names.ts";
import { failingTo, readerPermissions } from "./permissions.ts";
import { LIGHT } from "./sizes.ts";
import type { Storage } from "./storage.ts";

export interface Events {
  readonly bus: aws.cloudwatch.EventBus;
  /** Where in the stream what could not be sent is. */
  readonly unsent: aws.sqs.Queue;
}

/** A bus with every event of every run, a run's in their order: fed from the stream of the table that they are appended to. */
export function eventBus(storage: Storage, build: BuildStamp): Events {
  const bus = new aws.cloudwatch.EventBus("Bus", { name: named("events") });
  const unsent = new aws.sqs.Queue("Unsent", {
    name: named("unsent"),
    messageRetentionSeconds: 14 * 24 * 3600,
    sqsManagedSseEnabled: true,
  });
  const { streamArn } = storage.tables.events;
  const relay = lambda("RelayEvents", {
    handler: "functions/relay-events/handler.handler",
    environment: { ...storeEnvironment(storage, build), RESTEP_EVENT_BUS: bus.name },
    permissions: [
      ...readerPermissions(storage),
      { actions: ["dynamodb:UpdateItem"], resources: [storage.tables.status.arn] },
      { actions: ["events:PutEvents"], resources: [bus.arn] },
      // For Lambda itself, which reads the stream as the function would.
      {
        actions: ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
        resources: [streamArn],
      },
      failingTo(unsent),
    ],
    ...LIGHT,
  });
  new aws.lambda.EventSourceMapping("Stream", {
    eventSourceArn: streamArn,
    functionName: relay.name,
    startingPosition: "TRIM_HORIZON",
    batchSize: 100,
    filterCriteria: { filters: [{ pattern: JSON.stringify({ eventName: ["INSERT"] }) }] },
    // A run's events wait for one of them; those of others go on once the batch is halved.
    functionResponseTypes: ["ReportBatchItemFailures"],
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: 20,
    destinationConfig: { onFailure: { destinationArn: unsent.arn } },
  });
  return { bus, unsent };
}
