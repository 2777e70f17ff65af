import { createServer, type IncomingMessage, request as send } from "node:http";
import { listen } from "./http.ts";

export interface Front {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Stands before a server, and passes on what is asked of it. @param pass calls `on` when a request is to go on */
export async function standBefore(
  target: string,
  pass: (request: IncomingMessage, body: Buffer, on: () => Promise<void>) => Promise<void> | void,
): Promise<Front> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const on = () =>
      new Promise<void>((resolve) => {
        const { method, headers, url = "/" } = request;
        // On a connection of its own: one that is kept may be closed just as it is written to.
        const sent = send(new URL(url, target), { method, headers, agent: false }, (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
          answer.once("close", resolve);
        });
        sent.once("error", () => response.destroy());
        sent.once("close", resolve);
        sent.end(body);
      });
    await pass(request, body, on);
  });
  return {
    endpoint: await listen(server),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Lets a server answer each request before it is asked the next. */
export function oneByOne(target: string): Promise<Front> {
  let before = Promise.resolve();
  return standBefore(target, (_request, _body, on) => {
    before = before.then(on);
    return before;
  });
}
