import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type DoorRules, doorkeeper, expectContentType } from "./door.ts";
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
/** A body that goes on past this is not read to its end any more. */
const mostBody = 4 * largestBody;
/** Lists and objects within one another. What the API takes has less than ten of them. */
const deepestBody = 200;
/** Calls under way at once on one connection. The SDKs make one. */
const mostPipelined = 32;
const contentType = "application/x-amz-json-1.0";
const targetPrefix = "AWSStepFunctions.";

/** Milliseconds. */
export interface HttpTimes {
  /** For a call's headers to come, from when the connection stands or the call before is answered. */
  readonly headers: number;
  /** For a whole call to come. */
  readonly request: number;
  /** For a client to read its answer. */
  readonly answer: number;
  /** The same once the server stops. */
  readonly stop: number;
}

const defaultTimes: HttpTimes = { headers: 10_000, request: 30_000, answer: 30_000, stop: 5_000 };

/** @param times how exactly they are kept follows from the shortest */
function timedBy({ headers, request }: HttpTimes): ServerOptions {
  return {
    headersTimeout: headers,
    requestTimeout: request,
    connectionsCheckingInterval: Math.min(2_000, headers / 4),
  };
}

/**
 * Serves the JSON 1.0 protocol: every call is a POST of a JSON object to `/`, its operation named by the header
 * `x-amz-target`. Signatures are not checked.
 */
export async function serveJson(
  handler: Handler,
  host: string,
  port: number,
  { times = defaultTimes, ...rules }: DoorRules & { readonly times?: HttpTimes } = {},
): Promise<HttpServer> {
  const stopping = new AbortController();
  // Each call under way waits for it.
  setMaxListeners(0, stopping.signal);
  const answering = new Set<Promise<void>>();
  const underWay = new WeakMap<Socket, number>();
  const admit = doorkeeper(host, rules);
  const ended = new WeakSet<Socket>();
  const serving: Serving = { handler, admit, ended, stopping: stopping.signal, patience: times.answer };
  const server = createServer(timedBy(times), (request, response) => {
    const { socket } = request;
    const count = (underWay.get(socket) ?? 0) + 1;
    if (serving.ended.has(socket)) return;
    if (count > mostPipelined) {
      socket.destroy();
      return;
    }
    underWay.set(socket, count);
    const answered = answer(serving, request, response);
    answering.add(answered);
    void answered.then(() => {
      answering.delete(answered);
      underWay.set(socket, (underWay.get(socket) ?? 1) - 1);
    });
  });
  // Each call under way waits for its connection's end.
  server.on("connection", (socket) => socket.setMaxListeners(2 * mostPipelined));
  const place = await listen(server, host, port);
  return {
    ...place,
    async close() {
      stopping.abort();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      const impatient = setTimeout(() => server.closeAllConnections(), times.stop);
      while (answering.size > 0) await Promise.all(answering);
      clearTimeout(impatient);
      // Kept open by clients, for a call that may come or for one that has begun to.
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Connections at once: each takes memory, and of files a process may have a thousand open on many a machine. */
const mostConnections = 1_000;

/**
 * @param most connections at once; further ones are ended as they come
 * @returns where it then listens
 */
export function listen(
  server: Server,
  host: string,
  port: number,
  most = mostConnections,
): Promise<Pick<HttpServer, "url" | "port">> {
  server.maxConnections = most;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const { port: bound } = server.address() as AddressInfo;
      resolve({ port: bound, url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}` });
    });
  });
}

interface Serving {
  readonly handler: Handler;
  /** @throws ServiceError for a call that may not come in */
  admit(request: IncomingMessage): void;
  /** Connections of which nothing more is taken, though it may have come already. */
  readonly ended: WeakSet<Socket>;
  readonly stopping: AbortSignal;
  /** Milliseconds in which a client has to read its answer. */
  readonly patience: number;
}

/** @returns when the answer is sent, or the client gone */
async function answer(serving: Serving, request: IncomingMessage, response: ServerResponse) {
  const { handler, stopping } = serving;
  const gone = new AbortController();
  // Not AbortSignal.any: what that makes of a signal that stays is kept by it for ever, a hundred bytes a call.
  const abandon = () => gone.abort();
  if (stopping.aborted) abandon();
  stopping.addEventListener("abort", abandon);
  const closed = new Promise<void>((resolve) => {
    const end = () => {
      request.socket.off("close", end);
      gone.abort();
      resolve();
    };
    response.once("close", end);
    // An answer that waits for one before it hears of nothing when its connection ends.
    request.socket.once("close", end);
  });
  try {
    const operation = admitted(request, response, serving);
    const body = parseBody(await readBody(request, stopping));
    send(response, 200, await handler(operation, body, gone.signal));
  } catch (error) {
    const { status, body } = toFailure(error);
    send(response, status, body);
  }
  // Whoever does not read his answer keeps neither it nor the connection.
  const patience = setTimeout(() => request.socket.destroy(), serving.patience);
  await closed;
  clearTimeout(patience);
  stopping.removeEventListener("abort", abandon);
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

/** Looks at the headers alone. A call that is refused by them is not read, and is its connection's last. @returns its operation */
function admitted(request: IncomingMessage, response: ServerResponse, { admit, ended }: Serving): string {
  try {
    admit(request);
    const operation = operationOf(request);
    expectContentType(request);
    return operation;
  } catch (error) {
    ended.add(request.socket);
    response.setHeader("connection", "close");
    throw error;
  }
}

function operationOf({ headers, method, url }: IncomingMessage): string {
  const target = headers["x-amz-target"];
  const isCall = method === "POST" && url === "/" && typeof target === "string";
  if (isCall && target.startsWith(targetPrefix)) return target.slice(targetPrefix.length);
  const found = `${method} ${url?.slice(0, 100)} with x-amz-target ${target?.slice(0, 100) ?? "missing"}`;
  throw new ServiceError(
    "UnknownOperationException",
    `Expected a POST to / with the header x-amz-target: ${targetPrefix}<operation>, found ${found}`,
  );
}

/** @param stopping ends the connection of a client that has not sent all of it */
async function readBody(request: IncomingMessage, stopping: AbortSignal): Promise<Buffer> {
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
      if (size > mostBody) giveUp();
    }
  } finally {
    stopping.removeEventListener("abort", giveUp);
  }
  if (size > largestBody) {
    throw new ServiceError("ValidationException", `Request body of ${size} bytes is larger than ${largestBody} bytes`);
  }
  return Buffer.concat(chunks);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function parseBody(bytes: Buffer): unknown {
  if (depthOf(bytes) > deepestBody) {
    const message = `The request body has more than ${deepestBody} lists and objects within one another`;
    throw new ServiceError("SerializationException", message);
  }
  try {
    return bytes.length === 0 ? {} : JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw new ServiceError("SerializationException", `The request body is not JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** How many lists and objects of a JSON text are open at once, at the most. In UTF-8 no other character has these bytes. */
function depthOf(bytes: Buffer): number {
  let depth = 0;
  let deepest = 0;
  let isInText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (isInText && byte === 0x5c) at += 1;
    else if (byte === 0x22) isInText = !isInText;
    else if (isInText) continue;
    else if (byte === 0x5b || byte === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x5d || byte === 0x7d) depth -= 1;
  }
  return deepest;
}
