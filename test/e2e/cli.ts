import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Where a shell stands, and what is set in it besides what is set here. */
export interface Shell {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the CLI as a user's shell would, from the project's folder. */
export function start(...args: string[]): { child: ChildProcess; finished: Promise<Finished> } {
  return startIn({}, args);
}

export function startIn(
  { cwd = root, env = {} }: Shell,
  args: readonly string[],
): { child: ChildProcess; finished: Promise<Finished> } {
  const child = spawn(process.execPath, [join(root, "scripts/launch.mjs"), "scripts/restep", ...args], {
    cwd,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...env },
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const finished = new Promise<Finished>((resolve) => {
    child.on("close", (code, signal) => {
      resolve({ code, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() });
    });
  });
  return { child, finished };
}

/** Runs the CLI to its end. @param input what it reads on standard input */
export async function restep(
  args: readonly string[],
  input: string | Uint8Array = "",
  shell: Shell = {},
): Promise<Finished> {
  const { child, finished } = startIn(shell, args);
  child.stdin?.end(input);
  return finished;
}

/** Resolves once a text was printed. */
export function said(stream: Readable | null, text: string): Promise<void> {
  return new Promise((resolve) => {
    let printed = "";
    stream?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes(text)) resolve();
    });
  });
}

/** The last line of standard output, as the object that `--json` promises there. */
export function lastLine(finished: Finished): Record<string, unknown> {
  return JSON.parse(finished.stdout.toString().trimEnd().split("\n").at(-1) ?? "") as Record<string, unknown>;
}

/** A folder that is gone when the test file ends. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "restep-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
