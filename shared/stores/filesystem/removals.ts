import { basename, join } from "node:path";
import { IoError } from "../errors.ts";
import { ensureFolder, namesIn } from "./artifact-files.ts";
import { discard } from "./durable-file.ts";
import { isMissing } from "./file-system.ts";
import { isAbandoned, type Owners, ownerOf, type TemporaryFiles } from "./temporary-files.ts";

/**
 * Keeps a removal and a put of the same bytes from undoing each other, over all processes:
 *
 * 1. A removal announces itself by a file of its own name, looks at the artifact's time, removes it if nobody put it since,
 *    and then takes the announcement back.
 * 2. A put makes sure that the bytes are there, sets their time, waits until no removal of them is announced, and looks once
 *    more if they are there. If not, it begins again.
 *
 * A removal that was announced before the put looked is over when the put looks at the bytes. One that was announced later
 * sees the time which the put had set.
 */
export interface Removals {
  announce(digits: string): Promise<Announcement>;
  /** Waits until no removal of these bytes is under way. @throws IoError when one does not end */
  over(digits: string): Promise<void>;
}

export interface Announcement {
  takeBack(): Promise<void>;
}

/** A removal takes far less than a millisecond; one that takes this long stands still. Milliseconds. */
const PATIENCE = 30_000;
const LONGEST_PAUSE = 16;

export function removals(owners: Owners, folder: string, temporary: TemporaryFiles): Removals {
  const { fs, clock } = owners;

  /** Those under way; what a dead process announced is cleared away. */
  const announced = async (digits: string): Promise<string[]> => {
    const standing: string[] = [];
    for (const name of await namesIn(fs, folder)) {
      if (!name.startsWith(digits)) continue;
      const path = join(folder, name);
      if (await isAbandoned(owners, path)) await discard(fs, path);
      else standing.push(name);
    }
    return standing;
  };

  return {
    async announce(digits) {
      const path = join(folder, `${digits}.${basename(temporary.next())}`);
      await ensureFolder(fs, folder);
      try {
        await fs.append(path, new Uint8Array());
      } catch (error) {
        await discard(fs, path);
        throw error;
      }
      return {
        async takeBack() {
          // Tried twice, for as long as it stands and this process lives, a put of these bytes waits.
          await removeIfThere(path).catch(() => removeIfThere(path));
        },
      };
    },

    async over(digits) {
      const started = clock.now();
      for (let pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
        const [standing] = await announced(digits);
        if (standing === undefined) return;
        if (clock.now() - started > PATIENCE) {
          const pid = ownerOf(standing)?.pid;
          throw new IoError(
            "store an artifact",
            join(folder, standing),
            `process ${pid} has been about to remove the same bytes for ${PATIENCE} ms (if it is gone, remove this file)`,
            undefined,
          );
        }
        await clock.delay(pause);
      }
    },
  };

  async function removeIfThere(path: string): Promise<void> {
    try {
      await fs.removeFile(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}
