import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunId } from "../../../shared/contracts/ids.ts";
import { readRun } from "../../../shared/runs/read-run.ts";
import { verifyRun } from "../../../shared/runs/verify/verify-run.ts";
import { sha256 } from "../../../shared/stores/digest.ts";
import { inspectFolder } from "../../../shared/stores/filesystem/inspection.ts";
import { openFileSystemStores } from "../../../shared/stores/filesystem/open.ts";
import { type EventLogReading, readEventLog } from "./event-log.ts";
import { type HistoryReading, readHistory } from "./history-log.ts";

/** A store that holds one run, as someone finds it who looks at it when nobody works on it. */
export interface Inspection {
  readonly phase: string;
  readonly bundle?: string;
  /** Why the run failed. */
  readonly failure?: string;
  readonly statusState?: string;
  readonly events: EventLogReading;
  readonly history: HistoryReading;
  /** What `restep verify` complains of. */
  readonly unverified: readonly string[];
  /** Names in `tmp`, and in the lease's folder. */
  readonly temporary: readonly string[];
  readonly lease: readonly string[];
  /** Every path in the store but those below, and the files whose contents are the same in every such run. */
  readonly paths: readonly string[];
  /** SHA-256 of each published file, by path. */
  readonly published: Readonly<Record<string, string>>;
  /** Paths below `artifacts` that do not hold what their name says. */
  readonly misnamed: readonly string[];
}

const ARTIFACT = /^artifacts\/([0-9a-f]{2})(\/([0-9a-f]{62}))?$/;

export async function inspect(store: string, runId: RunId): Promise<Inspection> {
  const paths = readdirSync(store, { recursive: true, encoding: "utf8" }).sort();
  const run = join("runs", runId);
  const below = (folder: string) =>
    paths.flatMap((path) => (path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : []));
  const files = readdirSync(store, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const hashes = new Map(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(store.length + 1), sha256(readFileSync(path))];
    }),
  );
  const stores = await openFileSystemStores(store, { asFound: true });
  try {
    const { record } = await readRun(stores, runId);
    const { problems } = await verifyRun(stores, inspectFolder(store), runId);
    const status = (await stores.runs.readStatus(runId)) as { readonly state?: string } | undefined;
    return {
      phase: record.phase,
      ...(record.bundle === undefined ? {} : { bundle: record.bundle }),
      ...(record.failure === undefined ? {} : { failure: `${record.failure.error}: ${record.failure.cause}` }),
      ...(status?.state === undefined ? {} : { statusState: status.state }),
      events: readEventLog(readFileSync(join(store, run, "events.jsonl"), "utf8")),
      history: readHistory(readFileSync(join(store, run, "history.jsonl"), "utf8")),
      unverified: problems.map(
        ({ what, where, expected, found }) => `${what}, ${where}: expected ${expected}; found ${found}`,
      ),
      temporary: below("tmp"),
      lease: below(join(run, "lease")),
      paths: paths.filter((path) => !/^(artifacts|bundles|tmp)\//.test(path) && !path.startsWith(join(run, "lease/"))),
      published: Object.fromEntries([...hashes].filter(([path]) => path.startsWith("bundles/"))),
      misnamed: below("artifacts").filter(
        (path) => path !== "kinds.txt" && !isNamedRight(join("artifacts", path), hashes),
      ),
    };
  } finally {
    await stores.close();
  }
}

function isNamedRight(path: string, hashes: ReadonlyMap<string, string>): boolean {
  const [, prefix = "", , rest] = ARTIFACT.exec(path) ?? [];
  if (rest === undefined) return prefix !== "";
  return hashes.get(path) === prefix + rest;
}
