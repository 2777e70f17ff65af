import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { ExponentialBackoff, handleWhen, retry } from "cockatiel";
import type { AwsAddress } from "./address.ts";
import { shownAddress } from "./address.ts";
import { cancellationReasons, isNamed, toStoreError } from "./aws-errors.ts";
import { type TableName, tableName } from "./layout.ts";

/** How the stores reach AWS. Failures are errors of this room; what a condition answers comes as AWS says it. */
export interface AwsAccess {
  readonly bucket: string;
  readonly prefix: string;
  /** For messages. */
  readonly where: string;
  table(name: TableName): string;
  /** What the SDK retries it has retried; a conditional put that met another is sent again. */
  s3: S3Client["send"];
  /** The same; a transaction that met another is sent again. */
  db: DynamoDBDocumentClient["send"];
  close(): void;
}

export interface AwsClients {
  readonly s3: S3Client;
  readonly db: DynamoDBClient;
}

/** Requests that met another at the same item are sent again this often, with full jitter between. */
const MEETINGS = 12;

const meetsAnother = (error: unknown) =>
  // S3 answers 409 to a conditional write beside another.
  isNamed(error, "ConditionalRequestConflict", "OperationAborted", "TransactionInProgressException") ||
  (cancellationReasons(error).includes("TransactionConflict") &&
    !cancellationReasons(error).includes("ConditionalCheckFailed"));

/** Clients as the SDK makes them from the environment, unless they are given. */
export function awsAccess(address: AwsAddress, clients?: AwsClients): AwsAccess {
  const region = address.region === undefined ? {} : { region: address.region };
  const s3 = clients?.s3 ?? new S3Client({ ...region, maxAttempts: 6 });
  const db = clients?.db ?? new DynamoDBClient({ ...region, maxAttempts: 6 });
  const document = DynamoDBDocumentClient.from(db, { marshallOptions: { removeUndefinedValues: true } });
  const where = shownAddress(address);
  const backoff = new ExponentialBackoff({ initialDelay: 20, maxDelay: 2_000 });
  const again = retry(handleWhen(meetsAnother), { maxAttempts: MEETINGS, backoff });
  const sending =
    (service: string, send: (command: never, options: never) => Promise<unknown>) =>
    async (command: { readonly constructor: { readonly name: string } }, options?: unknown): Promise<unknown> => {
      try {
        return await again.execute(() => send(command as never, options as never));
      } catch (error) {
        throw toStoreError(error, `ask ${service} for ${command.constructor.name.replace(/Command$/, "")}`, where);
      }
    };
  return {
    bucket: address.bucket,
    prefix: address.prefix,
    where,
    table: (name) => tableName(address.tables, name),
    s3: sending("S3", (command, options) => s3.send(command, options)) as S3Client["send"],
    db: sending("DynamoDB", (command, options) => document.send(command, options)) as DynamoDBDocumentClient["send"],
    close() {
      if (clients !== undefined) return;
      s3.destroy();
      db.destroy();
    },
  };
}
