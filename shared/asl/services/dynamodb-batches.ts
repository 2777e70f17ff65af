import { holds, placeholdersOf, updated } from "./dynamodb-expressions.ts";
import { type CallInput, ServiceRefusal } from "./service-call.ts";
import type { Item, TableStore } from "./table-store.ts";

/** What is done to one item of a transaction. */
type Write = Readonly<Record<"Put" | "Delete" | "Update" | "ConditionCheck", CallInput | undefined>>;

/** Reads by many keys of many tables; all of them are processed at once. */
export async function batchGet(tables: TableStore, { RequestItems }: CallInput): Promise<object> {
  const Responses: Record<string, Item[]> = {};
  for (const [name, { Keys }] of entriesOf<{ readonly Keys: readonly Item[] }>(RequestItems)) {
    const table = tableOf(name, tables);
    const found: Item[] = [];
    for (const key of Keys) {
      const item = await tables.get(table, key);
      if (item !== undefined) found.push(item);
    }
    Responses[table] = found;
  }
  return { Responses, UnprocessedKeys: {} };
}

/** Puts and deletes of many tables; all of them are processed at once. */
export async function batchWrite(tables: TableStore, { RequestItems }: CallInput): Promise<object> {
  for (const [name, requests] of entriesOf<readonly BatchRequest[]>(RequestItems)) {
    const table = tableOf(name, tables);
    for (const { PutRequest, DeleteRequest } of requests) {
      if (PutRequest !== undefined) await tables.put(table, PutRequest.Item);
      if (DeleteRequest !== undefined) await tables.delete(table, DeleteRequest.Key);
    }
  }
  return { UnprocessedItems: {} };
}

interface BatchRequest {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}

export async function transactGet(tables: TableStore, { TransactItems }: CallInput): Promise<object> {
  const Responses: object[] = [];
  for (const { Get } of TransactItems as readonly { readonly Get: CallInput }[]) {
    const item = await tables.get(tableOf(Get.TableName, tables), Get.Key as Item);
    Responses.push(item === undefined ? {} : { Item: item });
  }
  return { Responses };
}

/** Writes all, or nothing where a condition does not hold. */
export async function transactWrite(tables: TableStore, { TransactItems }: CallInput): Promise<object> {
  const writes: (() => Promise<void>)[] = [];
  const reasons: ("None" | "ConditionalCheckFailed")[] = [];
  for (const write of TransactItems as readonly Write[]) {
    const input = write.Put ?? write.Delete ?? write.Update ?? write.ConditionCheck ?? {};
    const table = tableOf(input.TableName, tables);
    const key = (input.Key ?? input.Item) as Item;
    const old = await tables.get(table, key);
    const { ConditionExpression } = input;
    const isMet = typeof ConditionExpression !== "string" || holds(old, ConditionExpression, placeholdersOf(input));
    reasons.push(isMet ? "None" : "ConditionalCheckFailed");
    if (write.Delete !== undefined) writes.push(() => tables.delete(table, key));
    else if (write.ConditionCheck === undefined) {
      const change = String(input.UpdateExpression ?? "");
      const item = write.Put === undefined ? updated(old ?? key, change, placeholdersOf(input)) : key;
      writes.push(() => tables.put(table, item));
    }
  }
  if (reasons.some((reason) => reason !== "None")) {
    const shown = `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.join(", ")}]`;
    throw new ServiceRefusal("TransactionCanceledException", shown);
  }
  for (const write of writes) await write();
  return {};
}

const entriesOf = <Value>(items: unknown): readonly [string, Value][] =>
  Object.entries((items ?? {}) as Readonly<Record<string, Value>>);

/** @throws ServiceRefusal where there is no such table */
export function tableOf(TableName: unknown, tables: TableStore): string {
  if (typeof TableName !== "string" || !/^[\w.-]+$/.test(TableName)) {
    const pattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
    throw invalid(TableName, "tableName", pattern);
  }
  if (tables.keyOf(TableName) === undefined) {
    throw new ServiceRefusal("ResourceNotFoundException", "Requested resource not found");
  }
  return TableName;
}

export function invalid(value: unknown, field: string, constraint: string): ServiceRefusal {
  const shown = typeof value === "string" ? `'${value}'` : String(value);
  const message = `1 validation error detected: Value ${shown} at '${field}' failed to satisfy constraint: ${constraint}`;
  return new ServiceRefusal("ValidationException", message);
}
