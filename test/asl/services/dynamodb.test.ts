import { describe, expect, it } from "vitest";
import { services } from "./services.ts";

const on = { TableName: "things" };
const Key = { id: { S: "1" } };
const old = { id: { S: "1" }, n: { N: "5" }, kept: { S: "same" } };

/** A table with one item, called as the SDK's integration is. */
function table(item: object = old) {
  const { call } = services();
  const ready = call("aws-sdk:dynamodb:putItem", { ...on, Item: item });
  return async (action: string, input: object) => {
    await ready;
    const { output, error, cause } = await call(`aws-sdk:dynamodb:${action}`, { ...on, ...input });
    return error === undefined ? output : { error, cause: cause?.replace(/ \(Service.*/, "") };
  };
}
const itemIn = async (call: ReturnType<typeof table>) => ((await call("getItem", { Key })) as { Item?: object }).Item;

describe("a condition", () => {
  const values = { ExpressionAttributeValues: { ":five": { N: "5" }, ":six": { N: "6" } } };
  const refused = {
    error: "DynamoDb.ConditionalCheckFailedException",
    cause: "The conditional request failed",
  };
  const writes: [action: string, input: object][] = [
    ["putItem", { Item: { ...Key, n: { N: "7" } } }],
    ["deleteItem", { Key }],
    ["updateItem", { Key, UpdateExpression: "SET n = :six" }],
  ];

  it.each(writes)("that does not hold keeps %s from changing anything", async (action, input) => {
    const call = table();
    expect(await call(action, { ...input, ConditionExpression: "n = :six", ...values })).toEqual(refused);
    expect(await itemIn(call)).toEqual(old);
  });

  it.each(writes)("that holds lets %s do its work", async (action, input) => {
    const call = table();
    expect(await call(action, { ...input, ConditionExpression: "n = :five", ...values })).toEqual({});
    expect(await itemIn(call)).not.toEqual(old);
  });

  it.each([
    ["attribute_exists(n)", true],
    ["attribute_exists(gone)", false],
    ["attribute_not_exists(n)", false],
    ["attribute_not_exists( gone )", true],
    ["ATTRIBUTE_EXISTS(n)", true],
    ["n = :five", true],
    ["n <> :five", false],
    ["n <> :six", true],
    ["gone = :five", false],
    ["gone <> :five", true],
    ["#n = :five", true],
    ["n = :five AND attribute_exists(kept)", true],
    ["n = :five and attribute_exists(gone)", false],
    ["n = :six AND attribute_exists(kept)", false],
  ])("%s holds: %s", async (ConditionExpression, holds) => {
    const call = table();
    const names = { ExpressionAttributeNames: { "#n": "n" } };
    const result = await call("deleteItem", { Key, ConditionExpression, ...values, ...names });
    expect(result).toEqual(holds ? {} : refused);
  });

  it("of an item that is not there looks at nothing", async () => {
    const other = { id: { S: "2" } };
    const call = table();
    expect(await call("deleteItem", { Key: other, ConditionExpression: "attribute_exists(id)" })).toEqual(refused);
    expect(await call("deleteItem", { Key: other, ConditionExpression: "attribute_not_exists(id)" })).toEqual({});
    expect(await call("deleteItem", { Key: other, ConditionExpression: "n = :five", ...values })).toEqual(refused);
  });

  it.each([
    "n",
    " size(n) ",
    "n > :five",
    "attribute_type(n)",
    "n = :five OR n = :six",
    "#none = :five",
    "a.b = :five",
  ])("that this table does not serve is refused: %s", async (ConditionExpression) => {
    const result = await table()("deleteItem", { Key, ConditionExpression, ...values });
    const named = { "#none = :five": "#none", "a.b = :five": "a.b" }[ConditionExpression] ?? ConditionExpression.trim();
    expect(result).toEqual({
      error: "DynamoDb.DynamoDbException",
      cause: `Invalid expression: "${named}" is not served by this local table`,
    });
  });
});

describe("an update", () => {
  const values = { ":n": { N: "3" }, ":t": { S: "x" } };
  it.each<[expression: string, expected: object]>([
    ["SET n = :n", { n: { N: "3" } }],
    ["set n = n + :n", { n: { N: "8" } }],
    ["SET n = n - :n", { n: { N: "2" } }],
    ["SET m = n", { m: { N: "5" } }],
    ["SET n = if_not_exists(n, :n)", {}],
    ["SET m = if_not_exists(m, :n), k = :t", { m: { N: "3" }, k: { S: "x" } }],
    ["SET m = if_not_exists(n, :n) + :n", { m: { N: "8" } }],
    ["ADD n :n", { n: { N: "8" } }],
    ["ADD hits :n, n :n", { hits: { N: "3" }, n: { N: "8" } }],
    ["SET k = :t REMOVE n", { k: { S: "x" }, n: undefined }],
    ["REMOVE n, kept", { n: undefined, kept: undefined }],
    ["remove gone", {}],
    ["SET a = :t, b = a", {}],
  ])("%s", async (UpdateExpression, expected) => {
    const call = table();
    const input = { Key, UpdateExpression, ExpressionAttributeValues: values };
    const result = await call("updateItem", { ...input, ReturnValues: "ALL_NEW" });
    if (UpdateExpression === "SET a = :t, b = a") {
      // All of an expression sees the item as it was.
      const cause = "An expression attribute value used in expression is not defined: a";
      expect(result).toEqual({ error: "DynamoDb.DynamoDbException", cause });
      return;
    }
    const now = Object.fromEntries(Object.entries({ ...old, ...expected }).filter(([, value]) => value !== undefined));
    expect(result).toEqual({ Attributes: now });
    expect(await itemIn(call)).toEqual(now);
  });

  it("makes the item where there is none", async () => {
    const call = table();
    const id = { id: { S: "2" } };
    await call("updateItem", { Key: id, UpdateExpression: "ADD hits :n", ExpressionAttributeValues: values });
    expect(await call("getItem", { Key: id })).toEqual({ Item: { ...id, hits: { N: "3" } } });
    await call("updateItem", { Key: { id: { S: "3" } } });
    expect(await call("getItem", { Key: { id: { S: "3" } } })).toEqual({ Item: { id: { S: "3" } } });
  });

  it.each([
    ["SET n = :gone", "An expression attribute value used in expression is not defined: :gone"],
    ["SET n = n + :t", "An operand in the update expression has an incorrect data type"],
    ["SET n = kept + :n", "An operand in the update expression has an incorrect data type"],
    ["ADD n", 'Invalid expression: "" is not served by this local table'],
    ["SET n = :n,", 'Invalid expression: "" is not served by this local table'],
    ["REMOVE", 'Invalid expression: "" is not served by this local table'],
    ["n = :n", 'Invalid expression: "n = :n" is not served by this local table'],
    ["SET n = :n DELETE kept :t", 'Invalid expression: "DELETE kept :t" is not served by this local table'],
    ["SET #gone = :n", 'Invalid expression: "#gone" is not served by this local table'],
  ])("that means nothing is refused: %s", async (UpdateExpression, cause) => {
    const call = table();
    const result = await call("updateItem", { Key, UpdateExpression, ExpressionAttributeValues: values });
    expect(result).toEqual({ error: "DynamoDb.DynamoDbException", cause });
    expect(await itemIn(call)).toEqual(old);
  });
});

describe("what a write gives back", () => {
  const now = { ...old, n: { N: "6" } };
  const set = { Key, UpdateExpression: "SET n = :n", ExpressionAttributeValues: { ":n": { N: "6" } } };
  it.each<[action: string, input: object, ReturnValues: string | undefined, expected: object]>([
    ["updateItem", set, undefined, {}],
    ["updateItem", set, "NONE", {}],
    ["updateItem", set, "ALL_OLD", { Attributes: old }],
    ["updateItem", set, "ALL_NEW", { Attributes: now }],
    ["updateItem", set, "UPDATED_OLD", { Attributes: { n: { N: "5" } } }],
    ["updateItem", set, "UPDATED_NEW", { Attributes: { n: { N: "6" } } }],
    ["putItem", { Item: now }, "ALL_OLD", { Attributes: old }],
    ["putItem", { Item: now }, undefined, {}],
    ["putItem", { Item: { id: { S: "2" } } }, "ALL_OLD", {}],
    ["deleteItem", { Key }, "ALL_OLD", { Attributes: old }],
    ["deleteItem", { Key: { id: { S: "2" } } }, "ALL_OLD", {}],
    ["updateItem", { ...set, Key: { id: { S: "2" } } }, "UPDATED_OLD", { Attributes: {} }],
    [
      "updateItem",
      { ...set, Key: { id: { S: "2" } } },
      "UPDATED_NEW",
      { Attributes: { id: { S: "2" }, n: { N: "6" } } },
    ],
  ])("%s %j: %s", async (action, input, ReturnValues, expected) => {
    expect(await table()(action, { ...input, ...(ReturnValues && { ReturnValues }) })).toEqual(expected);
  });
});

describe("a table", () => {
  it("knows an item by all of its key", async () => {
    const { call } = services();
    const pair = (id: string, sort: string) => ({ id: { S: id }, sort: { S: sort } });
    const put = (item: object) => call("dynamodb:putItem", { TableName: "pairs", Item: item });
    await put({ ...pair("1", "a"), n: { N: "1" } });
    await put({ ...pair("1", "b"), n: { N: "2" } });
    await put({ ...pair("2", "a"), n: { N: "3" } });
    const query = await call("aws-sdk:dynamodb:query", {
      TableName: "pairs",
      KeyConditionExpression: "id = :id",
      ExpressionAttributeValues: { ":id": { S: "1" } },
    });
    expect(query.output).toEqual({
      Count: 2,
      ScannedCount: 2,
      Items: [
        { ...pair("1", "a"), n: { N: "1" } },
        { ...pair("1", "b"), n: { N: "2" } },
      ],
    });
    const got = await call("aws-sdk:dynamodb:getItem", { TableName: "pairs", Key: pair("2", "a") });
    expect(got.output).toEqual({ Item: { ...pair("2", "a"), n: { N: "3" } } });
  });

  it.each([
    ["toString", "DynamoDb.ResourceNotFoundException", "Requested resource not found"],
    [
      7,
      "DynamoDb.DynamoDbException",
      "1 validation error detected: Value 7 at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
    ],
  ])("is refused where it is none: %s", async (TableName, error, cause) => {
    expect(await table()("getItem", { TableName, Key })).toEqual({ error, cause });
  });

  it.each(["getItem", "deleteItem", "updateItem"])("is not asked without a key: %s", async (action) => {
    const refused = (shown: string) => ({
      error: "DynamoDb.DynamoDbException",
      cause: `1 validation error detected: Value ${shown} at 'key' failed to satisfy constraint: Member must not be null`,
    });
    expect(await table()(action, {})).toEqual(refused("null"));
    expect(await table()(action, { Key: "1" })).toEqual(refused("'1'"));
  });

  it("is not queried without a condition", async () => {
    expect(await table()("query", {})).toEqual({
      error: "DynamoDb.DynamoDbException",
      cause: 'Invalid expression: "" is not served by this local table',
    });
  });
});
