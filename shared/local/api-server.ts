import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { bearerDoor, createApi } from "../api/index.ts";
import type { Runs } from "../runs/runs.ts";
import { doorkeeper, listen } from "../sfn/index.ts";
import { systemClock } from "../stores/clock.ts";

export interface ApiServerOptions {
  readonly runs: Runs;
  /** What callers have to show. */
  readonly token: string;
  readonly version: string;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Names by which clients may call, besides this machine's own. */
  readonly allowedHosts?: readonly string[];
  /** Told of a run that cannot go on here. */
  readonly onFailure: (runId: string, error: unknown) => void;
}

export interface ApiServer {
  readonly url: string;
  readonly port: number;
  /** Takes no more calls and ends those that follow a log. Runs under way are for whoever opened `runs`. */
  close(): Promise<void>;
}

/** Milliseconds for a call's headers to come, and for a whole call: a submission may be large and the way slow. */
const TIMES = { headersTimeout: 10_000, requestTimeout: 120_000, connectionsCheckingInterval: 2_000 };

/** Serves the HTTP API over the runs of one store, which this process carries out. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { host, port, allowedHosts = [] } = options;
  const admit = doorkeeper(host, { allowedHosts });
  const app = createApi({ ...options, door: bearerDoor(options.token), clock: systemClock });
  const answer = getRequestListener(app.fetch);
  const server = createServer(TIMES, (request, response) => {
    const refused = refusedBy(admit, request);
    if (refused === undefined) void answer(request, response);
    else turnAway(response, refused);
  });
  const place = await listen(server, host, port);
  return {
    ...place,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function refusedBy(admit: (request: IncomingMessage) => void, request: IncomingMessage): Error | undefined {
  try {
    admit(request);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** What it sends is not read, and the connection ends. */
function turnAway(response: ServerResponse, { message }: Error): void {
  const problem = { type: "about:blank", title: "Forbidden", status: 403, detail: message, code: "host_not_allowed" };
  response.writeHead(403, { "content-type": "application/problem+json", connection: "close" });
  response.end(JSON.stringify(problem));
}
