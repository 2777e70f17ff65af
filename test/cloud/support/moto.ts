import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import type { AwsClients } from "../../../shared/stores/aws/access.ts";
import { TABLES, type TableName, tableName } from "../../../shared/stores/aws/layout.ts";

/** A server that others wrote, which answers as S3 and DynamoDB do: https://docs.getmoto.org */
export interface Moto {
  readonly endpoint: string;
  /** Clients as the SDK makes them, unmodified. */
  clients(): AwsClients;
  stop(): Promise<void>;
}

const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };

/** Starts it on a port of its own choice. */
export async function startMoto(region = "us-east-1"): Promise<Moto> {
  const server = spawn("moto_server", ["-H", "127.0.0.1", "-p", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  const endpoint = await addressOf(server);
  const common = { endpoint, region, credentials };
  const made: AwsClients[] = [];
  return {
    endpoint,
    clients() {
      const clients = { s3: new S3Client({ ...common, forcePathStyle: true }), db: new DynamoDBClient(common) };
      made.push(clients);
      return clients;
    },
    async stop() {
      for (const { s3, db } of made) {
        s3.destroy();
        db.destroy();
      }
      const gone = once(server, "exit");
      // It keeps nothing, and would wait for connections that are still open.
      server.kill("SIGKILL");
      await gone;
    },
  };
}

async function addressOf(server: ChildProcess): Promise<string> {
  const said: string[] = [];
  for await (const line of createInterface({ input: server.stderr! })) {
    said.push(line);
    const found = /Running on (http:\/\/\S+)/.exec(line)?.[1];
    if (found === undefined) continue;
    // What it says from here on is a line for each request.
    server.stderr?.resume();
    return found;
  }
  throw new Error(`moto_server ended before it listened:\n${said.join("\n")}`);
}

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
