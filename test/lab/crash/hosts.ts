import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "../../../shared/local/installation/package.ts";
import type { Job, JobResult } from "./host.ts";

/** How a job went: done, or the process that had it ended. */
export type JobEnd =
  | { readonly kind: "done"; readonly result: JobResult }
  | { readonly kind: "killed" }
  | { readonly kind: "died"; readonly why: string };

/** Processes that do jobs. One that is started takes a moment to load, so some wait. */
export interface Hosts {
  run(job: Job): Promise<JobEnd>;
  close(): void;
}

interface Host {
  readonly child: ChildProcess;
  readonly stderr: string[];
  jobs: number;
}

/** Longest time for one job, in milliseconds: an undisturbed one takes less than a second. */
const TIME_LIMIT = 60_000;
/** A host that did so many is replaced: it may have grown. */
const MOST_JOBS = 100;
const ENTRY = join(packageRoot, "dist", "test", "lab", "crash", "host.js");

/** @param spare how many wait */
export function startHosts(spare: number): Hosts {
  let idle: Host[] = [];
  const all = new Set<Host>();
  let isClosed = false;

  const start = (): Host => {
    const child = fork(ENTRY, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    const host: Host = { child, stderr: [], jobs: 0 };
    child.stderr?.on("data", (chunk: Buffer) => host.stderr.push(chunk.toString()));
    child.on("exit", () => {
      all.delete(host);
      idle = idle.filter((each) => each !== host);
    });
    all.add(host);
    return host;
  };
  const fill = () => {
    while (!isClosed && idle.length < spare) idle.push(start());
  };
  const giveBack = (host: Host) => {
    if (host.jobs >= MOST_JOBS) host.child.kill("SIGKILL");
    else idle.unshift(host);
  };

  fill();
  return {
    run(job) {
      const host = idle.shift() ?? start();
      fill();
      host.jobs += 1;
      host.stderr.length = 0;
      return new Promise((resolve) => {
        let isLate = false;
        const timer = setTimeout(() => {
          isLate = true;
          host.child.kill("SIGKILL");
        }, TIME_LIMIT);
        const settle = (end: JobEnd) => {
          clearTimeout(timer);
          host.child.off("message", onMessage).off("close", onClose);
          resolve(end);
        };
        const onMessage = (result: unknown) => {
          giveBack(host);
          settle({ kind: "done", result: result as JobResult });
        };
        const onClose = (code: number | null, signal: string | null) => {
          if (isLate) settle({ kind: "died", why: `did not end within ${TIME_LIMIT} ms` });
          else if (signal === "SIGKILL") settle({ kind: "killed" });
          else
            settle({ kind: "died", why: `exit code ${code}, ${signal}: ${host.stderr.join("").trim().slice(-500)}` });
        };
        host.child.on("message", onMessage).on("close", onClose);
        host.child.send(job, (error) => {
          if (error !== null) settle({ kind: "died", why: `it took no job: ${error.message} ${host.stderr.join("")}` });
        });
      });
    },
    close() {
      isClosed = true;
      for (const { child } of all) child.kill("SIGKILL");
    },
  };
}
