import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ServiceError } from "./errors.ts";

/** Answers one call. `closed` aborts when the client is gone or the server stops. */
export type Handler = (operation: string, body: unknown, closed: AbortSignal) => Promise<unknown>;

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /** Stops taking calls, gives up those that wait or have not come whole, and returns when all others are answered. */
  close(): Promise<void>;
}

/** Largest request body. A definition has at most 1 MiB, and JSON may need six bytes to write one. */
const largestBody = 8 * 1024 * 1024;
const contentType = "application/x-amz-json-1.0";
const targetPrefix = "AWSStepFunctions.";

/**
 * Serves the JSON 1.0 protocol: every call is a POST of a JSON object to `/`, its operation named by the header
 * `x-amz-target`. Signatures are not checked.
 */
export async function serveJson(handler: Handler, host: string, port: number): Promise<HttpServer> {
  const stopping = new AbortController();
  const answering = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const answered = answer(handler, request, response, stopping.signal);
    answering.add(answered);
    void answered.then(() => answering.delete(answered));
  });
  await listen(server, host, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    port: bound,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    async close() {
      stopping.abort();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      while (answering.size > 0) await Promise.all(answering);
      // Kept open by clients, for a call that may come or for one that has begun to.
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** @returns when the answer is sent, or the client gone */
async function answer(handler: Handler, request: IncomingMessage, response: ServerResponse, stopping: AbortSignal) {
  const gone = new AbortController();
  const closed = new Promise<void>((resolve) => {
    response.once("close", () => {
      gone.abort();
      resolve();
    });
  });
  try {
    const operation = operationOf(request);
    const body = parseBody(await readBody(request, stopping));
    send(response, 200, await handler(operation, body, AbortSignal.any([gone.signal, stopping])));
  } catch (error) {
    const { status, body } = toFailure(error);
    send(response, status, body);
  }
  await closed;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(text),
    "x-amzn-requestid": crypto.randomUUID(),
  });
  response.end(text);
}

/** What the server did wrong itself is told as `InternalFailure`, with status 500, which clients may try again. */
function toFailure(error: unknown): { readonly status: number; readonly body: object } {
  if (error instanceof ServiceError) {
    const { status, code, message, fields } = error;
    return { status, body: { __type: code, message, ...fields } };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { status: 500, body: { __type: "InternalFailure", message } };
}

function operationOf(request: IncomingMessage): string {
  const target = request.headers["x-amz-target"];
  if (request.method === "POST" && typeof target === "string" && target.startsWith(targetPrefix)) {
    return target.slice(targetPrefix.length);
  }
  const found = `${request.method} with x-amz-target ${target ?? "missing"}`;
  throw new ServiceError(
    "UnknownOperationException",
    `Expected a POST with the header x-amz-target: ${targetPrefix}<operation>, found ${found}`,
  );
}

/** @param stopping ends the connection of a client that has not sent all of it */
async function readBody(request: IncomingMessage, stopping: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const giveUp = () => request.destroy();
  if (stopping.aborted) giveUp();
  stopping.addEventListener("abort", giveUp);
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      // What is too large is read to its end, so that the client hears the answer, but not kept.
      if (size <= largestBody) chunks.push(chunk);
    }
  } finally {
    stopping.removeEventListener("abort", giveUp);
  }
  if (size > largestBody) {
    throw new ServiceError("ValidationException", `Request body of ${size} bytes is larger than ${largestBody} bytes`);
  }
  return Buffer.concat(chunks).toString();
}

function parseBody(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch (cause) {
    throw new ServiceError("SerializationException", `The request body is not JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}
