import { dynamoDbResolver } from "./dynamodb.ts";
import { type BusEvent, eventBridgeResolver } from "./event-bridge.ts";
import { type Receiver, snsResolver, sqsResolver } from "./messages.ts";
import type { ObjectStore } from "./object-store.ts";
import type { TaskResolver } from "./resolver.ts";
import { s3Resolver } from "./s3.ts";
import type { TableStore } from "./table-store.ts";

/** What stands in for AWS's services. A service without anything is not served. */
export interface LocalServices {
  readonly objects?: ObjectStore;
  readonly tables?: TableStore;
  readonly onQueueMessage?: Receiver;
  readonly onTopicMessage?: Receiver;
  readonly onEvent?: (event: BusEvent) => void | Promise<void>;
}

/** Resolvers by service, for `routeByService`: optimised integrations and those of the SDK alike. */
export function localServices(services: LocalServices): Readonly<Record<string, TaskResolver>> {
  const { objects, tables, onQueueMessage, onTopicMessage, onEvent } = services;
  return {
    ...(objects && { "aws-sdk:s3": s3Resolver(objects) }),
    ...(tables && both("dynamodb", dynamoDbResolver(tables))),
    ...(onQueueMessage && both("sqs", sqsResolver(onQueueMessage))),
    ...(onTopicMessage && both("sns", snsResolver(onTopicMessage))),
    ...(onEvent && { events: eventBridgeResolver(onEvent), "aws-sdk:eventbridge": eventBridgeResolver(onEvent) }),
  };
}

const both = (service: string, resolver: TaskResolver): Record<string, TaskResolver> => ({
  [service]: resolver,
  [`aws-sdk:${service}`]: resolver,
});
