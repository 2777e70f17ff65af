import { GetCommand, TransactWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { RunId } from "../../contracts/ids.ts";
import { type Clock, rfc3339 } from "../clock.ts";
import { CorruptionError } from "../errors.ts";
import { checkRunId, isRunId } from "../identifiers.ts";
import { EMPTY_HEAD, encodeJson } from "../log-lines.ts";
import type { Json, RunStore } from "../ports.ts";
import { checkSameSubmission, newRunRecord, recordText } from "../stored-run.ts";
import type { AwsAccess } from "./access.ts";
import { cancellationReasons, isNamed } from "./aws-errors.ts";
import type { AwsLeases } from "./leases.ts";
import { queryAll } from "./query.ts";
import type { RunItems } from "./run-items.ts";

/** The items of this subject are the runs there are, by their ids. */
const RUNS = "runs";

export function awsRuns(access: AwsAccess, items: RunItems, leases: AwsLeases, clock: Clock): RunStore {
  const runs = access.table("runs");
  const status = access.table("status");

  const statusOf = async (runId: RunId) => {
    const Key = { run_id: checkRunId(runId) };
    const { Item } = await access.db(new GetCommand({ TableName: status, Key, ConsistentRead: true }));
    if (Item === undefined) throw items.notFound(runId);
    return Item.status;
  };

  return {
    async create(runId, submission) {
      const wanted = newRunRecord(checkRunId(runId), structuredClone(submission), rfc3339(clock.now()));
      const end = { seq: 0, prev: EMPTY_HEAD.prev, epoch: 0, is_held: false };
      const put = (TableName: string, Item: Record<string, unknown>) => ({ Put: { TableName, Item } });
      const record = {
        ...put(runs, { ...items.keyOf(runId, "record"), text: recordText(wanted) }).Put,
        ConditionExpression: "attribute_not_exists(subject)",
      };
      const TransactItems = [
        { Put: record },
        put(runs, { ...items.keyOf(runId, "lease"), epoch: 0 }),
        put(runs, { ...items.keyOf(runId, "events"), ...end }),
        put(runs, { ...items.keyOf(runId, "history"), ...end }),
        put(runs, { subject: RUNS, part: runId }),
        put(status, { run_id: runId, epoch: 0 }),
      ];
      try {
        await access.db(new TransactWriteCommand({ TransactItems }));
        return { record: wanted, isNew: true };
      } catch (error) {
        if (!cancellationReasons(error).includes("ConditionalCheckFailed")) throw error;
        return { record: checkSameSubmission(await items.record(runId), wanted), isNew: false };
      }
    },
    get: items.record,
    has: async (runId) => (await items.find(runId, "record")) !== undefined,
    async list() {
      const ids: RunId[] = [];
      const query = {
        TableName: runs,
        KeyConditionExpression: "subject = :runs",
        ExpressionAttributeValues: { ":runs": RUNS },
        ConsistentRead: true,
      };
      for await (const { part } of queryAll(access, query)) if (isRunId(String(part))) ids.push(String(part) as RunId);
      return ids;
    },
    async writeStatus(runId, value) {
      const epoch = leases.epochOf(checkRunId(runId));
      try {
        await access.db(
          new UpdateCommand({
            TableName: status,
            Key: { run_id: runId },
            UpdateExpression: "SET #status = :status",
            ConditionExpression: epoch === undefined ? "attribute_exists(run_id)" : "epoch = :epoch",
            ExpressionAttributeNames: { "#status": "status" },
            ExpressionAttributeValues: { ":status": encodeJson([value])[0], ":epoch": epoch },
          }),
        );
      } catch (error) {
        if (!isNamed(error, "ConditionalCheckFailedException")) throw error;
        await items.get(runId, "record");
        throw leases.lose(runId, epoch ?? 0);
      }
    },
    async readStatus(runId) {
      const text = await statusOf(runId);
      if (text === undefined) return undefined;
      try {
        return JSON.parse(String(text)) as Json;
      } catch (cause) {
        const found = { where: `${access.where} (table ${status})`, expected: "JSON", found: "another text" };
        throw new CorruptionError(
          `the status of run ${runId}`,
          { ...found, remedy: "rebuild it from the events" },
          cause,
        );
      }
    },
  };
}
