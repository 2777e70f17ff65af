import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { HandlersReloaded } from "../contracts/event-payloads.ts";
import { systemTimer, type Timer } from "../kernel/clock.ts";

/** The handlers as they were built once more: the module that worker threads start with, and what the log says of it. */
export interface HandlerBuild extends HandlersReloaded {
  readonly entry: URL;
}

/** The handlers, built anew whenever a source of theirs has changed. */
export interface HandlerBuilds {
  /** @returns to be called by who wants to hear no more */
  onBuilt(listener: (build: HandlerBuild) => void): () => void;
  /** Ends it. The modules go: no worker may start with them any more. */
  close(): Promise<void>;
}

export interface WatchOptions {
  /** The folder of the package. */
  readonly root: string;
  /** Told in a sentence what changed and what becomes of it. */
  tell(sentence: string): void;
  readonly timer?: Timer;
}

/** Milliseconds between two looks at the sources: each takes some ten. */
const LOOK_EVERY = 300;

/** Names of changed files that are told. */
const MOST_NAMED = 20;

/** Where the sources of handlers are. */
const SOURCES = ["functions", "shared"];
const STATE_MACHINES = "statemachines";

/** Whether a folder has the sources of handlers: an installed package has none. */
export function hasSources(root: string): boolean {
  return existsSync(join(root, "functions", "local-worker.ts"));
}

/**
 * Looks at the sources, and builds when they have changed and rest again. What cannot be built is told; what is built stays
 * then as it was. Types are not checked.
 */
export async function watchHandlers({ root, tell, timer = systemTimer }: WatchOptions): Promise<HandlerBuilds> {
  const listeners = new Set<(build: HandlerBuild) => void>();
  const folder = join(root, `dist.watch-${process.pid}`);
  let built = await look(root);
  let seen = built;
  let count = 0;
  let lastHash: string | undefined;
  let isClosed = false;
  let cancel = (): void => {};

  const rebuild = async (files: readonly string[], now: ReadonlyMap<string, string>): Promise<void> => {
    const into = join(folder, String(++count));
    const problem = await build(root, into);
    // The same again would come out of it: it is tried when something changes.
    built = now;
    if (isClosed) return;
    if (problem !== undefined) {
      tell(`${named(files)} changed, but cannot be built; the run goes on with the handlers it has.\n${problem}`);
      return;
    }
    const handlers_sha256 = await hashOf(into);
    if (handlers_sha256 === lastHash) return;
    lastHash = handlers_sha256;
    const entry = pathToFileURL(join(into, "functions", "local-worker.js"));
    tell(`${named(files)} changed: states that are entered from now on are done by the new handlers.`);
    for (const listener of listeners) listener({ entry, files: files.slice(0, MOST_NAMED), handlers_sha256 });
  };

  const step = async (): Promise<void> => {
    const now = await look(root);
    const isAtRest = changes(seen, now).length === 0;
    seen = now;
    const changed = changes(built, now);
    if (!isAtRest || changed.length === 0) return;
    const [machines, sources] = [true, false].map((is) => changed.filter((file) => isStateMachine(file) === is));
    if (machines!.length > 0)
      tell(`${named(machines!)} changed: a run keeps the state machine that it was begun with.`);
    if (sources!.length > 0) await rebuild(sources!, now);
    else built = now;
  };

  /** One look after the other, however long it takes. */
  let looking: Promise<unknown> = Promise.resolve();
  const lookAgain = (): void => {
    if (isClosed) return;
    cancel = timer.after(LOOK_EVERY, () => {
      looking = step()
        .catch((error: unknown) =>
          tell(`The sources cannot be looked at: ${error instanceof Error ? error.message : error}`),
        )
        .finally(lookAgain);
    });
  };
  lookAgain();

  return {
    onBuilt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      isClosed = true;
      cancel();
      await looking;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** By path, from the folder of the package: what tells that a file has changed. */
async function look(root: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const room of [...SOURCES, STATE_MACHINES]) {
    for (const entry of await readdir(join(root, room), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      // Gone since the folder was read: the next look sees that.
      const at = await stat(path).catch(() => undefined);
      if (at !== undefined) found.set(relative(root, path), `${at.mtimeMs} ${at.size} ${at.ino}`);
    }
  }
  return found;
}

function changes(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string[] {
  const names = new Set([...before.keys(), ...now.keys()]);
  return [...names].filter((name) => before.get(name) !== now.get(name)).sort();
}

const isStateMachine = (file: string): boolean => file.startsWith(`${STATE_MACHINES}${sep}`);

function named(files: readonly string[]): string {
  const more = files.length - 3;
  return `${files.slice(0, 3).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** @returns what is wrong with the sources, or undefined when they are built */
function build(root: string, into: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const launcher = join(root, "scripts", "launch.mjs");
    const child = spawn(process.execPath, [launcher, "--handlers", into], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve(code === 0 ? undefined : said.trim() || `the build ended with code ${code}`));
  });
}

/** Of all modules in a folder, names included. */
async function hashOf(folder: string): Promise<string> {
  const hash = createHash("sha256");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.sort()) {
    const bytes = await readFile(path);
    hash.update(`${relative(folder, path)} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}
