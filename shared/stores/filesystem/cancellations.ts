import { join } from "node:path";
import { Cancellation } from "../../contracts/cancellation.ts";
import type { RunId } from "../../contracts/ids.ts";
import { firstFound, lookout } from "../changes.ts";
import type { Clock } from "../clock.ts";
import { canonicalText } from "../digest.ts";
import { CorruptionError, NotFoundError } from "../errors.ts";
import { checkWritable } from "../formats.ts";
import type { CancellationStore } from "../ports.ts";
import { readIfThere } from "./artifacts.ts";
import { writeNewFile } from "./durable-file.ts";
import { errnoOf, type FileSystem } from "./file-system.ts";
import { translated } from "./os-errors.ts";
import { formatsOf, runFolderOf } from "./run-folder.ts";
import { removeTree, type TemporaryFiles } from "./temporary-files.ts";

const FOLDER = "cancel";
const REQUEST = "request.json";

/**
 * A file in a folder of its own in the run's folder, beside what the run's holder writes. The folder is prepared aside and
 * appears with one rename, which fails where another was first.
 */
export function fileCancellations({
  fs,
  clock,
  folder,
  temporary,
}: {
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** The `runs` folder. */
  readonly folder: string;
  readonly temporary: TemporaryFiles;
}): CancellationStore {
  const read = async (runId: RunId): Promise<Cancellation | undefined> => {
    const runFolder = runFolderOf(folder, runId);
    const path = join(runFolder, FOLDER, REQUEST);
    const bytes = await readIfThere(fs, path);
    if (bytes !== undefined) return parse(Buffer.from(bytes).toString("utf8"), path);
    if ((await fs.stat(runFolder)) === undefined) throw new NotFoundError(`run ${runId}`, folder);
    return undefined;
  };

  /** @returns whether it stands: false where another does */
  const appear = async (runFolder: string, bytes: Uint8Array): Promise<boolean> => {
    const staged = temporary.next();
    await fs.makeFolder(staged);
    try {
      await writeNewFile(fs, join(staged, REQUEST), bytes);
      await fs.syncFolder(staged);
      await fs.rename(staged, join(runFolder, FOLDER));
    } catch (error) {
      await removeTree(fs, staged).catch(() => false);
      if (errnoOf(error) === "ENOTEMPTY" || errnoOf(error) === "EEXIST") return false;
      throw error;
    }
    return true;
  };

  return {
    request: async (runId, cancellation) => {
      const runFolder = runFolderOf(folder, runId);
      return translated(`ask for run ${runId} to be cancelled`, runFolder, async () => {
        const asked = Cancellation.parse(cancellation);
        const bytes = Buffer.from(textOf(asked));
        let standing = await read(runId);
        // A run of another version is left as it is.
        if (standing === undefined) checkWritable(runId, await formatsOf(fs, runFolder));
        while (standing === undefined) standing = (await appear(runFolder, bytes)) ? asked : await read(runId);
        // Also when it was there: whoever asked first may not have come to sync it yet.
        await fs.syncFolder(runFolder);
        return standing;
      });
    },
    find: async (runId) => translated(`read the cancellation of run ${runId}`, folder, () => read(runId)),
    async wait(runId, signal) {
      const runFolder = runFolderOf(folder, runId);
      const changed = lookout(clock, signal, (heard) => fs.watch(runFolder, heard));
      const find = () => translated(`read the cancellation of run ${runId}`, folder, () => read(runId));
      return firstFound(find, signal, changed);
    },
  };
}

function textOf(cancellation: Cancellation): string {
  return `${canonicalText(cancellation)}\n`;
}

/** Nothing but what `textOf` writes. */
function parse(text: string, where: string): Cancellation {
  try {
    const parsed = Cancellation.safeParse(JSON.parse(text));
    if (parsed.success && textOf(parsed.data) === text) return parsed.data;
  } catch {
    // Not JSON.
  }
  throw new CorruptionError("the request to cancel", {
    where,
    expected: "who wants it and why, as this store writes it",
    found: "something else",
    remedy: "remove the file; cancel the run again if it should be",
  });
}
