import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { isArtifactKind } from "../identifiers.ts";
import type { ArtifactKind } from "../ports.ts";
import { closeQuietly, syncFile } from "./durable-file.ts";
import { type FileSystem, isMissing } from "./file-system.ts";

export interface KindIndex {
  /** Records that an artifact serves as this kind. */
  note(digits: string, kind: ArtifactKind): Promise<void>;
  /** Kinds recorded so far, by any process, sorted. */
  kindsOf(digits: string): Promise<readonly ArtifactKind[]>;
}

/**
 * An append-only text file, `<sha256> <kind> <crc32>` a line. It is written before the artifact is, and durable as that is:
 * an entry without its artifact is harmless, and an artifact without its entry is of unknown kind. Entries outlive the artifacts that
 * retention removes, so that no process needs to be told to write one anew. Each entry begins with a newline of its
 * own, so that one a crash tore spoils no other.
 */
export function kindIndex(fs: FileSystem, path: string): KindIndex {
  const kinds = new Map<string, Set<ArtifactKind>>();
  /** Entries that this process knows to be durable: another may be about to sync one that can be read. */
  const durable = new Set<string>();
  let isNameDurable = false;
  let consumed = 0;

  const remember = (digits: string, kind: ArtifactKind) => {
    const known = kinds.get(digits);
    if (known === undefined) kinds.set(digits, new Set([kind]));
    else known.add(kind);
  };

  /** Takes in the whole lines that were added since the last time. */
  const refresh = async () => {
    const added = await readFrom(fs, path, consumed);
    const end = added.lastIndexOf(0x0a) + 1;
    for (const line of added.subarray(0, end).toString("latin1").split("\n")) {
      const entry = parseKindEntry(line);
      if (entry !== undefined) remember(entry.digits, entry.kind);
    }
    consumed += end;
  };

  const sync = async () => {
    await syncFile(fs, path);
    if (!isNameDurable) await fs.syncFolder(dirname(path));
    isNameDurable = true;
  };

  return {
    async note(digits, kind) {
      const entry = kindEntry(digits, kind);
      if (durable.has(entry)) return;
      if (kinds.get(digits)?.has(kind) !== true) await fs.append(path, Buffer.from(`\n${entry}\n`, "latin1"));
      try {
        await sync();
      } catch (error) {
        // A sync that failed once proves nothing when repeated: the next one writes it again.
        kinds.get(digits)?.delete(kind);
        throw error;
      }
      remember(digits, kind);
      durable.add(entry);
    },
    async kindsOf(digits) {
      await refresh();
      return [...(kinds.get(digits) ?? [])].sort();
    },
  };
}

/** A CRC tells of every single byte that is changed. */
function kindEntry(digits: string, kind: ArtifactKind): string {
  const entry = `${digits} ${kind}`;
  return `${entry} ${crc32(entry).toString(16).padStart(8, "0")}`;
}

/** Undefined for a line that is no entry, whole as it was written. */
export function parseKindEntry(line: string): { readonly digits: string; readonly kind: ArtifactKind } | undefined {
  const [digits = "", kind] = line.split(" ");
  if (!/^[0-9a-f]{64}$/.test(digits) || !isArtifactKind(kind)) return undefined;
  return line === kindEntry(digits, kind) ? { digits, kind } : undefined;
}

async function readFrom(fs: FileSystem, path: string, offset: number): Promise<Buffer> {
  try {
    const file = await fs.open(path, "read");
    try {
      const { size } = await file.stat();
      return Buffer.from(await file.read(offset, Math.max(0, size - offset)));
    } finally {
      await closeQuietly(file);
    }
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  }
}
