import { join } from "node:path";
import type { RunId } from "../../contracts/ids.ts";
import { CorruptionError, NotFoundError } from "../errors.ts";
import { RUN_FORMATS, type RunFormats } from "../formats.ts";
import { checkRunId } from "../identifiers.ts";
import { formatsInText } from "../stored-run.ts";
import { readIfThere } from "./artifacts.ts";
import { type FileSystem, isMissing, type OpenFile } from "./file-system.ts";

export const RECORD = "run.json";

/**
 * How the run's files are written, by its record. A record that is damaged says nothing: whoever needs more of it finds that
 * out, and the logs are taken for ones of this version.
 */
export async function formatsOf(fs: FileSystem, runFolder: string): Promise<RunFormats> {
  const bytes = await readIfThere(fs, join(runFolder, RECORD));
  return formatsInText(Buffer.from(bytes ?? []).toString("utf8")) ?? RUN_FORMATS;
}

/** @throws InvalidInputError */
export function runFolderOf(runsFolder: string, runId: RunId): string {
  return join(runsFolder, checkRunId(runId));
}

/** Opens a run's log to read. @throws NotFoundError when there is no such run */
export async function openToRead(fs: FileSystem, runFolder: string, runId: RunId, name: string): Promise<OpenFile> {
  const path = join(runFolder, name);
  try {
    return await fs.open(path, "read");
  } catch (error) {
    if (!isMissing(error)) throw error;
    if ((await fs.stat(runFolder)) === undefined) throw new NotFoundError(`run ${runId}`, runFolder);
    throw missingLog(path);
  }
}

/** Every run has its logs from the start, so one that is not there was removed. */
export function missingLog(path: string): CorruptionError {
  return new CorruptionError("the log", {
    where: path,
    expected: "a file, as the run was created with",
    found: "nothing",
    remedy: "restore the file from a copy",
  });
}
