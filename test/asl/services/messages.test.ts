import { describe, expect, it } from "vitest";
import { services } from "./services.ts";

describe("a message", () => {
  it.each([
    [{ TopicArn: "t", TargetArn: "u", PhoneNumber: "v" }, "t"],
    [{ TargetArn: "u", PhoneNumber: "v" }, "u"],
    [{ PhoneNumber: "v" }, "v"],
  ])("is published where %j says", async (target, expected) => {
    const { call, published } = services();
    const { output } = await call("aws-sdk:sns:publish", { ...target, Message: "m" });
    expect(published).toEqual([{ id: published[0]!.id, target: expected, body: "m", attributes: {} }]);
    expect(output).toEqual({ MessageId: published[0]!.id });
  });

  it("carries its attributes, and a body that is no text as JSON", async () => {
    const { call, published, queued } = services();
    const MessageAttributes = { kind: { DataType: "String", StringValue: "x" } };
    await call("sns:publish", { TopicArn: "t", Message: { a: [1] }, MessageAttributes });
    await call("sqs:sendMessage", { QueueUrl: "q", MessageBody: [1], MessageAttributes });
    await call("sqs:sendMessage", { QueueUrl: "q", MessageBody: null });
    expect(published).toMatchObject([{ body: '{"a":[1]}', attributes: MessageAttributes }]);
    expect(queued).toMatchObject([
      { body: "[1]", attributes: MessageAttributes },
      { body: "null", attributes: {} },
    ]);
    expect(new Set([...published, ...queued].map(({ id }) => id)).size).toBe(3);
  });

  it("to a FIFO topic needs a group, to no other", async () => {
    const { call, published } = services();
    const refused = await call("aws-sdk:sns:publish", { TopicArn: "t.fifo", Message: "m" });
    expect(refused).toMatchObject({
      error: "Sns.InvalidParameterException",
      cause: expect.stringMatching(
        /^Invalid parameter: The MessageGroupId parameter is required for FIFO topics \(Service: Sns, Status Code: 400, Request ID: [0-9a-f-]{36}\)$/,
      ),
    });
    await call("sns:publish", { TopicArn: "t.fifo", Message: "m", MessageGroupId: "g" });
    await call("sns:publish", { TopicArn: "fifo", Message: "m" });
    expect(published.map(({ target }) => target)).toEqual(["t.fifo", "fifo"]);
  });

  it.each([
    [
      "sqs:sendMessage",
      "SQS.QueueDoesNotExistException",
      /\(Service: AmazonSQS; Status Code: 400; Error Code: QueueDoesNotExist; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
    ],
    [
      "aws-sdk:sqs:sendMessage",
      "Sqs.QueueDoesNotExistException",
      /\(Service: Sqs, Status Code: 400, Request ID: [0-9a-f-]{36}\)$/,
    ],
  ])("is refused as the integration %s reports it", async (resource, error, cause) => {
    const result = await services().call(resource, { QueueUrl: "gone", MessageBody: "m" });
    expect(result).toMatchObject({ error, cause: expect.stringMatching(cause) });
    expect(result.cause).toMatch(/^The queue does not exist\. \(/);
  });

  it("is refused by a topic under the service's own name", async () => {
    const result = await services().call("sns:publish", { TopicArn: "t.fifo", Message: "m" });
    expect(result.cause).toMatch(/\(Service: AmazonSNS; Status Code: 400; Error Code: InvalidParameter; /);
  });
});

describe("the response of an optimised integration", () => {
  it("says how the call went over the wire, that of the SDK's does not", async () => {
    const { call, queued } = services();
    const { output } = await call("sqs:sendMessage", { QueueUrl: "q", MessageBody: "m" });
    const { SdkHttpMetadata, SdkResponseMetadata, ...response } = output as Record<string, unknown>;
    const { HttpHeaders, AllHttpHeaders, HttpStatusCode } = SdkHttpMetadata as Record<string, Record<string, string>>;
    const requestId = HttpHeaders!["x-amzn-RequestId"];
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(SdkResponseMetadata).toEqual({ RequestId: requestId });
    expect(HttpStatusCode).toBe(200);
    expect(HttpHeaders).toEqual({
      connection: "keep-alive",
      "Content-Length": String(JSON.stringify(response).length),
      "Content-Type": "application/x-amz-json-1.0",
      Date: expect.stringMatching(/ GMT$/),
      "x-amzn-RequestId": requestId,
    });
    const each = Object.entries(HttpHeaders!).map(([name, value]) => [name, [value]]);
    expect(AllHttpHeaders).toEqual(Object.fromEntries(each));
    const plain = await call("aws-sdk:sqs:sendMessage", { QueueUrl: "q", MessageBody: "m" });
    expect(plain.output).toEqual({ MD5OfMessageBody: response.MD5OfMessageBody, MessageId: queued[1]!.id });
  });
});

describe("a receiver that breaks", () => {
  it("fails the task with its own error, not with one of the service", async () => {
    const { call } = services({
      onQueueMessage: () => {
        throw new TypeError("broken");
      },
    });
    expect(await call("sqs:sendMessage", { QueueUrl: "q", MessageBody: "m" })).toMatchObject({
      error: "TypeError",
      cause: "broken",
    });
  });
});

describe("a service that nothing stands in for", () => {
  it("is not served", async () => {
    const { call } = services({ onQueueMessage: undefined, tables: undefined, objects: undefined, onEvent: undefined });
    const calls: [string, object][] = [
      ["sqs:sendMessage", { QueueUrl: "q", MessageBody: "m" }],
      ["dynamodb:getItem", { TableName: "things", Key: {} }],
      ["aws-sdk:s3:getObject", { Bucket: "b", Key: "k" }],
      ["events:putEvents", { Entries: [] }],
      ["aws-sdk:eventbridge:putEvents", { Entries: [] }],
    ];
    for (const [resource, input] of calls) {
      expect(await call(resource, input)).toMatchObject({ error: "States.Runtime" });
    }
    expect(await call("sns:publish", { TopicArn: "t", Message: "m" })).toMatchObject({ status: "SUCCEEDED" });
  });
});
