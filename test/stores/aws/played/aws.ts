import { Readable } from "node:stream";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import type { AwsClients } from "../../../../shared/stores/aws/access.ts";
import { playedDynamoDb } from "./dynamodb.ts";
import { Refusal } from "./refusal.ts";
import { type HttpAnswer, type HttpRequest, playedS3 } from "./s3.ts";

/** S3 and DynamoDB in this process. Clients are the SDK's own, up to the request that would leave the machine. */
export interface PlayedAws {
  clients(): AwsClients;
  /** Calls it after each request that may have changed something, until the function that it returns is called. */
  onChange(changed: () => void): () => void;
  /** The same over HTTP, for clients that others make. */
  answer(request: HttpRequest): HttpAnswer;
}

export function playedAws(): PlayedAws {
  const [s3, dynamoDb] = [playedS3(), playedDynamoDb()];
  const listeners = new Set<() => void>();

  const table = ({ headers, body }: HttpRequest): HttpAnswer => {
    const action = headers["x-amz-target"]?.split(".")[1] ?? "";
    try {
      return { status: 200, body: JSON.stringify(dynamoDb(action, JSON.parse(String(body)))) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return {
        status: error.status,
        body: JSON.stringify({ __type: error.name, message: error.message, ...error.more }),
      };
    }
  };

  const object = (request: HttpRequest): HttpAnswer => {
    try {
      return s3(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const body = `<Error><Code>${error.name}</Code><Message>${error.message}</Message></Error>`;
      return { status: error.status, ...(request.method === "HEAD" ? {} : { body }) };
    }
  };

  const served = (answer: (request: HttpRequest) => HttpAnswer) => ({
    async handle(request: HttpRequest) {
      const { status, headers = {}, body } = answer(request);
      if (!isRead(request)) for (const changed of listeners) changed();
      return { response: { statusCode: status, headers, body: Readable.from(body === undefined ? [] : [body]) } };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  });
  const common = { region: "us-east-1", credentials: { accessKeyId: "testing", secretAccessKey: "testing" } };
  return {
    clients: () => ({
      s3: new S3Client({ ...common, forcePathStyle: true, requestHandler: served(object) as never }),
      db: new DynamoDBClient({ ...common, requestHandler: served(table) as never }),
    }),
    onChange(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    answer: (request) => (request.headers["x-amz-target"] === undefined ? object : table)(request),
  };
}

const isRead = ({ method, headers }: HttpRequest): boolean =>
  method === "GET" || method === "HEAD" || /\.(GetItem|BatchGetItem|Query)$/.test(headers["x-amz-target"] ?? "");
