import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { Cancellation } from "../../contracts/cancellation.ts";
import type { RunId } from "../../contracts/ids.ts";
import { firstFound, lookout } from "../changes.ts";
import type { Clock } from "../clock.ts";
import { CorruptionError } from "../errors.ts";
import type { CancellationStore } from "../ports.ts";
import type { AwsAccess } from "./access.ts";
import { isNamed } from "./aws-errors.ts";
import type { RunItems } from "./run-items.ts";

export function awsCancellations(access: AwsAccess, items: RunItems, clock: Clock): CancellationStore {
  const find = async (runId: RunId): Promise<Cancellation | undefined> => {
    const item = await items.find(runId, "cancellation");
    // Only now: a request says itself that its run is there.
    if (item === undefined) await items.get(runId, "lease");
    return item && parsed(runId, item.cancellation);
  };

  const parsed = (runId: RunId, found: unknown): Cancellation => {
    const cancellation = Cancellation.safeParse(found);
    if (cancellation.success) return cancellation.data;
    const expected = "who wants it and why";
    const remedy = "remove the item and ask again";
    const what = { where: access.where, expected, found: "something else", remedy };
    throw new CorruptionError(`the request to cancel run ${runId}`, what);
  };

  return {
    async request(runId, cancellation) {
      const stands = await find(runId);
      if (stands !== undefined) return stands;
      await items.checkWritable(runId);
      const wanted = Cancellation.parse(cancellation);
      try {
        await access.db(
          new PutCommand({
            TableName: access.table("runs"),
            Item: { ...items.keyOf(runId, "cancellation"), cancellation: wanted },
            ConditionExpression: "attribute_not_exists(subject)",
          }),
        );
        return wanted;
      } catch (error) {
        if (!isNamed(error, "ConditionalCheckFailedException")) throw error;
        return (await find(runId)) ?? wanted;
      }
    },
    find,
    wait: (runId, signal) => firstFound(() => find(runId), signal, lookout(clock, signal)),
  };
}
