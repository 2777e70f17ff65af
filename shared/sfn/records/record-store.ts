import type { ZodType } from "zod";
import { type RestingPlace, RestingRows } from "./resting-rows.ts";
import type { StoredRecords } from "./storage.ts";
import { arnIn, fileNameOf, missing, parsed } from "./stored-text.ts";

/** Records of one kind by their ARN: read from memory, written through to where they are stored. */
export interface RecordStore<T> {
  /** A record that is in memory. */
  get(arn: string): T | undefined;
  /** A record, wherever it is. */
  read(arn: string): Promise<T | undefined>;
  /** Those in memory, in order of first put. */
  list(): readonly T[];
  /** Durable when it returns; readers see the record at once, and as it was before when it could not be written. */
  put(record: T): Promise<void>;
  /**
   * Puts what follows from a record, unless that is undefined. Nothing comes between the two.
   * @returns the record as it was
   */
  update(arn: string, next: (record: T | undefined) => T | undefined): Promise<T | undefined>;
  delete(arn: string): Promise<void>;
  /** Shows readers a record that is not stored. */
  show(record: T): void;
  /** What is wrong with the stored record of an ARN. */
  damageOf(arn: string): Error | undefined;
  /** Resolves when nothing is being written, be it that it failed. */
  settled(): Promise<void>;
}

/** Records of which some rest: nothing comes of them until somebody asks for them, and they are only where they are stored. */
export interface RestingStore<T, Group> extends RecordStore<T> {
  /** Lets a record rest that may by now: what that depends on is not the record's alone. */
  rest(arn: string): Promise<void>;
  /**
   * Those at rest, in their order. One that is found to be damaged, or cannot be read, is left out; one that is put meanwhile is
   * shown as it then is, and is in memory too.
   * @param show what of each is kept: records may be large
   * @param after only those that come after this place
   * @returns fewer than `most` only if there are no more
   */
  atRest<Shown>(
    most: number,
    accepts: (group: Group) => boolean,
    show: (record: T) => Shown,
    after?: RestingPlace,
  ): Promise<readonly Shown[]>;
}

/** When a record rests: since when, in milliseconds since 1970, and what lists filter by, as JSON that many have in common. */
export interface Rest<Group> {
  readonly time: number;
  readonly group: Group;
}

export function memoryRecordStore<T extends { readonly arn: string }>(): RestingStore<T, never> {
  const records = new Map<string, T>();
  return {
    get: (arn) => records.get(arn),
    read: async (arn) => records.get(arn),
    list: () => [...records.values()],
    put: async (record) => void records.set(record.arn, record),
    async update(arn, next) {
      const record = records.get(arn);
      const following = next(record);
      if (following !== undefined) records.set(arn, following);
      return record;
    },
    delete: async (arn) => void records.delete(arn),
    show: (record) => void records.set(record.arn, record),
    damageOf: () => undefined,
    settled: async () => {},
    rest: async () => {},
    atRest: async () => [],
  };
}

export interface RecordStoreOptions<T, Group> {
  /** Undefined of a record that does not rest. */
  readonly restOf?: (record: T) => Rest<Group> | undefined;
  /** Names of records that must be there, and what else would tell of them. */
  readonly expected?: readonly { readonly name: string; readonly because: string }[];
  /** What readers see of a record that is damaged, if anything. @param text as it stands, damaged; empty if it is gone */
  readonly standIn?: (arn: string, damage: Error, text: string) => T;
  /** Told of each record that is damaged, and of one that a list does without. */
  readonly onDamage: (damage: Error) => void;
}

interface Damaged {
  readonly damage: Error;
  readonly text: string;
}

interface Pending<T> {
  turn: Promise<void>;
  /** The record as it is stored; undefined if there is none, or one that rests. */
  stored: T | undefined;
}

/** A reading under way. */
interface Look {
  readonly arn: string;
  /** Whether the record was written or removed meanwhile. */
  isOver: boolean;
}

/** Records that are read before others have their turn. */
const readAtOnce = 10;
const summedUpAtOnce = 1000;

const othersHadTheirTurn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * Opens stored records. Writes of one record go to the disk in order. A record that is damaged keeps its place: nobody else's
 * is put there, and the others are as they were.
 */
export async function openRecordStore<T extends { readonly arn: string }, Group = never>(
  files: StoredRecords,
  schema: ZodType<T>,
  { restOf, expected = [], standIn, onDamage }: RecordStoreOptions<T, Group>,
): Promise<RestingStore<T, Group>> {
  const memory = new Map<string, T>();
  const rows = new RestingRows<Group>((text) => JSON.parse(text) as Group);
  const damaged = new Map<string, Damaged>();
  const show = (record: T) => void memory.set(record.arn, record);
  const damagedNow = (name: string, damage: Error, text: string) => {
    rows.remove(name);
    damaged.set(name, { damage, text });
    onDamage(damage);
    const arn = arnIn(text, name);
    if (arn !== undefined && standIn !== undefined) show(standIn(arn, damage, text));
  };
  const summaryOf = ({ time, group }: Rest<Group>) => JSON.stringify({ time, group: JSON.stringify(group) });
  /** @returns whether the summary is one that this version makes */
  const appendRow = (name: string, summary: string): boolean => {
    try {
      const { time, group } = JSON.parse(summary) as Rest<string>;
      if (Number.isFinite(time)) rows.append({ time, name }, group);
      return Number.isFinite(time);
    } catch {
      return false;
    }
  };

  const found = new Set<string>();
  const spoiled: (Damaged & { readonly name: string })[] = [];
  const unsummed: { readonly name: string; readonly time: number; readonly summary: string }[] = [];
  for await (const each of files.read()) {
    const { name } = each;
    found.add(name);
    if ("summary" in each && appendRow(name, each.summary)) continue;
    const { text, damage } = ("summary" in each ? await files.find(name) : each) ?? { text: "", damage: undefined };
    const record = damage ?? parsed(schema, name, text);
    const rest = record instanceof Error ? undefined : restOf?.(record);
    if (record instanceof Error) spoiled.push({ name, damage: record, text });
    else if (rest === undefined) show(record);
    else unsummed.push({ name, time: rest.time, summary: summaryOf(rest) });
  }
  // In the order in which they would have been summed up.
  unsummed.sort((one, other) => one.time - other.time);
  for (const { name, summary } of unsummed) appendRow(name, summary);
  rows.sort();
  while (unsummed.length > 0) {
    await Promise.all(unsummed.splice(0, summedUpAtOnce).map(({ name, summary }) => files.sumUp(name, summary)));
  }
  for (const { name, because } of expected) {
    if (!found.has(name)) spoiled.push({ name, damage: missing(name, because), text: "" });
  }
  for (const { name, damage, text } of spoiled) damagedNow(name, damage, text);

  const pending = new Map<string, Pending<T>>();
  const looks = new Set<Look>();
  const inTurn = (arn: string, write: (before: Pending<T>) => Promise<void>): Promise<void> => {
    const current = pending.get(arn) ?? { turn: Promise.resolve(), stored: memory.get(arn) };
    pending.set(arn, current);
    for (const look of looks) if (look.arn === arn) look.isOver = true;
    const turn = current.turn.catch(() => undefined).then(() => write(current));
    current.turn = turn;
    const forget = () => {
      if (current.turn === turn) pending.delete(arn);
    };
    turn.then(forget, forget);
    return turn;
  };
  const restore = (arn: string, { stored }: Pending<T>) => {
    if (stored === undefined) memory.delete(arn);
    else memory.set(arn, stored);
  };
  /** Of one that is damaged what stands in for it. */
  const get = (arn: string): T | undefined => {
    const record = memory.get(arn);
    if (record !== undefined || standIn === undefined || damaged.size === 0) return record;
    const broken = damaged.get(fileNameOf(arn));
    if (broken !== undefined) show(standIn(arn, broken.damage, broken.text));
    return memory.get(arn);
  };
  /** One that rests; what a write left that failed does not, and is no record. */
  const readNamed = async (name: string): Promise<T | undefined> => {
    if (!rows.has(name)) return undefined;
    const stored = await files.find(name);
    const read =
      stored === undefined ? missing(name, "one was there") : (stored.damage ?? parsed(schema, name, stored.text));
    if (!(read instanceof Error)) return read;
    damagedNow(name, read, stored?.text ?? "");
    return undefined;
  };
  /** Uses a record as it is, at once: nothing comes between. */
  const using = async <Used>(arn: string, use: (record: T | undefined) => Used): Promise<Used> => {
    for (;;) {
      const record = get(arn);
      if (record !== undefined || restOf === undefined) return use(record);
      const writing = pending.get(arn)?.turn;
      if (writing !== undefined) {
        await writing.catch(() => undefined);
        continue;
      }
      const look: Look = { arn, isOver: false };
      looks.add(look);
      try {
        const stored = await readNamed(fileNameOf(arn));
        if (!look.isOver) return use(stored ?? get(arn));
      } finally {
        looks.delete(look);
      }
    }
  };
  const layToRest = async (arn: string, rest: Rest<Group>): Promise<void> => {
    const name = fileNameOf(arn);
    memory.delete(arn);
    if (!rows.has(name)) rows.add({ time: rest.time, name }, JSON.stringify(rest.group));
    await files.sumUp(name, summaryOf(rest));
  };
  const put = async (record: T): Promise<void> => {
    const { arn } = record;
    const name = fileNameOf(arn);
    const turn = inTurn(arn, async (current) => {
      try {
        await files.put(name, JSON.stringify(record));
      } catch (error) {
        // Of a record that was new nothing stays, if that can be had.
        if (current.stored === undefined && !rows.has(name)) await files.remove(name).catch(() => undefined);
        if (memory.get(arn) === record) restore(arn, current);
        throw error;
      }
      damaged.delete(name);
      if (current.stored === undefined) rows.remove(name);
      current.stored = record;
      const rest = restOf?.(record);
      if (rest === undefined || memory.get(arn) !== record) return;
      current.stored = undefined;
      await layToRest(arn, rest);
    });
    show(record);
    await turn;
  };

  return {
    get,
    read: (arn) => using(arn, (record) => record),
    list: () => [...memory.values()],
    show,
    damageOf: (arn) => damaged.get(fileNameOf(arn))?.damage,
    put,
    async update(arn, next) {
      const { record, written } = await using(arn, (record) => {
        const following = next(record);
        return { record, written: following === undefined ? pending.get(arn)?.turn : put(following) };
      });
      await written;
      return record;
    },
    async delete(arn) {
      const name = fileNameOf(arn);
      const turn = inTurn(arn, async (current) => {
        await files.remove(name);
        current.stored = undefined;
        rows.remove(name);
        damaged.delete(name);
      });
      memory.delete(arn);
      await turn;
    },
    async rest(arn) {
      const record = memory.get(arn);
      // One that is being written rests when it is.
      const rest = record === undefined || pending.has(arn) ? undefined : restOf?.(record);
      if (rest !== undefined) await inTurn(arn, () => layToRest(arn, rest));
    },
    async settled() {
      while (pending.size > 0) await Promise.allSettled([...pending.values()].map(({ turn }) => turn));
    },
    async atRest(most, accepts, show, after) {
      const shown: ReturnType<typeof show>[] = [];
      for (let behind = after; shown.length < most; ) {
        const places = rows.first(Math.min(most - shown.length, readAtOnce), accepts, behind);
        if (places.length === 0) break;
        for (const { name } of places) {
          const record = await readNamed(name).catch(onDamage);
          if (record !== undefined) shown.push(show(memory.get(record.arn) ?? record));
        }
        behind = places.at(-1);
        await othersHadTheirTurn();
      }
      return shown;
    },
  };
}
