import { describe, expect, it } from "vitest";
import { services } from "./services.ts";

const item = (id: string, n = "0") => ({ id: { S: id }, n: { N: n } });
const key = (id: string) => ({ id: { S: id } });

/** Calls on a table of two items, and what is in it. */
function table() {
  const { call } = services();
  const send = async (action: string, input: object) => {
    const { output, error, cause } = await call(`aws-sdk:dynamodb:${action}`, input);
    return error === undefined ? output : { error, cause: cause?.replace(/ \(Service.*/, "") };
  };
  const all = async () => ((await send("scan", { TableName: "things" })) as { Items: readonly object[] }).Items;
  const ready = send("batchWriteItem", {
    RequestItems: { things: [{ PutRequest: { Item: item("1") } }, { PutRequest: { Item: item("2", "5") } }] },
  });
  return { ready, send, all };
}

describe("many items", () => {
  it("are put, read and deleted together", async () => {
    const { ready, send, all } = table();
    expect(await ready).toEqual({ UnprocessedItems: {} });
    const Keys = [key("2"), key("none"), key("1")];
    expect(await send("batchGetItem", { RequestItems: { things: { Keys } } })).toEqual({
      Responses: { things: [item("2", "5"), item("1")] },
      UnprocessedKeys: {},
    });
    await send("batchWriteItem", { RequestItems: { things: [{ DeleteRequest: { Key: key("1") } }] } });
    expect(await all()).toEqual([item("2", "5")]);
  });

  it("are scanned, and those counted that a filter leaves", async () => {
    const { ready, send } = table();
    await ready;
    const filter = { FilterExpression: "n = :five", ExpressionAttributeValues: { ":five": { N: "5" } } };
    expect(await send("scan", { TableName: "things", ...filter })).toEqual({
      Count: 1,
      Items: [item("2", "5")],
      ScannedCount: 2,
    });
  });

  it.each(["scan", "batchGetItem", "batchWriteItem", "transactGetItems", "transactWriteItems"])(
    "of no table are not there for %s",
    async (action) => {
      const input = {
        TableName: "none",
        RequestItems: { none: action === "batchGetItem" ? { Keys: [] } : [] },
        TransactItems: [{ Get: { TableName: "none", Key: key("1") }, Put: { TableName: "none", Item: item("1") } }],
      };
      expect(await table().send(action, input)).toMatchObject({ error: "DynamoDb.ResourceNotFoundException" });
    },
  );
});

describe("a transaction", () => {
  const on = { TableName: "things" };
  const five = { ExpressionAttributeValues: { ":five": { N: "5" } } };

  it("writes all where its conditions hold", async () => {
    const { ready, send, all } = table();
    await ready;
    const TransactItems = [
      { ConditionCheck: { ...on, Key: key("2"), ConditionExpression: "n = :five", ...five } },
      { Update: { ...on, Key: key("1"), UpdateExpression: "SET n = :five", ...five } },
      { Put: { ...on, Item: item("3"), ConditionExpression: "attribute_not_exists(id)" } },
      { Delete: { ...on, Key: key("2") } },
    ];
    expect(await send("transactWriteItems", { TransactItems })).toEqual({});
    expect(await all()).toEqual(expect.arrayContaining([item("1", "5"), item("3")]));
    expect(await all()).toHaveLength(2);
    const Gets = [{ Get: { ...on, Key: key("3") } }, { Get: { ...on, Key: key("2") } }];
    expect(await send("transactGetItems", { TransactItems: Gets })).toEqual({ Responses: [{ Item: item("3") }, {}] });
  });

  it("writes nothing where one does not, and says which", async () => {
    const { ready, send, all } = table();
    await ready;
    const before = await all();
    const TransactItems = [
      { Delete: { ...on, Key: key("2") } },
      { Put: { ...on, Item: item("1", "9"), ConditionExpression: "attribute_not_exists(id)" } },
    ];
    expect(await send("transactWriteItems", { TransactItems })).toEqual({
      error: "DynamoDb.TransactionCanceledException",
      cause:
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]",
    });
    expect(await all()).toEqual(before);
  });
});
