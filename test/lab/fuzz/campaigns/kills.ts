/** The Step Functions server, as it is started from the command line, killed under load and started again. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { startTasks, type Tasks } from "../../crash/server/tasks.ts";
import { begin, endsOf, finishedTasks, wrongCalls } from "../../crash/server/work.ts";
import type { Campaign, Trial, TrialResult } from "../campaign.ts";
import { RESTEP } from "../processes.ts";

const EXECUTIONS = 60;
const TASKS = 3 * EXECUTIONS;
/** Times that a server is ended before it may end the executions. */
const MOST_KILLS = 3;

interface Serving {
  readonly child: ChildProcess;
  readonly url: string;
}

export const kills: Campaign = {
  name: "kills",
  about: "the Step Functions server killed under load, and started again",
  count: 50,
  secondsPerTrial: 120,
  async open() {
    const children = new Set<ChildProcess>();
    return {
      async attempt({ random, scratch }: Trial): Promise<TrialResult> {
        const tasks = await startTasks();
        tasks.release();
        const store = join(scratch, "store");
        const rounds = random.between(1, MOST_KILLS);
        const signal = random.isTrue(0.8) ? "SIGKILL" : "SIGTERM";
        const problems: string[] = [];
        try {
          for (let round = 0; round < rounds; round++) {
            const serving = await serve(children, store, tasks);
            if (random.isTrue(0.2)) problems.push(...(await refusedSecond(children, store, tasks)));
            // What is not acknowledged is asked for again, as clients do.
            const asked = begin(serving.url, EXECUTIONS).catch(() => undefined);
            await calledMore(tasks, random.between(1, TASKS / rounds), serving.child);
            serving.child.kill(signal);
            const code = await ended(serving.child);
            if (signal === "SIGTERM" && code !== 0) problems.push(`SIGTERM ended it with ${code}`);
            await asked;
            tasks.finished(finishedTasks(join(store, "sfn")));
          }
          const serving = await serve(children, store, tasks);
          await begin(serving.url, EXECUTIONS);
          problems.push(...(await endsOf(serving.url, EXECUTIONS)));
          problems.push(...wrongCalls(tasks.calls, tasks.repeated, rounds));
          serving.child.kill("SIGTERM");
          const code = await ended(serving.child);
          if (code !== 0) problems.push(`SIGTERM ended it with ${code}`);
        } finally {
          for (const child of children) child.kill("SIGKILL");
          await tasks.close();
        }
        return { kind: `${signal}, ${rounds} times`, problems };
      },
      close: async () => {
        for (const child of children) child.kill("SIGKILL");
      },
    };
  },
};

const argsOf = (store: string, { endpoint }: Tasks) => [
  ...[RESTEP, "serve", "--sfn", "--port", "0", "--json"],
  ...["--store", store, "--lambda-endpoint", endpoint],
];

function startIn(children: Set<ChildProcess>, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  child.once("close", () => children.delete(child));
  return child;
}

async function serve(children: Set<ChildProcess>, store: string, tasks: Tasks): Promise<Serving> {
  const child = startIn(children, argsOf(store, tasks));
  const [line] = (await Promise.race([
    once(child.stdout!, "data"),
    ended(child).then((code) => Promise.reject(new Error(`it did not start: ${code}`))),
  ])) as [Buffer];
  return { child, url: (JSON.parse(line.toString()) as { url: string }).url };
}

async function ended(child: ChildProcess): Promise<string | number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "close");
  return child.signalCode ?? child.exitCode;
}

/** Waits until so many tasks more were called, or as many as there are. */
async function calledMore({ calls }: Tasks, count: number, child: ChildProcess): Promise<void> {
  const wanted = Math.min(TASKS, calls.size + count);
  while (calls.size < wanted && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** @returns what is wrong with how a second server on the store is refused */
async function refusedSecond(children: Set<ChildProcess>, store: string, tasks: Tasks): Promise<string[]> {
  const child = startIn(children, argsOf(store, tasks));
  let said = "";
  child.stderr!.on("data", (part: Buffer) => {
    said += part.toString();
  });
  const code = await ended(child);
  return code === 1 && /is held by restep serve/.test(said) ? [] : [`a second server ended with ${code}: ${said}`];
}
