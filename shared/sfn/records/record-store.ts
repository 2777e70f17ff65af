import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ZodType } from "zod";
import { type Disk, replaceFile } from "./disk.ts";

/** Records of one kind by their ARN: read from memory, written through to the disk. */
export interface RecordStore<T> {
  get(arn: string): T | undefined;
  /** Every record, in order of first put. */
  list(): readonly T[];
  /** Durable when it returns; readers see the record at once. */
  put(record: T): Promise<void>;
  delete(arn: string): Promise<void>;
  /** Resolves when nothing is being written, be it that it failed. */
  settled(): Promise<void>;
}

export function memoryRecordStore<T extends { readonly arn: string }>(): RecordStore<T> {
  const records = new Map<string, T>();
  return {
    get: (arn) => records.get(arn),
    list: () => [...records.values()],
    put: async (record) => void records.set(record.arn, record),
    delete: async (arn) => void records.delete(arn),
    settled: async () => {},
  };
}

/**
 * Opens the records of a folder, making it if need be. Each is a file of its own, replaced whole. Writes of one record
 * go to the disk in order.
 * @throws Error naming the file, if one is no record
 */
export async function openRecordStore<T extends { readonly arn: string }>(
  disk: Disk,
  folder: string,
  schema: ZodType<T>,
): Promise<RecordStore<T>> {
  await makeFolders(disk, folder);
  const memory = memoryRecordStore<T>();
  for (const record of await readRecords(disk, folder, schema)) await memory.put(record);

  const pending = new Map<string, Promise<void>>();
  const inTurn = (arn: string, write: () => Promise<void>): Promise<void> => {
    const turn = (pending.get(arn) ?? Promise.resolve()).catch(() => undefined).then(write);
    pending.set(arn, turn);
    const forget = () => {
      if (pending.get(arn) === turn) pending.delete(arn);
    };
    turn.then(forget, forget);
    return turn;
  };
  return {
    ...memory,
    async put(record) {
      await memory.put(record);
      const path = join(folder, `${fileNameOf(record.arn)}.json`);
      await inTurn(record.arn, async () => {
        await replaceFile(disk, `${path}.new`, path, Buffer.from(JSON.stringify(record)));
        await disk.syncFolder(folder);
      });
    },
    async delete(arn) {
      await memory.delete(arn);
      await inTurn(arn, async () => {
        await disk.remove(join(folder, `${fileNameOf(arn)}.json`));
        await disk.syncFolder(folder);
      });
    },
    async settled() {
      while (pending.size > 0) await Promise.allSettled(pending.values());
    },
  };
}

/** A name, without extension, for the file of an ARN, which may hold any letters and be longer than a file name can. */
export function fileNameOf(arn: string): string {
  return createHash("sha256").update(arn).digest("hex").slice(0, 40);
}

async function makeFolders(disk: Disk, folder: string): Promise<void> {
  if (await disk.isThere(folder)) return;
  const parent = join(folder, "..");
  await makeFolders(disk, parent);
  await disk.makeFolder(folder);
  await disk.syncFolder(parent);
}

async function readRecords<T>(disk: Disk, folder: string, schema: ZodType<T>): Promise<readonly T[]> {
  const records: T[] = [];
  for (const name of await disk.names(folder)) {
    const path = join(folder, name);
    // A write that a crash cut short; the file it was to replace is whole.
    if (name.endsWith(".new")) await disk.remove(path);
    else if (name.endsWith(".json")) records.push(await readRecord(disk, path, schema));
  }
  return records;
}

async function readRecord<T>(disk: Disk, path: string, schema: ZodType<T>): Promise<T> {
  try {
    return schema.parse(JSON.parse(Buffer.from(await disk.read(path)).toString()));
  } catch (cause) {
    throw new Error(
      `${path}: expected a record of the local Step Functions server; move the file away to go on without it`,
      {
        cause,
      },
    );
  }
}
