import { dirname } from "node:path";
import * as z from "zod";
import { canonicalHash, canonicalText } from "../digest.ts";
import { RemovalEntry } from "../retention.ts";
import { readIfThere } from "./artifacts.ts";
import type { FileSystem } from "./file-system.ts";

export interface RemovalRecord {
  add(entries: readonly RemovalEntry[]): Promise<void>;
  read(): AsyncIterable<RemovalEntry>;
}

/** Hash of the rest: an entry that was damaged explains nothing. */
const StoredEntry = RemovalEntry.extend({ entry_sha256: z.string() });

/**
 * An append-only file, one JSON line an entry, which any number of processes add to. Lines begin with a newline of their own,
 * so that one a crash tore spoils no other.
 */
export function removalRecord(fs: FileSystem, path: string): RemovalRecord {
  return {
    async add(entries) {
      if (entries.length === 0) return;
      await fs.append(path, Buffer.from(entries.map((entry) => `\n${entryText(entry)}\n`).join("")));
      const file = await fs.open(path, "write");
      try {
        await file.sync();
      } finally {
        await file.close();
      }
      await fs.syncFolder(dirname(path));
    },
    async *read() {
      const bytes = await readIfThere(fs, path);
      for (const line of Buffer.from(bytes ?? [])
        .toString("utf8")
        .split("\n")) {
        const entry = parseEntry(line);
        if (entry !== undefined) yield entry;
      }
    },
  };
}

function entryText(entry: RemovalEntry): string {
  return canonicalText({ ...entry, entry_sha256: canonicalHash(entry) });
}

/** Undefined unless the line is, byte for byte, what `entryText` writes. */
function parseEntry(line: string): RemovalEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = StoredEntry.safeParse(value);
  if (!parsed.success) return undefined;
  const { entry_sha256: _, ...entry } = parsed.data;
  return entryText(entry) === line ? entry : undefined;
}
