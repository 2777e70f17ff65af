import { isDeepStrictEqual } from "node:util";
import { batchGet, batchWrite, invalid, tableOf, transactGet, transactWrite } from "./dynamodb-batches.ts";
import { holds, placeholdersOf, updated } from "./dynamodb-expressions.ts";
import type { TaskResolver } from "./resolver.ts";
import { type CallInput, ServiceRefusal, serviceResolver } from "./service-call.ts";
import type { AttributeValue, Item, TableStore } from "./table-store.ts";

const NAMES = { optimised: "DynamoDB", sdk: "DynamoDb", service: "AmazonDynamoDBv2" };

/** `dynamodb` and `aws-sdk:dynamodb`: items one by one, in batches and in transactions, query by key, scan. */
export function dynamoDbResolver(tables: TableStore): TaskResolver {
  return serviceResolver(NAMES, {
    async getItem(input) {
      const table = tableOf(input.TableName, tables);
      const item = await tables.get(table, required(input, "Key"));
      return item === undefined ? {} : { Item: item };
    },
    async putItem(input) {
      const table = tableOf(input.TableName, tables);
      const item = required(input, "Item");
      const old = await tables.get(table, item);
      check(input, old);
      await tables.put(table, item);
      return returned(input, old, item);
    },
    async deleteItem(input) {
      const table = tableOf(input.TableName, tables);
      const key = required(input, "Key");
      const old = await tables.get(table, key);
      check(input, old);
      await tables.delete(table, key);
      return returned(input, old, undefined);
    },
    async updateItem(input) {
      const table = tableOf(input.TableName, tables);
      const key = required(input, "Key");
      const old = await tables.get(table, key);
      check(input, old);
      const item = updated(old ?? key, String(input.UpdateExpression ?? ""), placeholdersOf(input));
      await tables.put(table, item);
      return returned(input, old, item);
    },
    async query(input) {
      const table = tableOf(input.TableName, tables);
      const placeholders = placeholdersOf(input);
      const Items: Item[] = [];
      for await (const item of tables.scan(table)) {
        if (holds(item, String(input.KeyConditionExpression ?? ""), placeholders)) Items.push(item);
      }
      return { Count: Items.length, Items, ScannedCount: Items.length };
    },
    async scan(input) {
      const table = tableOf(input.TableName, tables);
      const placeholders = placeholdersOf(input);
      const Items: Item[] = [];
      let ScannedCount = 0;
      for await (const item of tables.scan(table)) {
        ScannedCount += 1;
        if (input.FilterExpression === undefined || holds(item, String(input.FilterExpression), placeholders))
          Items.push(item);
      }
      return { Count: Items.length, Items, ScannedCount };
    },
    batchGetItem: (input) => batchGet(tables, input),
    batchWriteItem: (input) => batchWrite(tables, input),
    transactGetItems: (input) => transactGet(tables, input),
    transactWriteItems: (input) => transactWrite(tables, input),
  });
}

function required(input: CallInput, field: "Item" | "Key"): Item {
  const value = input[field];
  if (typeof value === "object" && value !== null) return value as Item;
  throw invalid(value ?? null, field.toLowerCase(), "Member must not be null");
}

function check(input: CallInput, item: Item | undefined): void {
  const { ConditionExpression } = input;
  if (typeof ConditionExpression !== "string" || holds(item, ConditionExpression, placeholdersOf(input))) return;
  throw new ServiceRefusal("ConditionalCheckFailedException", "The conditional request failed");
}

function returned({ ReturnValues }: CallInput, old: Item | undefined, now: Item | undefined): object {
  const changed = (of: Item | undefined, other: Item | undefined): Record<string, AttributeValue> =>
    Object.fromEntries(Object.entries(of ?? {}).filter(([name, value]) => !isDeepStrictEqual(value, other?.[name])));
  switch (ReturnValues) {
    case "ALL_OLD":
      return old === undefined ? {} : { Attributes: old };
    case "ALL_NEW":
      return { Attributes: now };
    case "UPDATED_OLD":
      return { Attributes: changed(old, now) };
    case "UPDATED_NEW":
      return { Attributes: changed(now, old) };
    default:
      return {};
  }
}
