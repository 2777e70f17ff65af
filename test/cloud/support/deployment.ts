import { type AttributeDefinition, CreateTableCommand, type KeySchemaElement } from "@aws-sdk/client-dynamodb";
import { CreateEventBusCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { CreateBucketCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { CreateQueueCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { AwsClients } from "../../../shared/stores/aws/access.ts";
import { ofType, only } from "../../stacks/support/declared.ts";
import type { Graph } from "../../stacks/support/graph.ts";
import type { DeployedFunction } from "./environments.ts";

interface Table {
  readonly name: string;
  readonly hashKey: string;
  readonly rangeKey?: string;
  readonly attributes: readonly { readonly name: string; readonly type: "S" | "N" }[];
}

/** Makes the bucket and the tables that are declared, on a server that answers as AWS does. */
export async function makeStorage(graph: Graph, { s3, db }: AwsClients): Promise<void> {
  const Bucket = only(graph, "s3/bucket:Bucket").name.toLowerCase();
  const LocationConstraint = "eu-west-1" as const;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  for (const { inputs } of ofType(graph, "dynamodb/table:Table")) {
    const { name, hashKey, rangeKey, attributes } = inputs as unknown as Table;
    const KeySchema: KeySchemaElement[] = [{ AttributeName: hashKey, KeyType: "HASH" }];
    if (rangeKey !== undefined) KeySchema.push({ AttributeName: rangeKey, KeyType: "RANGE" });
    const AttributeDefinitions: AttributeDefinition[] = attributes.map((attribute) => ({
      AttributeName: attribute.name,
      AttributeType: attribute.type,
    }));
    await db.send(
      new CreateTableCommand({ TableName: name, BillingMode: "PAY_PER_REQUEST", KeySchema, AttributeDefinitions }),
    );
  }
}

/** Makes the queues that are declared. */
export async function makeQueues(graph: Graph, sqs: SQSClient): Promise<void> {
  for (const { inputs } of ofType(graph, "sqs/queue:Queue")) {
    await sqs.send(new CreateQueueCommand({ QueueName: String(inputs.name) }));
  }
}

/** Makes the bus that is declared. */
export async function makeBus(graph: Graph, endpoint: string): Promise<void> {
  const { name } = only(graph, "cloudwatch/eventBus:EventBus").inputs as { readonly name: string };
  const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
  const bridge = new EventBridgeClient({ endpoint, region: "eu-west-1", credentials });
  await bridge.send(new CreateEventBusCommand({ Name: name }));
  bridge.destroy();
}

/** The functions that are declared, with their bundles in a folder. @param aws where AWS is for them */
export function functionsOf(graph: Graph, folder: string, aws: Readonly<Record<string, string>>): DeployedFunction[] {
  return ofType(graph, "lambda/function:Function").map(({ inputs }) => {
    const { variables } = inputs.environment as { readonly variables: Readonly<Record<string, string>> };
    const name = String(inputs.name);
    return {
      name,
      folder,
      handler: String(inputs.handler),
      environment: { ...variables, ...aws, AWS_SDK_UA_APP_ID: name },
      timeout: Number(inputs.timeout),
    };
  });
}
