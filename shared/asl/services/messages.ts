import { createHash, randomUUID } from "node:crypto";
import { stringifyExact } from "../query/index.ts";
import type { TaskResolver } from "./resolver.ts";
import { ServiceRefusal, serviceResolver } from "./service-call.ts";

/** What is sent by a task; where it goes is for the receiver to say. */
export interface Message {
  readonly id: string;
  /** A queue's URL or a topic's ARN. */
  readonly target: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Takes a message, or throws a {@link ServiceRefusal}. */
export type Receiver = (message: Message) => void | Promise<void>;

/** `sqs:sendMessage`, optimised and of the SDK. A body that is no text is sent as JSON. */
export function sqsResolver(receive: Receiver): TaskResolver {
  const names = { optimised: "SQS", sdk: "Sqs", service: "AmazonSQS" };
  return serviceResolver(names, {
    async sendMessage({ QueueUrl, MessageBody, MessageAttributes = {} }) {
      const body = textOf(MessageBody);
      const id = randomUUID();
      await receive({ id, target: String(QueueUrl), body, attributes: MessageAttributes as Message["attributes"] });
      return { MD5OfMessageBody: createHash("md5").update(body).digest("hex"), MessageId: id };
    },
  });
}

/** `sns:publish`, optimised and of the SDK. */
export function snsResolver(receive: Receiver): TaskResolver {
  const names = { optimised: "SNS", sdk: "Sns", service: "AmazonSNS" };
  return serviceResolver(names, {
    async publish({ TopicArn, TargetArn, PhoneNumber, Message, MessageGroupId, MessageAttributes = {} }) {
      const target = String(TopicArn ?? TargetArn ?? PhoneNumber);
      if (target.endsWith(".fifo") && MessageGroupId === undefined) {
        const message = "Invalid parameter: The MessageGroupId parameter is required for FIFO topics";
        throw new ServiceRefusal("InvalidParameter", message);
      }
      const id = randomUUID();
      await receive({ id, target, body: textOf(Message), attributes: MessageAttributes as Message["attributes"] });
      return { MessageId: id };
    },
  });
}

const textOf = (body: unknown): string => (typeof body === "string" ? body : stringifyExact(body ?? null));
