import { createHash } from "node:crypto";
import type { ZodType } from "zod";
import type { StoredRecords } from "./storage.ts";

/**
 * Records of one kind by their ARN: read from memory, written through to where they are stored. Of one that rests there is no
 * more in memory than lists show.
 */
export interface RecordStore<T extends Listed, Listed = T> {
  /** A record that is in memory as a whole. */
  get(arn: string): T | undefined;
  /** What lists show of it. */
  listed(arn: string): Listed | undefined;
  /** The whole record, wherever it is. */
  read(arn: string): Promise<T | undefined>;
  /** Every record, in order of first put. */
  list(): readonly Listed[];
  /** Durable when it returns; readers see the record at once, and as it was before when it could not be written. */
  put(record: T): Promise<void>;
  delete(arn: string): Promise<void>;
  /** Shows readers a record that is not stored. */
  show(record: T): void;
  /** What is wrong with the stored record of an ARN. */
  damageOf(arn: string): Error | undefined;
  /** Resolves when nothing is being written, be it that it failed. */
  settled(): Promise<void>;
}

export function memoryRecordStore<T extends Listed & { readonly arn: string }, Listed = T>(): RecordStore<T, Listed> {
  const records = new Map<string, T>();
  return {
    get: (arn) => records.get(arn),
    listed: (arn) => records.get(arn),
    read: async (arn) => records.get(arn),
    list: () => [...records.values()],
    put: async (record) => void records.set(record.arn, record),
    delete: async (arn) => void records.delete(arn),
    show: (record) => void records.set(record.arn, record),
    damageOf: () => undefined,
    settled: async () => {},
  };
}

export interface RecordStoreOptions<T extends Listed, Listed = T> {
  /** What lists show of a record that rests: nothing comes of it until somebody asks for it. Undefined of another. */
  readonly resting?: (record: T) => Listed | undefined;
  /** Names of records that must be there, and what else would tell of them. */
  readonly expected?: readonly { readonly name: string; readonly because: string }[];
  /** What readers see of a record that is damaged, if anything. @param text as it stands, damaged; empty if it is gone */
  readonly standIn?: (arn: string, damage: Error, text: string) => T;
  /** Told of each record that is damaged. */
  readonly onDamage: (damage: Error) => void;
}

interface Damaged {
  readonly damage: Error;
  readonly text: string;
}

/** In the place of a record that is in memory in part. */
class Resting<Listed> {
  readonly listed: Listed;

  constructor(listed: Listed) {
    this.listed = listed;
  }
}

interface Pending<Kept> {
  turn: Promise<void>;
  /** The record as it is stored. */
  stored: Kept | undefined;
}

/**
 * Opens stored records. Writes of one record go to the disk in order. A record that is damaged keeps its place: nobody else's
 * is put there, and the others are as they were.
 */
export async function openRecordStore<T extends Listed & { readonly arn: string }, Listed = T>(
  files: StoredRecords,
  schema: ZodType<T>,
  { expected = [], resting, standIn, onDamage }: RecordStoreOptions<T, Listed>,
): Promise<RecordStore<T, Listed>> {
  const memory = new Map<string, T | Resting<Listed>>();
  const damaged = new Map<string, Damaged>();
  const show = (record: T) => void memory.set(record.arn, record);
  const rest = (record: T) => {
    const listed = resting?.(record);
    if (listed !== undefined) memory.set(record.arn, new Resting(listed));
  };
  const found = new Set<string>();
  for await (const { name, text, damage: known } of files.read()) {
    found.add(name);
    const read = known ?? parsed(schema, name, text);
    if (read instanceof Error) damaged.set(name, { damage: read, text });
    else {
      show(read);
      rest(read);
    }
  }
  for (const { name, because } of expected) {
    if (!found.has(name)) damaged.set(name, { damage: missing(name, because), text: "" });
  }
  for (const [name, { damage, text }] of damaged) {
    onDamage(damage);
    const arn = arnIn(text, name);
    if (arn !== undefined && standIn !== undefined) show(standIn(arn, damage, text));
  }

  const pending = new Map<string, Pending<T | Resting<Listed>>>();
  const inTurn = (arn: string, write: (before: Pending<T | Resting<Listed>>) => Promise<void>): Promise<void> => {
    const current = pending.get(arn) ?? { turn: Promise.resolve(), stored: memory.get(arn) };
    pending.set(arn, current);
    const turn = current.turn.catch(() => undefined).then(() => write(current));
    current.turn = turn;
    const forget = () => {
      if (current.turn === turn) pending.delete(arn);
    };
    turn.then(forget, forget);
    return turn;
  };
  const restore = (arn: string, { stored }: Pending<T | Resting<Listed>>) => {
    if (stored === undefined) memory.delete(arn);
    else memory.set(arn, stored);
  };

  /** What is kept of it; of one that is damaged what stands in for it. */
  const keptOf = (arn: string): T | Resting<Listed> | undefined => {
    const kept = memory.get(arn);
    if (kept !== undefined || standIn === undefined) return kept;
    const broken = damaged.get(fileNameOf(arn));
    if (broken !== undefined) show(standIn(arn, broken.damage, broken.text));
    return memory.get(arn);
  };

  const read = async (arn: string): Promise<T | undefined> => {
    const kept = keptOf(arn);
    if (!(kept instanceof Resting)) return kept;
    const name = fileNameOf(arn);
    const stored = await files.find(name);
    // It was written or removed meanwhile.
    if (memory.get(arn) !== kept) return await read(arn);
    const whole =
      stored === undefined ? missing(name, "one was there") : (stored.damage ?? parsed(schema, name, stored.text));
    if (!(whole instanceof Error)) return whole;
    const text = stored?.text ?? "";
    damaged.set(name, { damage: whole, text });
    onDamage(whole);
    if (standIn === undefined) memory.delete(arn);
    else show(standIn(arn, whole, text));
    return await read(arn);
  };

  return {
    get(arn) {
      const kept = keptOf(arn);
      return kept instanceof Resting ? undefined : kept;
    },
    listed(arn) {
      const kept = keptOf(arn);
      return kept instanceof Resting ? kept.listed : kept;
    },
    read,
    list: () => [...memory.values()].map((kept) => (kept instanceof Resting ? kept.listed : kept)),
    show,
    damageOf: (arn) => damaged.get(fileNameOf(arn))?.damage,
    async put(record) {
      const { arn } = record;
      const turn = inTurn(arn, async (current) => {
        try {
          await files.put(fileNameOf(arn), JSON.stringify(record));
          const isLatest = memory.get(arn) === record;
          if (isLatest) rest(record);
          current.stored = isLatest ? memory.get(arn) : record;
          damaged.delete(fileNameOf(arn));
        } catch (error) {
          // Of a record that was new nothing stays, if that can be had.
          if (current.stored === undefined) await files.remove(fileNameOf(arn)).catch(() => undefined);
          if (memory.get(arn) === record) restore(arn, current);
          throw error;
        }
      });
      show(record);
      await turn;
    },
    async delete(arn) {
      const turn = inTurn(arn, async (current) => {
        await files.remove(fileNameOf(arn));
        current.stored = undefined;
        damaged.delete(fileNameOf(arn));
      });
      memory.delete(arn);
      await turn;
    },
    async settled() {
      while (pending.size > 0) await Promise.allSettled([...pending.values()].map(({ turn }) => turn));
    },
  };
}

/** A name, without extension, for the file of an ARN, which may hold any letters and be longer than a file name can. */
export function fileNameOf(arn: string): string {
  return createHash("sha256").update(arn).digest("hex").slice(0, 40);
}

function parsed<T extends { readonly arn: string }>(schema: ZodType<T>, name: string, text: string): T | Error {
  try {
    const record = schema.parse(JSON.parse(text));
    return fileNameOf(record.arn) === name ? record : corruption(name, "the record of that name", "another's");
  } catch (cause) {
    return corruption(name, "a record of the local Step Functions server", "something else", cause);
  }
}

function missing(name: string, because: string): Error {
  return corruption(name, `a record, for there is ${because}`, "none");
}

function corruption(name: string, expected: string, found: string, cause?: unknown): Error {
  const message = `the record ${name} is damaged: expected ${expected}, found ${found}; restore the file from a copy`;
  return Object.assign(new Error(message, { cause }), { name: "CorruptionError" });
}

/** The ARN that a record of that name is of, read from what may be left of it. */
function arnIn(text: string, name: string): string | undefined {
  for (const [, escaped] of text.matchAll(/"arn":("(?:[^"\\]|\\.)*")/g)) {
    const arn = stringIn(escaped!);
    if (arn !== undefined && fileNameOf(arn) === name) return arn;
  }
  return undefined;
}

function stringIn(json: string): string | undefined {
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}
