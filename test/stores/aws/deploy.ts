import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import type { AwsClients } from "../../../shared/stores/aws/access.ts";
import { TABLES, type TableName, tableName } from "../../../shared/stores/aws/layout.ts";

/** A bucket that keeps versions and the tables beside it, as a deployment makes them. @returns the address */
export async function deployStores({ s3, db }: AwsClients, name: string): Promise<string> {
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  const VersioningConfiguration = { Status: "Enabled" as const };
  await s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
  for (const [table, { hash, range }] of Object.entries(TABLES)) {
    const keys =
      range === undefined
        ? [{ ...hash, role: "HASH" as const }]
        : [
            { ...hash, role: "HASH" as const },
            { ...range, role: "RANGE" as const },
          ];
    await db.send(
      new CreateTableCommand({
        TableName: tableName(name, table as TableName),
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: keys.map((key) => ({ AttributeName: key.name, AttributeType: key.type })),
        KeySchema: keys.map((key) => ({ AttributeName: key.name, KeyType: key.role })),
      }),
    );
  }
  return `s3://${name}/team-a`;
}
