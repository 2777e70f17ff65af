import { createServer } from "node:http";
import { listen } from "../../../cloud/support/http.ts";
import { playedAws } from "./aws.ts";
import type { HttpAnswer, HttpRequest } from "./s3.ts";

export interface ServedAws {
  /** What makes the SDK's own clients ask it. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** S3 and DynamoDB as they are played, over HTTP. @param told is told of each request that was answered */
export async function servePlayedAws(
  aws = playedAws(),
  told: (request: HttpRequest, answer: HttpAnswer) => void = () => {},
): Promise<ServedAws> {
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://aws");
    const request = {
      method: incoming.method ?? "GET",
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: incoming.headers as Record<string, string>,
      body: Buffer.concat(chunks),
    };
    const answer = aws.answer(request);
    told(request, answer);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  return {
    env: {
      AWS_ENDPOINT_URL: await listen(server),
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing",
      AWS_REGION: "us-east-1",
    },
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
