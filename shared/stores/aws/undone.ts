import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import * as z from "zod";
import { describeIssues } from "../../contracts/issues.ts";
import { CorruptionError, InvalidInputError, NotFoundError } from "../errors.ts";
import type { UndoneCall, UndoneCalls } from "../undone.ts";
import { parseAwsAddress, shownAddress } from "./address.ts";
import { isNamed, toStoreError } from "./aws-errors.ts";
import { undoneQueueOf } from "./layout.ts";
import { jsonIn } from "./query.ts";

/** What Lambda keeps of a call that it gave up: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
const Record = z.looseObject({
  timestamp: z.string(),
  requestContext: z.looseObject({
    functionArn: z.string(),
    condition: z.string(),
    approximateInvokeCount: z.number(),
  }),
  requestPayload: z.unknown(),
  responsePayload: z.looseObject({ errorType: z.string(), errorMessage: z.string() }).partial().nullish(),
});

/** What S3 tells of an object, or Step Functions of an execution, as far as it says what the call was about. */
const Subject = z.union([
  z
    .looseObject({
      Records: z.array(z.looseObject({ s3: z.looseObject({ object: z.looseObject({ key: z.string() }) }) })),
    })
    .transform(({ Records }) =>
      Records.map(({ s3 }) => decodeURIComponent(s3.object.key.replaceAll("+", " "))).join(", "),
    ),
  z.looseObject({ detail: z.looseObject({ name: z.string() }) }).transform(({ detail }) => detail.name),
]);

/** Seconds for which a message that was looked at is shown to nobody else. */
const LOOKED_AT = 60;

export interface UndoneClients {
  readonly sqs: SQSClient;
  readonly lambda: LambdaClient;
}

export function awsUndone(url: string, clients?: UndoneClients): UndoneCalls {
  const address = parseAwsAddress(url);
  const QueueName = undoneQueueOf(address.tables);
  if (QueueName === undefined) {
    throw new InvalidInputError("store", "that of a deployment, s3://BUCKET?tables=NAME-store", url);
  }
  const region = address.region === undefined ? {} : { region: address.region };
  const sqs = clients?.sqs ?? new SQSClient({ ...region, maxAttempts: 6 });
  const lambda = clients?.lambda ?? new LambdaClient({ ...region, maxAttempts: 6 });
  const where = `the queue ${QueueName} of ${shownAddress(address)}`;
  const asked = async <T>(doing: string, ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      // Its name is that of either protocol.
      if (isNamed(error, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")) {
        throw new NotFoundError(
          `the queue ${QueueName}`,
          shownAddress(address),
          "deploy it first, or check the address",
        );
      }
      throw toStoreError(error, doing, where);
    }
  };

  const callIn = (QueueUrl: string, { Body = "", MessageId, ReceiptHandle }: Message): UndoneCall => {
    const record = Record.safeParse(jsonIn(Body));
    if (!record.success) {
      throw new CorruptionError(`message ${MessageId}`, {
        where,
        expected: "what Lambda keeps of a call",
        found: describeIssues(record.error, jsonIn(Body)),
        remedy: "look who put it there, and remove it",
      });
    }
    const { timestamp, requestContext, requestPayload, responsePayload } = record.data;
    const { functionArn, condition, approximateInvokeCount } = requestContext;
    // With the version that was called behind it.
    const FunctionName = functionArn.split(":").slice(0, 7).join(":");
    const { errorType, errorMessage } = responsePayload ?? {};
    return {
      functionName: FunctionName.split(":").at(-1) ?? FunctionName,
      at: timestamp,
      attempts: approximateInvokeCount,
      why: errorType === undefined ? condition : `${errorType}: ${errorMessage ?? ""}`,
      of: Subject.safeParse(requestPayload).data,
      async leave() {
        const again = { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 };
        await asked("ask SQS for ChangeMessageVisibility", () => sqs.send(new ChangeMessageVisibilityCommand(again)));
      },
      async sendAgain() {
        const Payload = JSON.stringify(requestPayload);
        await asked("ask Lambda for Invoke", () =>
          lambda.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload })),
        );
        // In this order: one that is sent twice does no harm, one that is lost does.
        await asked("ask SQS for DeleteMessage", () => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })));
      },
    };
  };

  return {
    async *list() {
      const { QueueUrl = "" } = await asked("ask SQS for GetQueueUrl", () =>
        sqs.send(new GetQueueUrlCommand({ QueueName })),
      );
      const seen = new Set<string>();
      for (;;) {
        const { Messages = [] } = await asked("ask SQS for ReceiveMessage", () =>
          // Waiting a second asks all of the queue's servers, and not some of them.
          sqs.send(
            new ReceiveMessageCommand({
              QueueUrl,
              MaxNumberOfMessages: 10,
              WaitTimeSeconds: 1,
              VisibilityTimeout: LOOKED_AT,
            }),
          ),
        );
        const others = Messages.filter(({ MessageId = "" }) => !seen.has(MessageId));
        // None, or those that were looked at so long ago that they are shown again.
        if (others.length === 0) return;
        for (const message of others) {
          seen.add(message.MessageId ?? "");
          yield callIn(QueueUrl, message);
        }
      }
    },
    close() {
      if (clients !== undefined) return;
      sqs.destroy();
      lambda.destroy();
    },
  };
}
