import { isDeepStrictEqual } from "node:util";
import {
  type AttributeValue,
  compare,
  type Given,
  holds,
  type Item,
  type Placeholders,
  placeholdersOf,
  updated,
} from "./expressions.ts";
import { Refusal, refuse } from "./refusal.ts";

/** Far fewer than DynamoDB answers at once: whoever reads meets the end of a page early. */
const ITEMS_AT_ONCE = 2;
const KEYS_AT_ONCE = 100;
const ACTIONS_AT_ONCE = 100;
const LARGEST_ITEM = 400 * 1024;

interface Request extends Given {
  readonly TableName: string;
  readonly Key: Item;
  readonly Item: Item;
  readonly KeySchema: readonly { readonly AttributeName: string }[];
  readonly KeyConditionExpression: string;
  readonly UpdateExpression: string;
  readonly ConditionExpression?: string;
  readonly ReturnValues?: string;
  readonly ConsistentRead?: boolean;
  readonly ProjectionExpression?: string;
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: Item;
  readonly RequestItems: Readonly<
    Record<string, { readonly Keys: readonly Item[]; readonly ConsistentRead?: boolean }>
  >;
  readonly TransactItems: readonly Readonly<Record<string, Request>>[];
}

interface Table {
  readonly keys: readonly string[];
  readonly items: Map<string, Item>;
  /** Each item that was written, as it was before its last write. */
  readonly before: Map<string, Item | undefined>;
}

/** What a read finds: where it does not ask for what was written last, what stood before that, as DynamoDB may answer. */
function found({ items, before }: Table, isConsistent = false): ReadonlyMap<string, Item> {
  if (isConsistent) return items;
  const stale = [...items.keys(), ...before.keys()].map((at) => [at, before.has(at) ? before.get(at) : items.get(at)]);
  return new Map(stale.filter((entry): entry is [string, Item] => entry[1] !== undefined));
}

/** An item before and after. */
interface Change {
  readonly table: Table;
  readonly at: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** Tables as DynamoDB keeps them, in memory: what the stores ask of it, strictly, in small pages, and stale where that is allowed. */
export function playedDynamoDb(): (action: string, request: Request) => object {
  const tables = new Map<string, Table>();

  const tableOf = ({ TableName }: Pick<Request, "TableName">): Table =>
    tables.get(TableName) ?? refuse("ResourceNotFoundException", "Requested resource not found");

  const place = ({ keys }: Table, item: Item): string => {
    const absent = keys.find((key) => item[key] === undefined);
    if (absent !== undefined) refuse("ValidationException", `the key ${absent} is missing`);
    return JSON.stringify(keys.map((key) => item[key]));
  };

  const change = (
    request: Request,
    make: (before: Item | undefined, given: Placeholders) => Item | undefined,
  ): Change => {
    const table = tableOf(request);
    const at = place(table, request.Key ?? request.Item);
    const before = table.items.get(at);
    const given = placeholdersOf(request);
    const after = make(before, given);
    const isAllowed = holds(before, request.ConditionExpression, given);
    given.checkUsed();
    if (!isAllowed) refuse("ConditionalCheckFailedException", "The conditional request failed");
    if (JSON.stringify(after ?? {}).length > LARGEST_ITEM) {
      refuse("ValidationException", "Item size has exceeded the maximum allowed size");
    }
    return { table, at, before, after };
  };

  const CHANGES: Readonly<Record<string, (request: Request) => Change>> = {
    Put: (request) => change(request, () => request.Item),
    Delete: (request) => change(request, () => undefined),
    Update: (request) =>
      change(request, (before, given) => updated(before ?? request.Key, request.UpdateExpression, given)),
  };

  const carryOut = ({ table, at, before, after }: Change): void => {
    table.before.set(at, before);
    if (after === undefined) table.items.delete(at);
    else table.items.set(at, after);
  };

  const one = (kind: string) => (request: Request) => {
    const changed = CHANGES[kind]!(request);
    carryOut(changed);
    const now = changed.after ?? {};
    if (request.ReturnValues === "ALL_NEW") return { Attributes: now };
    if (request.ReturnValues !== "UPDATED_NEW") return {};
    const isNew = ([name, value]: [string, AttributeValue]) => !isDeepStrictEqual(value, changed.before?.[name]);
    return { Attributes: Object.fromEntries(Object.entries(now).filter(isNew)) };
  };

  const ACTIONS: Readonly<Record<string, (request: Request) => object>> = {
    CreateTable({ TableName, KeySchema }) {
      tables.set(TableName, {
        keys: KeySchema.map(({ AttributeName }) => AttributeName),
        items: new Map(),
        before: new Map(),
      });
      return {};
    },
    GetItem(request) {
      const table = tableOf(request);
      return { Item: found(table, request.ConsistentRead).get(place(table, request.Key)) };
    },
    PutItem: one("Put"),
    DeleteItem: one("Delete"),
    UpdateItem: one("Update"),
    Query(request) {
      const table = tableOf(request);
      const given = placeholdersOf(request);
      const isFound = (item?: Item) => holds(item, request.KeyConditionExpression, given);
      isFound();
      const all = [...found(table, request.ConsistentRead).values()].filter(isFound);
      const [, range = ""] = table.keys;
      const sign = request.ScanIndexForward === false ? -1 : 1;
      all.sort((a, b) => sign * compare(a[range], b[range]));
      const start = request.ExclusiveStartKey?.[range];
      const rest = start === undefined ? all : all.filter((item) => sign * compare(item[range], start) > 0);
      const Items = rest.slice(0, Math.min(request.Limit ?? ITEMS_AT_ONCE, ITEMS_AT_ONCE));
      const last = Items.length < rest.length ? Items.at(-1) : undefined;
      const LastEvaluatedKey = last && Object.fromEntries(table.keys.map((key) => [key, last[key]]));
      const wanted = request.ProjectionExpression?.split(",").map((name) => given.name(name.trim()));
      given.checkUsed();
      const shown = (item: Item) => Object.fromEntries(wanted!.map((name) => [name, item[name]]));
      return { Items: wanted === undefined ? Items : Items.map(shown), LastEvaluatedKey };
    },
    BatchGetItem({ RequestItems }) {
      const [[TableName, { Keys, ConsistentRead }] = refuse("ValidationException", "no table")] =
        Object.entries(RequestItems);
      const table = tableOf({ TableName });
      if (Keys.length === 0 || Keys.length > KEYS_AT_ONCE) refuse("ValidationException", `${Keys.length} keys`);
      const items = found(table, ConsistentRead);
      const first = Keys.slice(0, ITEMS_AT_ONCE).flatMap((key) => items.get(place(table, key)) ?? []);
      const rest = Keys.slice(ITEMS_AT_ONCE);
      const UnprocessedKeys = rest.length === 0 ? {} : { [TableName]: { Keys: rest, ConsistentRead } };
      return { Responses: { [TableName]: first }, UnprocessedKeys };
    },
    TransactWriteItems({ TransactItems }) {
      if (TransactItems.length > ACTIONS_AT_ONCE) refuse("ValidationException", `${TransactItems.length} actions`);
      const tried = TransactItems.flatMap(Object.entries).map(([kind, request]) =>
        outcomeOf(() => CHANGES[kind]!(request)),
      );
      const CancellationReasons = tried.map(({ refusal }) => ({
        Code: refusal?.name.replace(/Exception$/, "") ?? "None",
        Message: refusal?.message,
      }));
      const changes = tried.flatMap(({ changed }) => changed ?? []);
      if (changes.length < tried.length) {
        refuse("TransactionCanceledException", "Transaction cancelled", { more: { CancellationReasons } });
      }
      if (new Set(changes.map(({ table, at }) => `${table.keys} ${at}`)).size < changes.length) {
        refuse("ValidationException", "Transaction request cannot include multiple operations on one item");
      }
      for (const changed of changes) carryOut(changed);
      return {};
    },
  };

  return (action, request) =>
    (ACTIONS[action] ?? refuse("UnknownOperationException", `${action} is not played`))(request);
}

function outcomeOf(work: () => Change): { readonly changed?: Change; readonly refusal?: Refusal } {
  try {
    return { changed: work() };
  } catch (refusal) {
    if (refusal instanceof Refusal) return { refusal };
    throw refusal;
  }
}
