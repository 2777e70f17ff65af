import { type ChildProcess, fork } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Answer, Question } from "./store-messages.ts";
import type { Actions } from "./store-process.ts";

export interface StoreProcess {
  readonly pid: number;
  /** Names of the events whose append was acknowledged to the process. */
  readonly acknowledged: readonly string[];
  ask<A extends keyof Actions>(action: A, ...args: Parameters<Actions[A]>): Promise<Awaited<ReturnType<Actions[A]>>>;
  /** Resolves once that many events were acknowledged in all. */
  hasAcknowledged(count: number): Promise<void>;
  /** Stops it as a debugger would. Resolves when it stands still. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Ends it with SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>;
}

const script = fileURLToPath(new URL("./store-process.ts", import.meta.url));

/** Starts a process with the stores at `root` open. */
export async function startStoreProcess(root: string, late = 0): Promise<StoreProcess> {
  const child = fork(script, { execArgv: ["--import", "tsx"] });
  const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>();
  const acknowledged: string[] = [];
  let heard = () => {};
  let lastId = 0;

  child.on("message", (answer: Answer) => {
    if ("acknowledged" in answer) {
      acknowledged.push(...answer.acknowledged);
      heard();
      return;
    }
    const asker = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ("error" in answer) asker?.reject(Object.assign(new Error(answer.error.message), answer.error));
    else asker?.resolve(answer.value as never);
  });
  child.on("exit", () => {
    for (const { reject } of waiting.values()) reject(new Error("the process ended"));
  });

  const started: StoreProcess = {
    pid: child.pid ?? 0,
    acknowledged,
    ask: (action, ...args) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        child.send({ id: lastId, action, args } satisfies Question);
      }),
    async hasAcknowledged(count) {
      while (acknowledged.length < count) {
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
    },
    async freeze() {
      child.kill("SIGSTOP");
      while ((await stateOf(child)) !== "T") await setImmediate();
    },
    thaw: () => void child.kill("SIGCONT"),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    },
  };
  await started.ask("open", root, late);
  return started;
}

/** The third field of /proc/<pid>/stat. */
async function stateOf(child: ChildProcess): Promise<string | undefined> {
  const stat = await readFile(`/proc/${child.pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2)[0];
}
