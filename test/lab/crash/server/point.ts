import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../../shared/local/installation/package.ts";
import type { Fault, Operations } from "../faults.ts";
import { seededRandom } from "../random.ts";
import type { ServeJob, ServerNews, ServerOrder } from "./host.ts";
import { startTasks, type Tasks } from "./tasks.ts";
import { begin, endsOf, finishedTasks, wrongCalls } from "./work.ts";

const ENTRY = join(packageRoot, "dist", "test", "lab", "crash", "server", "host.js");
/** One trial, in milliseconds. */
const TIME_LIMIT = 120_000;
/** So many of those that were struck are struck again as they go on. */
const STRUCK_AGAIN = 1 / 3;

export interface ServerPoint {
  readonly at: number;
  /** What was struck; undefined when all was over before. */
  readonly struck: string | undefined;
  /** The same, of the server that went on. */
  readonly second: string | undefined;
  readonly problems: readonly string[];
}

export interface ServerTrial {
  readonly folder: string;
  readonly executions: number;
  readonly kind: "kill" | "torn";
  readonly seed: number;
}

interface Served {
  readonly child: ChildProcess;
  /** Undefined if it ended before it served. */
  readonly url: Promise<string | undefined>;
  readonly ended: Promise<string>;
  readonly failures: readonly string[];
  order(order: ServerOrder): void;
  closed: Promise<Operations | undefined>;
}

function serve(job: ServeJob): Served {
  const child = fork(ENTRY, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const failures: string[] = [];
  const stderr: Buffer[] = [];
  child.stderr?.on("data", (part: Buffer) => stderr.push(part));
  let tellUrl: (url: string | undefined) => void = () => {};
  let tellClosed: (operations: Operations | undefined) => void = () => {};
  const url = new Promise<string | undefined>((resolve) => {
    tellUrl = resolve;
  });
  const closed = new Promise<Operations | undefined>((resolve) => {
    tellClosed = resolve;
  });
  child.on("message", (news: ServerNews) => {
    if ("url" in news) tellUrl(news.url);
    else if ("closed" in news) tellClosed(news.closed);
    else failures.push(news.failed);
  });
  const ended = new Promise<string>((resolve) => {
    child.on("close", (code, signal) => {
      tellUrl(undefined);
      tellClosed(undefined);
      resolve(signal ?? `exit code ${code}${code === 0 ? "" : `: ${Buffer.concat(stderr).toString().slice(-500)}`}`);
    });
  });
  const order = (what: ServerOrder) => void child.send(what, () => undefined);
  order({ serve: job });
  return { child, url, ended, failures, order, closed };
}

/** @returns operations of the disk from when all executions are under way to the end of the last */
export async function countServerOperations(trial: ServerTrial): Promise<Operations> {
  const { operations, problems } = await attempt(trial, undefined);
  if (operations === undefined || problems.length > 0) {
    throw new Error(`executions do not end as they must, although nothing disturbs them: ${problems.join("; ")}`);
  }
  return operations;
}

/** Kills the server at its `at`th write with all executions under way, again as it goes on in one of three, and lets it then end. */
export async function tryServerPoint(trial: ServerTrial, at: number): Promise<ServerPoint> {
  const { struck, second, problems } = await attempt(trial, at);
  return { at, struck, second, problems };
}

async function attempt(trial: ServerTrial, at: number | undefined) {
  const store = join(trial.folder, "sfn");
  mkdirSync(trial.folder, { recursive: true });
  const tasks = await startTasks();
  const children: ChildProcess[] = [];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${TIME_LIMIT / 1000} s`)), TIME_LIMIT);
  });
  try {
    return await Promise.race([late, go(trial, at, store, tasks, children)]);
  } catch (error) {
    return { problems: [(error as Error).message], struck: undefined, second: undefined, operations: undefined };
  } finally {
    clearTimeout(timer);
    for (const child of children) child.kill("SIGKILL");
    await tasks.close();
    rmSync(store, { recursive: true, force: true });
  }
}

async function go(
  { folder, executions, kind, seed }: ServerTrial,
  at: number | undefined,
  store: string,
  tasks: Tasks,
  children: ChildProcess[],
) {
  const problems: string[] = [];
  const start = (name: string, fault: Fault | undefined, isArmed: boolean) => {
    const tracePath = join(folder, name);
    rmSync(tracePath, { force: true });
    const job = { store, lambdaEndpoint: tasks.endpoint, isArmed, tracePath };
    const served = serve(fault === undefined ? job : { ...job, fault });
    children.push(served.child);
    return { ...served, tracePath };
  };

  let server = start("first", at === undefined ? undefined : { kind, at }, false);
  const url = await server.url;
  if (url === undefined) throw new Error(`it does not start: ${await server.ended}`);
  await Promise.all([begin(url, executions), tasks.whenUnderWay(executions)]);
  server.order("arm");
  tasks.release();
  // Whoever asks a server that is killed hears nothing more.
  let ends = await endsOf(url, executions).catch(() => undefined);
  if (ends !== undefined) server.order("close");
  let operations = ends === undefined ? undefined : await server.closed;
  const wasKilled = operations === undefined;
  if (wasKilled) await server.ended;
  let kills = 0;
  let second: string | undefined;
  const struck = wasKilled ? traceOf(server.tracePath) : undefined;

  if (wasKilled) {
    if (struck === undefined) throw new Error(`it died of something else: ${await server.ended}`);
    kills += 1;
    tasks.finished(finishedTasks(store));
    const random = seededRandom(`${seed} ${kind} ${at}`);
    if (random() < STRUCK_AGAIN) {
      server = start("second", { kind: "kill", at: 1 + Math.floor(random() * 3 * executions) }, true);
      const again = await server.url;
      if (again !== undefined) await Promise.race([server.ended, endsOf(again, executions).catch(() => [])]);
      second = traceOf(server.tracePath);
      server.child.kill("SIGKILL");
      await server.ended;
      kills += 1;
      tasks.finished(finishedTasks(store));
    }
    server = start("last", undefined, true);
    const last = await server.url;
    if (last === undefined) throw new Error(`it does not start again: ${await server.ended}`);
    ends = await endsOf(last, executions);
    server.order("close");
    operations = await server.closed;
  }
  problems.push(...(ends ?? []), ...wrongCalls(tasks.calls, tasks.repeated, kills), ...server.failures);
  if (operations === undefined) problems.push(`it did not close: ${await server.ended}`);
  await server.ended;
  return { problems, struck, second, operations };
}

function traceOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
