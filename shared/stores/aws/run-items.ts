import { GetCommand } from "@aws-sdk/lib-dynamodb";
import type { RunId } from "../../contracts/ids.ts";
import { CorruptionError, NotFoundError } from "../errors.ts";
import { checkReadable, checkWritable, type RunFormats } from "../formats.ts";
import { checkRunId } from "../identifiers.ts";
import type { Head, StoredRun } from "../ports.ts";
import { parseRecord } from "../stored-run.ts";
import type { AwsAccess } from "./access.ts";
import type { LogName } from "./layout.ts";

export type RunPart = "record" | "lease" | "cancellation" | LogName;
export type Item = Readonly<Record<string, unknown>>;

/** What the `runs` table has of a run: its record, and beside it what changes. */
export interface RunItems {
  /** @throws InvalidInputError */
  keyOf(runId: RunId, part: RunPart): { readonly subject: string; readonly part: RunPart };
  find(runId: RunId, part: RunPart): Promise<Item | undefined>;
  /** @throws NotFoundError */
  get(runId: RunId, part: RunPart): Promise<Item>;
  /** @throws NotFoundError, CorruptionError, UnsupportedFormatError */
  record(runId: RunId): Promise<StoredRun>;
  /** @throws NotFoundError, UnsupportedFormatError */
  checkReadable(runId: RunId, ...parts: readonly (keyof RunFormats)[]): Promise<void>;
  /** @throws NotFoundError, UnsupportedFormatError */
  checkWritable(runId: RunId): Promise<void>;
  /** Where a log ends, and whose it is. Of a history no line names the one before. @throws NotFoundError */
  logEnd(runId: RunId, log: LogName): Promise<LogEnd>;
  notFound(runId: RunId): NotFoundError;
}

export interface LogEnd extends Head {
  /** Of the last lease. */
  readonly epoch: number;
  readonly isHeld: boolean;
}

export function runItems(access: AwsAccess): RunItems {
  const TableName = access.table("runs");
  /** A run's record never changes. */
  const records = new Map<RunId, StoredRun>();

  const keyOf: RunItems["keyOf"] = (runId, part) => ({ subject: `run#${checkRunId(runId)}`, part });
  const notFound = (runId: RunId) => new NotFoundError(`run ${runId}`, access.where);

  const find: RunItems["find"] = async (runId, part) => {
    const { Item } = await access.db(new GetCommand({ TableName, Key: keyOf(runId, part), ConsistentRead: true }));
    return Item;
  };

  const get: RunItems["get"] = async (runId, part) => {
    const item = await find(runId, part);
    if (item === undefined) throw notFound(runId);
    return item;
  };

  const record: RunItems["record"] = async (runId) => {
    const known = records.get(runId);
    if (known !== undefined) return known;
    const text = String((await get(runId, "record")).text);
    const parsed = parseRecord(runId, text);
    if (parsed === undefined) throw damagedRecord(runId, access.where);
    records.set(runId, parsed);
    return parsed;
  };

  return {
    keyOf,
    find,
    get,
    record,
    notFound,
    async logEnd(runId, log) {
      const { seq, prev, epoch, is_held } = await get(runId, log);
      return { seq: Number(seq), prev: String(prev), epoch: Number(epoch), isHeld: is_held === true };
    },
    async checkReadable(runId, ...parts) {
      checkReadable(runId, (await record(runId)).formats, ...parts);
    },
    async checkWritable(runId) {
      checkWritable(runId, (await record(runId)).formats);
    },
  };
}

function damagedRecord(runId: RunId, where: string): CorruptionError {
  const expected = "the record as it was written";
  const remedy = "restore the item from a backup of the table";
  return new CorruptionError(`the record of run ${runId}`, { where, expected, found: "another text", remedy });
}
