import { join } from "node:path";
import * as z from "zod";
import { readVouched, vouch } from "../vouched-text.ts";
import { closeQuietly } from "./durable-file.ts";
import type { FileStat, OpenFile } from "./file-system.ts";
import type { HeldFolder } from "./held-folder.ts";
import { readBatches } from "./log-reader.ts";

/** What was noted of a record's file, as that was then. */
const Note = z.strictObject({ name: z.string(), file: z.string(), summary: z.string() });
type Note = z.infer<typeof Note>;

/** Summaries of the records of a kind. None is missed: a record without one is read instead, which is all that may be lost. */
export interface RecordSummaries {
  /** In the order in which they were noted; also those of records that were replaced or removed since. */
  read(isStill: (note: Note) => Promise<boolean>): AsyncIterable<Note>;
  /** Written soon, and not synced. */
  note(note: Note): void;
}

/** Notes of so many, and less than half of them still true, are thrown away. */
const MANY = 1000;

export function recordSummaries({ fs, root, track }: HeldFolder, kind: string): RecordSummaries {
  const seed = `${kind}.index.jsonl`;
  const path = join(root, seed);
  let waiting: string[] = [];

  const write = async () => {
    // Those that come in the same turn go together.
    await Promise.resolve();
    const lines = waiting.join("");
    waiting = [];
    await fs.append(path, Buffer.from(lines)).catch(() => undefined);
  };
  return {
    async *read(isStill) {
      let notes = 0;
      let still = 0;
      for await (const note of notesIn(await fs.open(path, "read").catch(() => undefined), seed)) {
        notes += 1;
        if (note === undefined || !(await isStill(note))) continue;
        still += 1;
        yield note;
      }
      if (notes > MANY && notes > 2 * still) await fs.removeFile(path).catch(() => undefined);
    },
    note(note) {
      waiting.push(`${vouch(seed, JSON.stringify(note)).text}\n`);
      if (waiting.length === 1) void track(write());
    },
  };
}

/** Each line vouches for itself: one that is damaged, or that a killed process did not finish, spoils no other. */
async function* notesIn(file: OpenFile | undefined, seed: string): AsyncGenerator<Note | undefined> {
  if (file === undefined) return;
  try {
    for await (const { lines } of readBatches(file)) {
      for (const line of lines) {
        const text = readVouched(seed, Buffer.from(line))?.text;
        yield text === undefined ? undefined : Note.parse(JSON.parse(text));
      }
    }
  } catch {
    // A disk that does not give the notes may give the records.
  } finally {
    await closeQuietly(file);
  }
}

/** Of a file that is put in place as a whole, never changed: different for each that has stood there. */
export function fingerprintOf({ size, modified, identity }: FileStat): string {
  return `${size} ${modified} ${identity}`;
}
