import { DeleteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type Clock, systemClock } from "../clock.ts";
import { checkRunId, isRunId } from "../identifiers.ts";
import type { StartStore } from "../starts.ts";
import { type AwsClients, awsAccess } from "./access.ts";
import { parseAwsAddress } from "./address.ts";
import { queryAll } from "./query.ts";

/** The items of this subject are the runs to be started, by their ids: as many as there are, whatever has been started before. */
const STARTS = "starts";

export function awsStarts(url: string, clients?: AwsClients, clock: Pick<Clock, "now"> = systemClock): StartStore {
  const access = awsAccess(parseAwsAddress(url), clients);
  const TableName = access.table("runs");
  const Key = (part: string) => ({ subject: STARTS, part });
  return {
    async note(runId) {
      await access.db(
        new UpdateCommand({
          TableName,
          Key: Key(checkRunId(runId)),
          UpdateExpression: "SET since = if_not_exists(since, :now)",
          ExpressionAttributeValues: { ":now": clock.now() },
        }),
      );
    },
    async forget(runId) {
      await access.db(new DeleteCommand({ TableName, Key: Key(checkRunId(runId)) }));
    },
    async *list() {
      const query = {
        TableName,
        KeyConditionExpression: "subject = :starts",
        ExpressionAttributeValues: { ":starts": STARTS },
        ConsistentRead: true,
      };
      for await (const { part, since } of queryAll(access, query)) {
        const runId = String(part);
        if (isRunId(runId)) yield { runId, since: Number(since) };
      }
    },
  };
}
