import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { type Clock, systemClock } from "../clock.ts";
import type { TokenStore } from "../tokens.ts";
import { type AwsClients, awsAccess } from "./access.ts";
import { parseAwsAddress } from "./address.ts";
import { wasDone } from "./aws-errors.ts";
import { queryAll } from "./query.ts";

/** The items of this subject are tokens, by their names. */
const TOKENS = "tokens";

export function awsTokens(url: string, clients?: AwsClients, clock: Pick<Clock, "now"> = systemClock): TokenStore {
  const access = awsAccess(parseAwsAddress(url), clients);
  const TableName = access.table("runs");
  const Key = (name: string) => ({ subject: TOKENS, part: name });
  return {
    add(name, sha256) {
      const Item = { ...Key(name), sha256, since: clock.now() };
      return wasDone(
        access.db(new PutCommand({ TableName, Item, ConditionExpression: "attribute_not_exists(subject)" })),
      );
    },
    revoke(name) {
      const ConditionExpression = "attribute_exists(subject)";
      return wasDone(access.db(new DeleteCommand({ TableName, Key: Key(name), ConditionExpression })));
    },
    async *list() {
      const query = {
        TableName,
        KeyConditionExpression: "subject = :tokens",
        ExpressionAttributeValues: { ":tokens": TOKENS },
        ConsistentRead: true,
      };
      for await (const { part, sha256, since } of queryAll(access, query)) {
        yield { name: String(part), sha256: String(sha256), since: Number(since) };
      }
    },
    close: access.close,
  };
}
