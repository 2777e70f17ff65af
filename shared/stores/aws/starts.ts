import { DeleteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { RunId } from "../../contracts/ids.ts";
import { PRIORITIES } from "../../contracts/priorities.ts";
import { type Clock, systemClock } from "../clock.ts";
import { checkRunId, isRunId } from "../identifiers.ts";
import type { StartStore } from "../starts.ts";
import { type AwsClients, awsAccess } from "./access.ts";
import { parseAwsAddress } from "./address.ts";
import { wasDone } from "./aws-errors.ts";
import { queryAll } from "./query.ts";

/** The items of this subject are the runs to be started, by their ids: as many as there are, whatever has been started before. */
const STARTS = "starts";

/** The items of this subject are places, by their numbers: who has one is in it. */
const PLACES = "places";

export function awsStarts(url: string, clients?: AwsClients, clock: Pick<Clock, "now"> = systemClock): StartStore {
  const access = awsAccess(parseAwsAddress(url), clients);
  const TableName = access.table("runs");
  const keyOf = (subject: string, part: string) => ({ subject, part });
  const itemsOf = (subject: string) =>
    queryAll(access, {
      TableName,
      KeyConditionExpression: "subject = :subject",
      ExpressionAttributeValues: { ":subject": subject },
      ConsistentRead: true,
    });

  /** By the number of the place. */
  const holders = async () => {
    const found = new Map<string, RunId>();
    for await (const { part, run_id } of itemsOf(PLACES)) found.set(String(part), String(run_id) as RunId);
    return found;
  };

  /** @returns false when another took it meanwhile */
  const take = (place: string, runId: RunId): Promise<boolean> =>
    wasDone(
      access.db(
        new UpdateCommand({
          TableName,
          Key: keyOf(PLACES, place),
          UpdateExpression: "SET run_id = :run",
          // Sent again because no answer came, it finds itself.
          ConditionExpression: "attribute_not_exists(run_id) OR run_id = :run",
          ExpressionAttributeValues: { ":run": runId },
        }),
      ),
    );

  /** @returns false when another gave it back, and it is perhaps taken again */
  const give = (place: string, runId: RunId): Promise<boolean> =>
    wasDone(
      access.db(
        new DeleteCommand({
          TableName,
          Key: keyOf(PLACES, place),
          ConditionExpression: "run_id = :run",
          ExpressionAttributeValues: { ":run": runId },
        }),
      ),
    );

  return {
    async note(runId, priority) {
      await access.db(
        new UpdateCommand({
          TableName,
          Key: keyOf(STARTS, checkRunId(runId)),
          UpdateExpression: "SET since = if_not_exists(since, :now), priority = :priority",
          ExpressionAttributeValues: { ":now": clock.now(), ":priority": priority },
        }),
      );
    },
    async forget(runId) {
      await access.db(new DeleteCommand({ TableName, Key: keyOf(STARTS, checkRunId(runId)) }));
    },
    async *list() {
      for await (const { part, since, priority } of itemsOf(STARTS)) {
        const runId = String(part);
        // Whoever noted it before there were turns said none.
        const stated = PRIORITIES.find((each) => each === priority) ?? "standard";
        if (isRunId(runId)) yield { runId, priority: stated, since: Number(since) };
      }
    },
    async takePlace(runId, places) {
      checkRunId(runId);
      const taken = await holders();
      if ([...taken.values()].includes(runId)) return true;
      for (let number = 0; number < places; number += 1) {
        const place = String(number);
        if (!taken.has(place) && (await take(place, runId))) return true;
      }
      return false;
    },
    async givePlace(runId) {
      checkRunId(runId);
      for (const [place, holder] of await holders()) if (holder === runId) await give(place, runId);
    },
    async *inPlaces() {
      yield* new Set((await holders()).values());
    },
  };
}
