import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export interface Memory {
  readonly residentBytes: number;
  /** The most the process ever had resident. */
  readonly peakBytes: number;
}

/** What the server's process tells its parent: where it is, and its memory when asked. */
export type FromServer = { readonly url: string } | Memory;

/** A server in a process of its own, and how it is called. */
export interface BenchedServer {
  /** @throws Error for any answer but a good one */
  call<Answer>(operation: string, body: object): Promise<Answer>;
  memory(): Promise<Memory>;
  /** Ends it; its folder stays. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const built = join(
  dirname(createRequire(import.meta.url).resolve("restep/package.json")),
  "dist/test/lab/bench/sfn/server-process.js",
);

/** @param folder where it keeps all; removed at the end */
export async function startServer(folder: string): Promise<BenchedServer> {
  const child = fork(built, [folder], { stdio: ["ignore", "ignore", "inherit", "ipc"], execArgv: [] });
  const ended = once(child, "exit").then(() => {
    throw new Error("the server's process ended");
  });
  ended.catch(() => undefined);
  const next = (): Promise<FromServer> => Promise.race([nextMessage(child), ended]);
  const { url } = (await next()) as { readonly url: string };
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const stop = async () => {
    agent.destroy();
    if (child.exitCode === null) {
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    }
  };
  return {
    stop,
    call: (operation, body) => call(agent, url, operation, body),
    memory() {
      child.send("memory");
      return next() as Promise<Memory>;
    },
    async close() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function nextMessage(child: ChildProcess): Promise<FromServer> {
  return new Promise((resolve) => child.once("message", (message) => resolve(message as FromServer)));
}

function call<Answer>(agent: Agent, url: string, operation: string, body: object): Promise<Answer> {
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AWSStepFunctions.${operation}` };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: "POST", agent, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(pieces).toString();
        if (response.statusCode === 200) resolve(JSON.parse(text) as Answer);
        else reject(new Error(`${operation}: ${response.statusCode} ${text}`));
      });
    });
    asked.on("error", reject);
    asked.end(JSON.stringify(body));
  });
}
