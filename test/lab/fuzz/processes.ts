/** Processes that trials start: with a limit on time and output, and a look at how much memory they took. */

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../shared/local/installation/package.ts";

/** The command line as it is built. */
export const RESTEP = join(packageRoot, "dist", "scripts", "restep.js");

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Ended by this side, for its time was up. */
  readonly isLate: boolean;
  /** The most that was resident, in MiB, as far as it was seen; 0 where the system does not tell. */
  readonly peakMegabytes: number;
}

export interface ProcessLimits {
  readonly seconds: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Uint8Array;
  /** Memory is that of the process or of what it started, whichever took more. */
  readonly peakOfChildren?: boolean;
}

/** Characters of each stream that are kept. */
const MOST_OUTPUT = 64 * 1024;
/** Milliseconds between looks. Linux keeps the highest mark itself, so that only growth just before the end is missed. */
const LOOK_EVERY = 50;

export interface StartedProcess {
  readonly end: Promise<ProcessEnd>;
  kill(): void;
}

/** Runs Node.js with the arguments. */
export function startNode(args: readonly string[], limits: ProcessLimits): StartedProcess {
  const child = spawn(process.execPath, args, {
    cwd: limits.cwd,
    env: limits.env ?? process.env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  // Whoever does not read its input is no fault of the trial's.
  child.stdin.on("error", () => {});
  child.stdin.end(limits.input ?? "");
  const texts = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (chunk: string) => {
      if (texts[stream].length < MOST_OUTPUT) texts[stream] += chunk;
    });
  }
  const end = new Promise<ProcessEnd>((resolve, reject) => {
    let isLate = false;
    let peakMegabytes = 0;
    const look = setInterval(() => {
      const pids = [child.pid, ...(limits.peakOfChildren === true ? childrenOf(child.pid) : [])];
      peakMegabytes = Math.max(peakMegabytes, ...pids.map(peakOf));
    }, LOOK_EVERY);
    const timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, limits.seconds * 1000);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearInterval(look);
      clearTimeout(timer);
      resolve({ code, signal, ...texts, isLate, peakMegabytes });
    });
  });
  return { end, kill: () => void child.kill("SIGKILL") };
}

/** `VmHWM` of proc(5). */
export function peakOf(pid: number | undefined): number {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return found === null ? 0 : Number(found[1]) / 1024;
  } catch {
    return 0;
  }
}

/** `children` of proc(5). */
function childrenOf(pid: number | undefined): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
