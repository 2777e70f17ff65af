import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeEach, expect, it } from "vitest";
import { awsUndone } from "../../../shared/stores/aws/undone.ts";
import { collect } from "../../../shared/stores/collect.ts";

const STORE = "s3://store?tables=restep-dev-store";
const QueueUrl = "https://sqs/restep-dev-undone";
const common = { region: "eu-west-1", credentials: { accessKeyId: "testing", secretAccessKey: "testing" } };
const clients = { sqs: new SQSClient(common), lambda: new LambdaClient(common) };
const sqs = mockClient(clients.sqs);
const lambda = mockClient(clients.lambda);
beforeEach(() => {
  sqs.reset();
  lambda.reset();
  sqs.on(GetQueueUrlCommand, { QueueName: "restep-dev-undone" }).resolves({ QueueUrl });
});
afterAll(() => {
  sqs.restore();
  lambda.restore();
});

const FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:restep-dev-RecordEnd";
const requestPayload = { detail: { name: "6d0c", status: "FAILED" } };
const call = (id: string, more: object = {}) => ({
  MessageId: id,
  ReceiptHandle: `receipt ${id}`,
  Body: JSON.stringify({
    timestamp: "2026-11-30T12:00:00.000Z",
    requestContext: { functionArn: `${FUNCTION}:$LATEST`, condition: "RetriesExhausted", approximateInvokeCount: 3 },
    requestPayload,
    ...more,
  }),
});

it("every call that was given up is listed once, with what it was about and why, page by page", async () => {
  const key = "submissions/a+game/manifest.json";
  const pages = [
    [call("1", { responsePayload: { errorType: "IoError", errorMessage: "away" } })],
    [call("1"), call("2", { requestPayload: { Records: [{ s3: { object: { key } } }] } })],
    [call("3", { requestPayload: 5 })],
    // Shown again, because it was looked at long ago.
    [call("2")],
  ];
  let at = 0;
  sqs.on(ReceiveMessageCommand).callsFake(() => ({ Messages: pages[at++] }));
  const found = await collect(awsUndone(STORE, clients).list());
  expect(found.map(({ functionName, of, why, attempts }) => [functionName, of, why, attempts])).toEqual([
    ["restep-dev-RecordEnd", "6d0c", "IoError: away", 3],
    ["restep-dev-RecordEnd", "submissions/a game/manifest.json", "RetriesExhausted", 3],
    ["restep-dev-RecordEnd", undefined, "RetriesExhausted", 3],
  ]);
  expect(at).toBe(pages.length);
});

it("a call is sent again as it was, without being waited for, and leaves the queue then", async () => {
  sqs
    .on(ReceiveMessageCommand)
    .resolvesOnce({ Messages: [call("1")] })
    .resolves({});
  lambda.on(InvokeCommand).resolves({});
  const [undone] = await collect(awsUndone(STORE, clients).list());
  await undone?.sendAgain();
  const Payload = JSON.stringify(requestPayload);
  expect(lambda.call(0).args[0].input).toEqual({ FunctionName: FUNCTION, InvocationType: "Event", Payload });
  const deleted = sqs.commandCalls(DeleteMessageCommand).map(({ args: [{ input }] }) => input);
  expect(deleted).toEqual([{ QueueUrl, ReceiptHandle: "receipt 1" }]);
});

it("a call that cannot be sent stays in the queue", async () => {
  sqs
    .on(ReceiveMessageCommand)
    .resolvesOnce({ Messages: [call("1")] })
    .resolves({});
  lambda.on(InvokeCommand).rejects(Object.assign(new Error("no"), { name: "AccessDeniedException" }));
  const [undone] = await collect(awsUndone(STORE, clients).list());
  await expect(undone?.sendAgain()).rejects.toMatchObject({ name: "AccessDeniedError" });
  expect(sqs.commandCalls(DeleteMessageCommand)).toEqual([]);
});

it("a call that is left is shown to the next at once", async () => {
  sqs
    .on(ReceiveMessageCommand)
    .resolvesOnce({ Messages: [call("1")] })
    .resolves({});
  const [undone] = await collect(awsUndone(STORE, clients).list());
  await undone?.leave();
  const [changed] = sqs.commandCalls(ChangeMessageVisibilityCommand);
  expect(changed?.args[0].input).toEqual({ QueueUrl, ReceiptHandle: "receipt 1", VisibilityTimeout: 0 });
});

it("a message that is no call is told of, and not sent", async () => {
  sqs.on(ReceiveMessageCommand).resolvesOnce({ Messages: [{ MessageId: "1", Body: "hello" }] });
  await expect(collect(awsUndone(STORE, clients).list())).rejects.toMatchObject({
    name: "CorruptionError",
    message: expect.stringContaining("message 1"),
  });
});

it("a queue that is not there, and stores that no deployment made, are told as that", async () => {
  const none = Object.assign(new Error("none"), { name: "QueueDoesNotExist" });
  sqs.on(GetQueueUrlCommand).rejects(none);
  await expect(collect(awsUndone(STORE, clients).list())).rejects.toMatchObject({ name: "NotFoundError" });
  expect(() => awsUndone("s3://store", clients)).toThrow("expected that of a deployment");
  expect(() => awsUndone("file:store", clients)).toThrow("store: expected");
});
