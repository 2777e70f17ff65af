import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import type { RunId } from "../../contracts/ids.ts";
import { CorruptionError } from "../errors.ts";
import type { Head } from "../ports.ts";
import type { AwsAccess } from "./access.ts";
import { cancellationReasons } from "./aws-errors.ts";
import type { LogName } from "./layout.ts";
import type { AwsLeases } from "./leases.ts";
import type { LogItems } from "./log-items.ts";
import type { RunItems } from "./run-items.ts";

/** What a kind of log makes of an append. */
export interface Encoding<Request, Result> {
  readonly log: LogName;
  /** @throws ConcurrencyError, InvalidInputError: nothing of the request is written then */
  encode(
    runId: RunId,
    end: Head,
    request: Request,
  ): { readonly lines: readonly string[]; readonly end: Head; readonly result: Result };
}

export interface LogWriter<Request, Result> {
  append(runId: RunId, request: Request): Promise<Result>;
  /** Where the log ends once all appends under way have. @throws NotFoundError */
  end(runId: RunId): Promise<Head>;
  /** Resolves when no append is under way. */
  settled(runId: RunId): Promise<void>;
}

export interface LogAccess {
  readonly access: AwsAccess;
  readonly items: RunItems;
  readonly leases: AwsLeases;
  readonly lines: LogItems;
}

interface Waiting<Request, Result> {
  readonly request: Request;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

interface Encoded<Request, Result> {
  readonly waiting: Waiting<Request, Result>;
  readonly result: Result;
}

/** Appends that wait are written together, up to so many bytes or so: DynamoDB takes no larger transactions at a time. */
const TOGETHER = 250_000;

/**
 * Appends to a run's log: its end moves and the item with the lines appears in one transaction, on the condition that the log
 * ends where the writer thinks, and that the run is the writer's, or nobody's. Appends that come while one is under way are
 * written together, in their order.
 */
export function logWriter<Request, Result>(
  { access, items, leases, lines }: LogAccess,
  { log, encode }: Encoding<Request, Result>,
): LogWriter<Request, Result> {
  const queues = new Map<RunId, Waiting<Request, Result>[]>();
  const working = new Map<RunId, Promise<void>>();
  /** Under a lease nobody else moves the end. */
  const known = new Map<RunId, Head & { readonly epoch: number }>();

  const transact = async (runId: RunId, from: Head, to: Head, text: readonly string[], epoch: number | undefined) => {
    const Item = await lines.attributes(runId, from.seq + 1, text);
    const mine = epoch === undefined ? "is_held = :free" : "epoch = :epoch";
    const Update = {
      TableName: access.table("runs"),
      Key: items.keyOf(runId, log),
      UpdateExpression: "SET seq = :to, prev = :prev",
      ConditionExpression: `seq = :from AND ${mine}`,
      ExpressionAttributeValues: {
        ":from": from.seq,
        ":to": to.seq,
        ":prev": to.prev,
        ...(epoch === undefined ? { ":free": false } : { ":epoch": epoch }),
      },
    };
    const Put = { TableName: access.table(log), Item, ConditionExpression: "attribute_not_exists(run_id)" };
    await access.db(new TransactWriteCommand({ TransactItems: [{ Update }, { Put }] }));
  };

  /** What stands at a place: these lines where they were sent twice because no answer came, and the second time refused. */
  const found = async (runId: RunId, first: number, text: readonly string[]): Promise<"these" | "others" | "none"> => {
    for await (const item of lines.from(runId, first)) {
      const isSame = item.first === first && item.lines.length === text.length;
      return isSame && item.lines.every((line, at) => line === text[at]) ? "these" : "others";
    }
    return "none";
  };

  /** Encodes as many as go together. What cannot be written is rejected, and keeps nobody else. */
  const encodeAll = (runId: RunId, from: Head, queue: Waiting<Request, Result>[]) => {
    const encoded: Encoded<Request, Result>[] = [];
    const text: string[] = [];
    let end = from;
    for (let size = 0; queue.length > 0 && size < TOGETHER; ) {
      const waiting = queue.shift()!;
      try {
        const one = encode(runId, end, waiting.request);
        text.push(...one.lines);
        for (const line of one.lines) size += line.length;
        end = { seq: one.end.seq, prev: one.end.prev };
        encoded.push({ waiting, result: one.result });
      } catch (error) {
        waiting.reject(error);
      }
    }
    return { encoded, text, end };
  };

  const writeSome = async (runId: RunId, queue: Waiting<Request, Result>[]): Promise<void> => {
    await items.checkWritable(runId);
    while (queue.length > 0) {
      const epoch = leases.epochOf(runId, log);
      const cached = known.get(runId);
      const from = cached !== undefined && cached.epoch === epoch ? cached : await items.logEnd(runId, log);
      const { encoded, text, end } = encodeAll(runId, from, queue);
      const failed = await write(runId, { from, end, text, epoch });
      if (failed === undefined) {
        for (const { waiting, result } of encoded) waiting.resolve(result);
      } else if ("error" in failed) {
        for (const { waiting } of encoded) waiting.reject(failed.error);
      } else {
        // Those who wait are encoded again, from where the log ends by then.
        queue.unshift(...encoded.map(({ waiting }) => waiting));
        if (failed.isHeld) return leases.forOneWrite(runId, log, () => writeSome(runId, queue));
      }
    }
  };

  /** @returns undefined when it is done, the error, or that another was first or holds the run */
  const write = async (
    runId: RunId,
    { from, end, text, epoch }: { from: Head; end: Head; text: readonly string[]; epoch: number | undefined },
  ): Promise<undefined | { readonly error: unknown } | { readonly isHeld: boolean }> => {
    const isDone = () => void (epoch !== undefined && known.set(runId, { ...end, epoch }));
    if (text.length === 0) return isDone();
    known.delete(runId);
    try {
      await transact(runId, from, end, text, epoch);
      return isDone();
    } catch (error) {
      if (!cancellationReasons(error).includes("ConditionalCheckFailed")) return { error };
    }
    try {
      const there = await found(runId, from.seq + 1, text);
      if (there === "these") return isDone();
      const now = await items.logEnd(runId, log);
      if (epoch !== undefined && now.epoch !== epoch) return { error: leases.lose(runId, epoch) };
      const isHeld = epoch === undefined && now.isHeld;
      if (there === "others" && now.seq === from.seq) return { error: strayItem(runId, from.seq + 1) };
      return { isHeld };
    } catch (error) {
      return { error };
    }
  };

  const strayItem = (runId: RunId, first: number) =>
    new CorruptionError(`line ${first} of the ${log} of run ${runId}`, {
      where: access.where,
      expected: "nothing yet, for the log ends before it",
      found: "an item",
      remedy: `look at it in the table ${access.table(log)}`,
    });

  const work = async (runId: RunId, queue: Waiting<Request, Result>[]): Promise<void> => {
    while (queue.length > 0) {
      try {
        await writeSome(runId, queue);
      } catch (error) {
        for (const { reject } of queue.splice(0)) reject(error);
      }
    }
    working.delete(runId);
    queues.delete(runId);
  };

  return {
    append(runId, request) {
      return new Promise<Result>((resolve, reject) => {
        const queue = queues.get(runId) ?? [];
        queue.push({ request, resolve, reject });
        if (queues.has(runId)) return;
        queues.set(runId, queue);
        working.set(runId, work(runId, queue));
      });
    },
    async end(runId) {
      await working.get(runId);
      return items.logEnd(runId, log);
    },
    settled: async (runId) => void (await working.get(runId)),
  };
}
