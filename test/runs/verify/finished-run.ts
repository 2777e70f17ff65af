import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { RunId } from "../../../shared/contracts/ids.ts";
import { type Verification, verifyRun } from "../../../shared/runs/verify/verify-run.ts";
import { CorruptionError } from "../../../shared/stores/errors.ts";
import { inspectFolder } from "../../../shared/stores/filesystem/inspection.ts";
import { openFileSystemStores } from "../../../shared/stores/filesystem/open.ts";
import { systemProcesses } from "../../../shared/stores/processes.ts";
import { type Finished, lastLine, temporaryFolder } from "../../e2e/cli.ts";
import { restepHere } from "../../support/command-line.ts";
import { EXIT_VALIDATION, exitProgram } from "../exit-program.ts";

/** A store with one run in it, to spoil and to mend. */
export interface StoredRun {
  readonly store: string;
  readonly runId: RunId;
  /** Path of a file in the run's folder. */
  readonly at: (name: string) => string;
  readonly verify: () => Promise<Verification>;
  /** Makes the store as it was when the run had finished. */
  mend(): void;
  remove(): void;
}

/** Runs the smallest of programs as far as it goes, as a user would. @param code what `restep run` exits with */
export async function finishedRun(config: Record<string, unknown> = {}, code = 0): Promise<StoredRun> {
  const made = await madeOnce(config, code);
  const folder = temporaryFolder();
  cpSync(made.folder, folder.path, { recursive: true });
  const file = (name: string) => join(folder.path, name);
  const store = file("store");
  const { runId } = made;
  const processes = systemProcesses();
  return {
    store,
    runId,
    at: (name) => join(store, "runs", runId, name),
    // Opened anew each time: a store may remember what it has read.
    async verify() {
      const stores = await openFileSystemStores(store, { asFound: true, processes }).catch(asNotOpened(runId));
      return "ok" in stores ? stores : verifyRun(stores, inspectFolder(store), runId);
    },
    mend() {
      makeLike(join(made.folder, "store"), store);
    },
    remove: folder.remove,
  };
}

interface MadeRun {
  readonly folder: string;
  readonly runId: RunId;
}

/** Runs of a config, which every test of this process takes a copy of: to carry one out takes longer than most of them. */
const made = new Map<string, Promise<MadeRun>>();

function madeOnce(config: Record<string, unknown>, code: number): Promise<MadeRun> {
  const key = JSON.stringify(config);
  const known = made.get(key) ?? make(config, code);
  made.set(key, known);
  return known;
}

async function make(config: Record<string, unknown>, code: number): Promise<MadeRun> {
  const folder = temporaryFolder();
  process.once("exit", () => folder.remove());
  const file = (name: string) => join(folder.path, name);
  writeFileSync(file("exit.elf"), exitProgram());
  writeFileSync(file("config.json"), JSON.stringify({ schema_version: 1, validation: EXIT_VALIDATION, ...config }));
  await expectExit(0, ["pack", file("exit.elf"), "-o", file("packed"), "--config", file("config.json")]);
  const run = ["run", file("packed/manifest.json"), "--store", file("store"), "--workers", "2", "--json"];
  return { folder: folder.path, runId: lastLine(await expectExit(code, run)).run_id as RunId };
}

/** A store that says itself that it is damaged does not verify either; `restep verify` shows why and exits with 1. */
function asNotOpened(runId: RunId): (error: Error) => Verification {
  return (error) => {
    if (!(error instanceof CorruptionError) && error.name !== "UnsupportedFormatError") throw error;
    const problem = {
      what: "store",
      where: "store.json",
      expected: "a store that can be opened",
      found: error.message,
    };
    return { run_id: runId, ok: false, ...NOTHING, problems: [problem], notices: [], signed: [], decided: [] };
  };
}

const NOTHING = { artifacts: 0, events: 0, history: 0, facts: 0 };

async function expectExit(code: number, args: string[]): Promise<Finished> {
  const finished = await restepHere(args);
  if (finished.code !== code)
    throw new Error(`restep ${args.join(" ")} exited with ${finished.code}: ${finished.stderr}`);
  return finished;
}

/** Every file of a store, in order of name. */
export function filesOf(store: string): string[] {
  return readdirSync(store, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Makes a folder hold what another holds. Only what differs is touched: tests change little of a store, and it has a hundred files. */
export function makeLike(wanted: string, folder: string): void {
  const entries = new Map(entriesOf(wanted));
  if (existsSync(folder)) {
    for (const [name, kind] of entriesOf(folder)) {
      if (entries.get(name) !== kind) rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
  for (const [name, kind] of entries) {
    const [from, to] = [join(wanted, name), join(folder, name)];
    if (kind === "folder") mkdirSync(to, { recursive: true });
    else if (!existsSync(to) || !readFileSync(from).equals(readFileSync(to))) cpSync(from, to);
  }
}

/** What is in a folder, each behind the folder that it is in. Files of another mode or size are of another kind. */
function entriesOf(folder: string): readonly (readonly [name: string, kind: string])[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const { mode, size } = lstatSync(path);
    return [relative(folder, path), entry.isDirectory() ? "folder" : `${mode} ${size}`] as const;
  });
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Changes a file for as long as `during` lasts. */
export async function withChanged<T>(
  path: string,
  change: (content: Buffer) => Uint8Array,
  during: () => Promise<T>,
): Promise<T> {
  const whole = readFileSync(path);
  writeFileSync(path, change(whole));
  try {
    return await during();
  } finally {
    writeFileSync(path, whole);
  }
}
