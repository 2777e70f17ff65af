import * as http from "node:http";
import * as https from "node:https";

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Undefined where it is longer than it may be. */
  readonly text: string | undefined;
}

const CLIENTS: Readonly<Record<string, typeof http | typeof https>> = { "http:": http, "https:": https };

/**
 * Posts JSON once. Not `fetch`: that follows to other places, and gives up after five minutes, while a function may take
 * fifteen and would then be called again. On a connection of its own: one that is kept may be closed by the other side just
 * as it is written to, and nobody can tell then if the function was called.
 *
 * @param mostBytes no more than that is read
 * @param more headers besides those of the body
 * @throws what the connection says; also where it ends before the answer does
 */
export function post(
  url: URL,
  body: string,
  mostBytes: number,
  signal: AbortSignal,
  more: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const client = CLIENTS[url.protocol];
    if (client === undefined) throw new TypeError(`${url.protocol} is neither http: nor https:`);
    const headers = { ...more, "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const request = client.request(url, { method: "POST", headers, signal, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const reply = (text: string | undefined) =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size <= mostBytes) return;
        reply(undefined);
        request.destroy();
      });
      response.once("end", () => reply(Buffer.concat(chunks).toString()));
      response.once("error", reject);
    });
    request.once("error", reject);
    request.end(body);
  });
}
