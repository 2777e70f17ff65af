import { type ChildProcess, spawn } from "node:child_process";

export interface ProcessStart {
  /** Absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: Uint8Array;
}

export interface ProcessLimits {
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes of standard output and standard error together. */
  readonly output: number;
}

export type ProcessEnd =
  | {
      readonly kind: "exited";
      readonly status: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly stdout: Uint8Array;
      readonly stderr: Uint8Array;
    }
  | { readonly kind: "timed_out" }
  | { readonly kind: "output_too_large" };

/**
 * Runs a program, without a shell, in a process group of its own. Whatever it started and left in that group is killed
 * when it ends, runs into a limit, or loses us.
 * @throws the system's error when it cannot be started
 */
export function runProcess(start: ProcessStart, limits: ProcessLimits): Promise<ProcessEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(start.program, start.args, {
      cwd: start.cwd,
      env: start.env,
      stdio: ["pipe", "pipe", "pipe"],
      shell: false,
      detached: true,
      windowsHide: true,
    });
    child.on("error", reject);
    // It did not start, and may have no streams; `error` says why.
    if (child.pid === undefined) return;
    const unleash = leash(child.pid);
    let over: ProcessEnd | undefined;
    const stop = (kind: "timed_out" | "output_too_large"): void => {
      over ??= { kind };
      killGroup(child);
      // Who left the group may hold these open.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => stop("timed_out"), limits.timeout);
    const output = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
    let left = limits.output;
    for (const name of ["stdout", "stderr"] as const) {
      child[name].on("data", (chunk: Uint8Array) => {
        left -= chunk.length;
        if (left < 0) stop("output_too_large");
        else output[name].push(chunk);
      });
    }
    // A program need not read what it is given.
    child.stdin.on("error", () => {});
    child.stdin.end(start.stdin);
    child.on("exit", () => killGroup(child));
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      unleash();
      const [stdout, stderr] = [Buffer.concat(output.stdout), Buffer.concat(output.stderr)];
      resolve(over ?? { kind: "exited", status, signal, stdout, stderr });
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}

/** Waits for a line; when there will be none, because who should write it is gone, kills the process group `$1`. */
const WATCH = 'read -r line || kill -s KILL -- "-$1"';

/**
 * Ties a process group to this thread: should the thread or its process end before the group does, however suddenly, the
 * group is killed. Where there is no `/bin/sh`, it is not tied.
 * @returns unties it
 */
export function leash(group: number): () => void {
  if (process.platform === "win32") return () => {};
  const watcher = spawn("/bin/sh", ["-c", WATCH, "leash", String(group)], {
    stdio: ["pipe", "ignore", "ignore"],
    env: {},
    detached: true,
  });
  watcher.on("error", () => {});
  if (watcher.pid === undefined) return () => {};
  watcher.stdin.on("error", () => {});
  watcher.unref();
  return () => watcher.stdin.end("\n");
}
