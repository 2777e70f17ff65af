import { describe, expect, it } from "vitest";
import { services } from "./services.ts";

describe("S3", () => {
  it("gets, puts and lists objects", async () => {
    const { call, objects } = services();
    expect((await call("aws-sdk:s3:getObject", { Bucket: "b", Key: "a/1" })).output).toMatchObject({
      Body: "one",
      ContentLength: 3,
    });
    await call("aws-sdk:s3:putObject", { Bucket: "b", Key: "a/3", Body: { Dict: "Value" } });
    expect(objects.read("b", "a/3")).toBe('{"Dict":"Value"}');
    const listed = await call("aws-sdk:s3:listObjectsV2", { Bucket: "b", Prefix: "a/", MaxKeys: 2 });
    expect(listed.output).toMatchObject({ KeyCount: 2, IsTruncated: true, Contents: [{ Key: "a/1" }, { Key: "a/2" }] });
  });

  it("reports a missing object as the SDK does", async () => {
    const result = await services().call("aws-sdk:s3:getObject", { Bucket: "b", Key: "none" });
    expect(result).toMatchObject({ status: "FAILED", error: "S3.NoSuchKeyException" });
    expect(result.cause).toMatch(/^The specified key does not exist\. \(Service: S3, Status Code: 404, Request ID: /);
  });
});

describe("DynamoDB", () => {
  const item = { id: { S: "1" }, n: { N: "5" } };
  const Key = { id: { S: "1" } };
  const on = { TableName: "things" };

  it("puts, gets, updates, queries and deletes items", async () => {
    const { call } = services();
    const put = await call("dynamodb:putItem", { ...on, Item: item });
    expect(put.output).toMatchObject({ SdkHttpMetadata: { HttpStatusCode: 200 }, SdkResponseMetadata: {} });
    expect((await call("aws-sdk:dynamodb:getItem", { ...on, Key })).output).toEqual({ Item: item });
    const update = {
      ...on,
      Key,
      UpdateExpression: "SET #t = :t, n = n - :one, m = if_not_exists(m, :t) ADD hits :one REMOVE gone",
      ExpressionAttributeNames: { "#t": "text" },
      ExpressionAttributeValues: { ":t": { S: "x" }, ":one": { N: "1" } },
      ReturnValues: "ALL_NEW",
    };
    const now = { id: { S: "1" }, n: { N: "4" }, text: { S: "x" }, m: { S: "x" }, hits: { N: "1" } };
    expect((await call("aws-sdk:dynamodb:updateItem", update)).output).toEqual({ Attributes: now });
    const query = { ...on, KeyConditionExpression: "id = :id", ExpressionAttributeValues: { ":id": { S: "1" } } };
    expect((await call("aws-sdk:dynamodb:query", query)).output).toEqual({ Count: 1, Items: [now], ScannedCount: 1 });
    await call("dynamodb:deleteItem", { ...on, Key });
    expect((await call("aws-sdk:dynamodb:getItem", { ...on, Key })).output).toEqual({});
  });

  it("keeps a condition", async () => {
    const { call } = services();
    const put = { ...on, Item: item, ConditionExpression: "attribute_not_exists(id)" };
    expect((await call("dynamodb:putItem", put)).status).toBe("SUCCEEDED");
    expect(await call("dynamodb:putItem", put)).toMatchObject({ error: "DynamoDB.ConditionalCheckFailedException" });
  });

  it.each([
    {
      call: "dynamodb:putItem",
      input: { TableName: "none", Item: item },
      error: "DynamoDB.ResourceNotFoundException",
      cause:
        "Requested resource not found (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: ",
    },
    {
      call: "dynamodb:putItem",
      input: { TableName: "/x", Item: item },
      error: "DynamoDB.AmazonDynamoDBException",
      cause:
        "1 validation error detected: Value '/x' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+ (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ValidationException; ",
    },
    {
      call: "aws-sdk:dynamodb:putItem",
      input: { ...on, Item: null },
      error: "DynamoDb.DynamoDbException",
      cause:
        "1 validation error detected: Value null at 'item' failed to satisfy constraint: Member must not be null (Service: DynamoDb, Status Code: 400, Request ID: ",
    },
  ])("refuses as AWS does: $error", async ({ call, input, error, cause }) => {
    const result = await services().call(call, input);
    expect(result).toMatchObject({ status: "FAILED", error });
    expect(result.cause?.startsWith(cause)).toBe(true);
  });
});

describe("messages and events", () => {
  it("are handed on, with the response AWS gives", async () => {
    const { call, queued, published } = services();
    const sent = await call("sqs:sendMessage", { QueueUrl: "q", MessageBody: { a: 1 } });
    expect(queued).toMatchObject([{ target: "q", body: '{"a":1}' }]);
    expect(sent.output).toMatchObject({
      MD5OfMessageBody: "bb6cb5c68df4652941caf652a366f2d8",
      MessageId: queued[0]!.id,
      SdkHttpMetadata: { HttpHeaders: { "Content-Length": "106" } },
    });
    await call("sns:publish", { TopicArn: "t", Message: "hello" });
    expect(published).toMatchObject([{ target: "t", body: "hello" }]);
  });

  it("fail as their receiver or the service says", async () => {
    const { call } = services();
    expect(await call("sqs:sendMessage", { QueueUrl: "gone", MessageBody: "m" })).toMatchObject({
      error: "SQS.QueueDoesNotExistException",
    });
    expect(await call("sns:publish", { TopicArn: "t.fifo", Message: "m" })).toMatchObject({
      error: "SNS.InvalidParameterException",
    });
    expect(await call("aws-sdk:sqs:deleteQueue", { QueueUrl: "q" })).toMatchObject({ error: "States.Runtime" });
  });

  it("put those entries that are events, and say which are not", async () => {
    const { call, events } = services();
    const good = { Source: "s", DetailType: "d", Detail: '{"a":1}' };
    expect((await call("events:putEvents", { Entries: [good] })).output).toMatchObject({ FailedEntryCount: 0 });
    const result = await call("events:putEvents", {
      Entries: [good, { ...good, Detail: '"text"' }, { DetailType: "d", Detail: {} }],
    });
    expect(result).toMatchObject({ status: "FAILED", error: "EventBridge.FailedEntry" });
    expect(JSON.parse(result.cause!)).toMatchObject({
      FailedEntryCount: 2,
      Entries: [
        {},
        { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." },
        {
          ErrorCode: "InvalidArgument",
          ErrorMessage: "Parameter Source is not valid. Reason: Source is a required argument.",
        },
      ],
    });
    expect(events.map(({ detail }) => detail)).toEqual([{ a: 1 }, { a: 1 }]);
  });
});
