import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import type { AwsClients } from "../../../shared/stores/aws/access.ts";
import { parseAwsAddress } from "../../../shared/stores/aws/address.ts";
import { artifactKey } from "../../../shared/stores/aws/artifacts.ts";
import { tableName } from "../../../shared/stores/aws/layout.ts";
import { openAwsStores } from "../../../shared/stores/aws/open.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { digitsOf } from "../../../shared/stores/identifiers.ts";
import type { StoreNotice } from "../../../shared/stores/ports.ts";
import { parseRecord, recordText } from "../../../shared/stores/stored-run.ts";
import type { Adapter, Client } from "../support/harness.ts";
import { type ManualClock, manualClock } from "../support/manual-clock.ts";
import { deployStores } from "./deploy.ts";

/** What answers as S3 and DynamoDB do. */
export interface AwsServer {
  clients(): AwsClients;
  /** Calls it when something may have changed, or often, until the function that it returns is called. */
  onChange(look: () => void): () => void;
}

let deployed = 0;

/** Stores in S3 and DynamoDB, on what answers as they do. */
export function awsAdapter(by: string, started: () => AwsServer): Adapter {
  return {
    name: `S3 and DynamoDB (${by})`,
    async start() {
      deployed += 1;
      const name = `restep-${process.pid}-${deployed}`;
      const server = started();
      const clients = server.clients();
      const address = await deployStores(clients, name);
      const { bucket, prefix } = parseAwsAddress(address);
      const document = DynamoDBDocumentClient.from(clients.db);
      const runs = tableName(name, "runs");
      const stops: (() => void)[] = [];
      return {
        async open(): Promise<Client> {
          const { clock, stop } = polledClock(server);
          stops.push(stop);
          const notices: StoreNotice[] = [];
          const onNotice = (notice: StoreNotice) => void notices.push(notice);
          const stores = await openAwsStores(address, { clients: server.clients(), clock, onNotice });
          return { ...stores, clock, notices };
        },
        async damageArtifact(ref, bytes) {
          const Key = `${prefix}${artifactKey(digitsOf(ref))}`;
          await clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
          await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: bytes }));
        },
        async damageLog(runId, log, edit) {
          const TableName = tableName(name, log);
          const query = {
            TableName,
            KeyConditionExpression: "run_id = :run",
            ExpressionAttributeValues: { ":run": runId },
            ConsistentRead: true,
          };
          const items = (await collect(paginateQuery({ client: document }, query))).flatMap(({ Items = [] }) => Items);
          const lines = edit(items.flatMap((item) => String(item.lines).split("\n")));
          for (const { run_id, first } of items) {
            await document.send(new DeleteCommand({ TableName, Key: { run_id, first } }));
          }
          for (const [index, text] of lines.entries()) {
            const Item = { run_id: runId, first: index + 1, last: index + 1, lines: text };
            await document.send(new PutCommand({ TableName, Item }));
          }
        },
        async reformat(runId, formats) {
          const Key = { subject: `run#${runId}`, part: "record" };
          const { Item } = await document.send(new GetCommand({ TableName: runs, Key, ConsistentRead: true }));
          const record = parseRecord(runId, String(Item?.text));
          if (record === undefined) throw new Error(`no record of ${runId}`);
          const text = recordText({ ...record, formats: { ...record.formats, ...formats } });
          await document.send(new PutCommand({ TableName: runs, Item: { ...Key, text } }));
        },
        async dispose() {
          for (const stop of stops) stop();
        },
      };
    },
  };
}

/** Time stands still until told to go, and yet whoever looks again and again does when something may have changed. */
function polledClock(server: AwsServer): { readonly clock: ManualClock; readonly stop: () => void } {
  const manual = manualClock();
  const stops = new Set<() => void>();
  const clock: ManualClock = {
    ...manual,
    every(milliseconds, tick) {
      const stopManual = manual.every(milliseconds, tick);
      if (milliseconds > 1_000) return stopManual;
      const stopLooking = server.onChange(tick);
      stops.add(stopLooking);
      return () => {
        stopLooking();
        stops.delete(stopLooking);
        stopManual();
      };
    },
  };
  const stop = () => {
    for (const stopLooking of stops) stopLooking();
  };
  return { clock, stop };
}
