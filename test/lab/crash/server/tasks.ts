/** The functions that the executions call: over HTTP, so that who counts their calls outlives the server. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parentOf } from "./work.ts";

export interface Tasks {
  readonly endpoint: string;
  /** How often each task was called. */
  readonly calls: ReadonlyMap<string, number>;
  /** Says that the ends of these are stored: a call of one from now on is one too many. */
  finished(tasks: Iterable<string>): void;
  /** Calls of tasks that had finished. */
  readonly repeated: readonly string[];
  /** Answers nothing until so many executions have called; resolves then. */
  whenUnderWay(executions: number): Promise<void>;
  release(): void;
  close(): Promise<void>;
}

export async function startTasks(): Promise<Tasks> {
  const calls = new Map<string, number>();
  const done = new Set<string>();
  const repeated: string[] = [];
  const underWay = new Set<string>();
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  let held: (() => void)[] | undefined = [];

  const called = (task: string) => {
    calls.set(task, (calls.get(task) ?? 0) + 1);
    if (done.has(task)) repeated.push(task);
    underWay.add(parentOf(task));
    for (const each of waiting) if (underWay.size >= each.count) each.resolve();
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { task } = JSON.parse(Buffer.concat(parts).toString()) as { readonly task: string };
      const answer = () => void response.setHeader("content-type", "application/json").end(JSON.stringify(task));
      called(task);
      if (held === undefined) answer();
      else held.push(answer);
    });
  });
  // A server that waited for its turn for so long would find its connection closed as it calls.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    repeated,
    finished(tasks) {
      for (const task of tasks) done.add(task);
    },
    whenUnderWay: (count) =>
      underWay.size >= count ? Promise.resolve() : new Promise((resolve) => void waiting.push({ count, resolve })),
    release() {
      const answers = held ?? [];
      held = undefined;
      for (const answer of answers) answer();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
