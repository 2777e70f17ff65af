import { join } from "node:path";
import type { RunId } from "../../contracts/ids.ts";
import { type Clock, rfc3339 } from "../clock.ts";
import { CorruptionError, InvalidInputError, NotFoundError } from "../errors.ts";
import { checkRunId, isRunId } from "../identifiers.ts";
import type { Json, RunStore, StoredRun } from "../ports.ts";
import { checkSameSubmission, newRunRecord, parseRecord, recordText } from "../stored-run.ts";
import { readIfThere } from "./artifacts.ts";
import { replaceFile, writeNewFile } from "./durable-file.ts";
import { errnoOf, type FileSystem } from "./file-system.ts";
import { leasesFolder } from "./lease.ts";
import { FIRST_LEASE, leaseName } from "./lease-name.ts";
import { translated } from "./os-errors.ts";
import { RECORD, runFolderOf } from "./run-folder.ts";
import type { RunWriters } from "./run-writers.ts";
import { removeTree, type TemporaryFiles } from "./temporary-files.ts";

export interface RunFiles {
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** The `runs` folder. */
  readonly folder: string;
  readonly temporary: TemporaryFiles;
  readonly writers: RunWriters;
}

const STATUS = "status.json";

/** Runs as folders named by their ids. */
export function fileRuns({ fs, clock, folder, temporary, writers }: RunFiles): RunStore {
  const readRecord = async (runId: RunId): Promise<StoredRun | undefined> => {
    const path = join(runFolderOf(folder, runId), RECORD);
    const bytes = await readIfThere(fs, path);
    if (bytes === undefined) return undefined;
    const record = parseRecord(runId, Buffer.from(bytes).toString("utf8"));
    if (record?.run_id === runId) return record;
    throw new CorruptionError("the run record", {
      where: path,
      expected: `the record of run ${runId} with the hashes it was written with`,
      found: "something else",
      remedy: "restore the file from a copy",
    });
  };

  /** The whole folder is prepared aside and appears with one rename, which fails when the run is there. */
  const appear = async (record: StoredRun): Promise<boolean> => {
    const staged = temporary.next();
    await fs.makeFolder(staged);
    try {
      await writeNewFile(fs, join(staged, RECORD), Buffer.from(recordText(record)));
      await writeNewFile(fs, join(staged, "events.jsonl"), new Uint8Array());
      await writeNewFile(fs, join(staged, "history.jsonl"), new Uint8Array());
      await fs.makeFolder(leasesFolder(staged));
      await fs.makeFolder(join(leasesFolder(staged), leaseName(FIRST_LEASE)));
      await fs.syncFolder(leasesFolder(staged));
      await fs.syncFolder(staged);
      await fs.rename(staged, runFolderOf(folder, record.run_id));
    } catch (error) {
      await removeTree(fs, staged).catch(() => false);
      if (errnoOf(error) === "ENOTEMPTY" || errnoOf(error) === "EEXIST") return false;
      throw error;
    }
    return true;
  };

  return {
    create: async (runId, submission) =>
      translated(`create run ${runId}`, folder, async () => {
        const wanted = newRunRecord(checkRunId(runId), submission, rfc3339(clock.now()));
        const before = await readRecord(runId);
        const isNew = before === undefined && (await appear(wanted));
        // Also when it was there: the process that made it may not have come to sync it yet.
        await fs.syncFolder(folder);
        if (isNew) return { record: wanted, isNew };
        const existing = before ?? (await readRecord(runId));
        if (existing === undefined) throw missingRecord(runFolderOf(folder, runId));
        return { record: checkSameSubmission(existing, wanted), isNew };
      }),

    get: async (runId) =>
      translated(`read run ${runId}`, folder, async () => {
        const record = await readRecord(runId);
        if (record !== undefined) return record;
        const runFolder = runFolderOf(folder, runId);
        if ((await fs.stat(runFolder)) === undefined) throw new NotFoundError(`run ${runId}`, folder);
        throw missingRecord(runFolder);
      }),

    has: async (runId) =>
      translated(`look for run ${runId}`, folder, async () => {
        return (await fs.stat(runFolderOf(folder, runId)))?.kind === "folder";
      }),

    list: async () => translated("list the runs", folder, async () => (await fs.readFolder(folder)).filter(isRunId)),

    async writeStatus(runId, status) {
      const bytes = Buffer.from(statusText(status));
      const writer = await writers.held(checkRunId(runId), "run");
      if (writer !== undefined) return writer.replace(STATUS, bytes);
      const path = join(runFolderOf(folder, runId), STATUS);
      return translated(`write the status of run ${runId}`, path, async () => {
        if ((await readRecord(runId)) === undefined) throw new NotFoundError(`run ${runId}`, folder);
        await replaceFile(fs, temporary.next(), path, bytes);
      });
    },

    readStatus: async (runId) => {
      const runFolder = runFolderOf(folder, runId);
      return translated(`read the status of run ${runId}`, runFolder, async () => {
        const bytes = await readIfThere(fs, join(runFolder, STATUS));
        if (bytes !== undefined) return parseStatus(Buffer.from(bytes).toString("utf8"), join(runFolder, STATUS));
        if ((await fs.stat(runFolder)) === undefined) throw new NotFoundError(`run ${runId}`, folder);
        return undefined;
      });
    },
  };
}

function statusText(status: Json): string {
  const text: string | undefined = JSON.stringify(status, null, 2);
  if (text === undefined) throw new InvalidInputError("status", "a JSON value", typeof status);
  return `${text}\n`;
}

/** Nothing but what `statusText` writes: a byte that was changed shows, also where JSON does not mind. */
function parseStatus(text: string, where: string): Json {
  const damaged = (expected: string, found: string, cause?: unknown) => {
    const remedy = "remove the file; it is rebuilt from the event log";
    return new CorruptionError("the status", { where, expected, found, remedy }, cause);
  };
  let status: Json;
  try {
    status = JSON.parse(text) as Json;
  } catch (cause) {
    throw damaged("a JSON document", "text that is not JSON", cause);
  }
  if (statusText(status) !== text) throw damaged("a JSON document as this store writes it", "another spelling of it");
  return status;
}

function missingRecord(where: string): CorruptionError {
  const remedy = "restore the file from a copy";
  return new CorruptionError("the run record", { where, expected: RECORD, found: "nothing", remedy });
}
