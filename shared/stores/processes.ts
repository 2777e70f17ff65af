import * as fs from "node:fs";
import * as os from "node:os";
import { sha256 } from "./digest.ts";

/** A process that may hold a lease or own a temporary file. */
export interface ProcessIdentity {
  /** Names the machine, its boot and the process's view of pids: 12 hexadecimal digits. */
  readonly host: string;
  readonly pid: number;
  /** Start time in clock ticks since boot, which tells a process from a later one of the same pid; 0 when unknown. */
  readonly started: number;
}

/** Where a process works, in words. */
export function describeProcess({ pid }: ProcessIdentity): string {
  return `process ${pid}`;
}

export interface ProcessTable {
  readonly self: ProcessIdentity;
  /** Whether the process lives; undefined when it cannot be told from here (another host). */
  isAlive(identity: ProcessIdentity): boolean | undefined;
}

/** This machine's processes. */
export function systemProcesses(): ProcessTable {
  const host = hostIdentity();
  const self = { host, pid: process.pid, started: procStat(process.pid)?.started ?? 0 };
  return {
    self,
    isAlive(identity) {
      if (identity.host !== host) return undefined;
      if (!canBeSignalled(identity.pid)) return false;
      const stat = procStat(identity.pid);
      if (stat === undefined) return true;
      if (stat.isDefunct) return false;
      return identity.started === 0 || stat.started === 0 || stat.started === identity.started;
    },
  };
}

/** Pids of two containers on one machine say nothing to each other, so the pid namespace is part of the host. */
function hostIdentity(): string {
  const boot = attempt(() => fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()) ?? "";
  const pids = attempt(() => fs.readlinkSync("/proc/self/ns/pid")) ?? "";
  return sha256(`${os.hostname()}\n${boot}\n${pids}`).slice(0, 12);
}

function canBeSignalled(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to someone else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Fields 3 and 22 of /proc/<pid>/stat (proc(5)); the name before them may hold spaces and brackets. */
function procStat(pid: number): { readonly isDefunct: boolean; readonly started: number } | undefined {
  const text = attempt(() => fs.readFileSync(`/proc/${pid}/stat`, "utf8"));
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { isDefunct: fields[0] === "Z" || fields[0] === "X", started: Number(fields[19] ?? 0) };
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
