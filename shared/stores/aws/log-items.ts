import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { RunId } from "../../contracts/ids.ts";
import { sha256 } from "../digest.ts";
import { CorruptionError } from "../errors.ts";
import type { AwsAccess } from "./access.ts";
import { type LogName, PREFIXES } from "./layout.ts";
import type { Objects } from "./objects.ts";
import { queryAll } from "./query.ts";

/** What one append, or several at once, added: lines as a store's folder has them, without their newlines. */
export interface LogItem {
  /** Place of its first line in the log, counted from 1. */
  readonly first: number;
  readonly lines: readonly string[];
}

/** An item takes 400 KB with everything in it; what is longer stands in the bucket, and the item says where. Bytes. */
const LONGEST_TEXT = 300_000;

export interface LogItems {
  /** The attributes of the item that holds these lines; a long text is in the bucket when this returns. */
  attributes(runId: RunId, first: number, lines: readonly string[]): Promise<Record<string, unknown>>;
  /** Items in order, from the one that holds the line of this place on. @throws CorruptionError */
  from(runId: RunId, place: number): AsyncIterable<LogItem>;
}

export function logItems(access: AwsAccess, objects: Objects, log: LogName): LogItems {
  const TableName = access.table(log);

  const read = async (runId: RunId, item: Record<string, unknown>): Promise<LogItem> => {
    const first = Number(item.first);
    if (typeof item.lines === "string") return { first, lines: item.lines.split("\n") };
    const key = String(item.lines_at);
    const found = await objects.get(key);
    if (found === undefined || sha256(found.bytes) !== key.slice(-64)) throw missing(runId, first, key);
    return { first, lines: Buffer.from(found.bytes).toString("utf8").split("\n") };
  };

  const missing = (runId: RunId, first: number, key: string) =>
    new CorruptionError(`line ${first} of the ${log} of run ${runId}`, {
      where: access.where,
      expected: `the text that ${key} names`,
      found: "none, or another",
      remedy: "restore the object from an earlier version",
    });

  /** Where the item begins that holds this line: items are as long as their appends. */
  const startOf = async (runId: RunId, place: number): Promise<number> => {
    const { Items } = await access.db(
      new QueryCommand({
        TableName,
        KeyConditionExpression: "run_id = :run AND #first <= :place",
        ExpressionAttributeNames: { "#first": "first" },
        ExpressionAttributeValues: { ":run": runId, ":place": place },
        ProjectionExpression: "#first",
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: 1,
      }),
    );
    return Number(Items?.[0]?.first ?? 1);
  };

  return {
    async attributes(runId, first, lines) {
      const text = lines.join("\n");
      const item = { run_id: runId, first, last: first + lines.length - 1 };
      const bytes = Buffer.from(text);
      if (bytes.length <= LONGEST_TEXT) return { ...item, lines: text };
      const digits = sha256(bytes);
      const lines_at = `${PREFIXES.logs}${runId}/${log}/${digits}`;
      await objects.putNew(lines_at, bytes, digits);
      return { ...item, lines_at };
    },
    async *from(runId, place) {
      const query = {
        TableName,
        KeyConditionExpression: "run_id = :run AND #first >= :start",
        ExpressionAttributeNames: { "#first": "first" },
        ExpressionAttributeValues: { ":run": runId, ":start": await startOf(runId, place) },
        ConsistentRead: true,
      };
      for await (const item of queryAll(access, query)) yield await read(runId, item);
    },
  };
}
