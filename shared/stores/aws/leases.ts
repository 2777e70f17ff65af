import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { TransactWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { RunId } from "../../contracts/ids.ts";
import type { Clock } from "../clock.ts";
import { LeaseHeldError, LeaseLostError } from "../errors.ts";
import { checkHolder } from "../identifiers.ts";
import { type HolderFacts, holderOf, judgeHolder, type LeasePurpose } from "../lease-policy.ts";
import type { Lease, LeaseStore, StoreNotice } from "../ports.ts";
import { describeProcess, type ProcessIdentity, type ProcessTable } from "../processes.ts";
import type { AwsAccess } from "./access.ts";
import { cancellationReasons, isNamed } from "./aws-errors.ts";
import type { LogName } from "./layout.ts";
import type { Item, RunItems } from "./run-items.ts";

export interface AwsLeases extends LeaseStore {
  /**
   * The epoch this client writes under, or undefined when it holds no lease. One for a write to a log is that log's alone.
   * @throws LeaseLostError when it lost it
   */
  epochOf(runId: RunId, log?: LogName): number | undefined;
  /** Says that the run's lease is another's by now. */
  lose(runId: RunId, epoch: number): LeaseLostError;
  /** Does a write under a lease for just this write: where nobody holds the run any more. @throws LeaseHeldError */
  forOneWrite<T>(runId: RunId, log: LogName, write: () => Promise<T>): Promise<T>;
  /** Called before a lease is given back, so that what is under way ends first. */
  beforeRelease(settle: (runId: RunId) => Promise<void>): void;
  releaseAll(): Promise<void>;
}

interface HeldLease {
  readonly epoch: number;
  /** The log for a write to which it was taken; undefined for a run's. */
  readonly log: LogName | undefined;
  readonly loss: AbortController;
  readonly release: () => Promise<void>;
  /** Gives it back without waiting for what is under way. */
  readonly end: () => Promise<void>;
}

export interface LeaseSettings {
  readonly clock: Clock;
  readonly leaseTime: number;
  readonly processes: ProcessTable;
  readonly notify: (notice: StoreNotice) => void;
}

/** Whoever appends where nobody holds the run, and the last holder fell silent. */
const APPENDER = "restep";

interface KnownHolder extends HolderFacts {
  /** Which opening of the stores took it. */
  readonly client: string;
}

interface Taken {
  readonly epoch: number;
  readonly notices: readonly StoreNotice[];
}

/** Whoever holds a run for one append gives it back in a moment: so long is waited for it, so often. Milliseconds. */
const WAIT = 50;
const ATTEMPTS = 100;

const UNANSWERED = { kind: "take_over", why: "no answer came when it was taken" } as const;

const ignored = () => undefined;

/**
 * Leases as an item with a number that grows. Taking one also writes that number to the ends of the logs and to the status, on
 * which every write of a holder is conditional: who was taken over writes nothing more, whatever it believes.
 */
export function awsLeases(
  access: AwsAccess,
  items: RunItems,
  { clock, leaseTime, processes, notify }: LeaseSettings,
): AwsLeases {
  const runs = access.table("runs");
  const status = access.table("status");
  const place = `${describeProcess(processes.self)} on ${hostname()}`;
  /** A lost lease stays here after its release, so that its holder can write no more. */
  const held = new Map<RunId, HeldLease>();
  const beats = new Map<RunId, Promise<void>>();
  const taking = new Map<RunId, Promise<void>>();
  const client = randomUUID();
  const settling: ((runId: RunId) => Promise<void>)[] = [];

  const factsOf = async (runId: RunId): Promise<KnownHolder | { readonly epoch: number }> => {
    await beats.get(runId);
    return readFacts(await items.get(runId, "lease"), processes);
  };

  const refusal = (runId: RunId, facts: HolderFacts) => new LeaseHeldError(runId, holderOf(facts));

  /** One writer of a new epoch, on every item that a write is conditional on. */
  const writeEpoch = (runId: RunId, lease: Update, isHeld: boolean, epoch: number) => {
    const Update = { TableName: runs, ...lease };
    const end = (part: "events" | "history") => ({
      Update: {
        TableName: runs,
        Key: items.keyOf(runId, part),
        UpdateExpression: "SET epoch = :epoch, is_held = :held",
        ExpressionAttributeValues: { ":epoch": epoch, ":held": isHeld },
      },
    });
    const projection = {
      Update: {
        TableName: status,
        Key: { run_id: runId },
        UpdateExpression: "SET epoch = :epoch",
        ExpressionAttributeValues: { ":epoch": epoch },
      },
    };
    const TransactItems = [{ Update }, end("events"), end("history"), projection];
    return access.db(new TransactWriteCommand({ TransactItems }));
  };

  /** One at a time: so what this client has taken and does not know of, it took when no answer came. */
  const take = (runId: RunId, holder: string, purpose: LeasePurpose): Promise<Taken> => {
    const before = taking.get(runId) ?? Promise.resolve();
    const taken = before.then(() => takeNow(runId, holder, purpose));
    const ended = taken.then(ignored, ignored);
    taking.set(runId, ended);
    return taken;
  };

  const takeNow = async (runId: RunId, holder: string, purpose: LeasePurpose, attempt = 0): Promise<Taken> => {
    await items.checkWritable(runId);
    const found = await factsOf(runId);
    const before = "holder" in found ? found : undefined;
    const isUnanswered = before?.client === client && held.get(runId)?.epoch !== before.epoch;
    const verdict = isUnanswered ? UNANSWERED : before && judgeHolder(before, clock.now(), leaseTime);
    if (before !== undefined && verdict?.kind === "wait" && attempt < ATTEMPTS) {
      await clock.delay(WAIT);
      return takeNow(runId, holder, purpose, attempt + 1);
    }
    if (before !== undefined && verdict?.kind !== "take_over") throw refusal(runId, before);
    const epoch = found.epoch + 1;
    const now = clock.now();
    const unchanged = before === undefined ? "attribute_not_exists(holder)" : "last_seen = :seen";
    try {
      await writeEpoch(
        runId,
        {
          Key: items.keyOf(runId, "lease"),
          UpdateExpression:
            "SET epoch = :epoch, holder = :holder, place = :place, worker = :worker, client = :client, purpose = :purpose, since = :now, last_seen = :now",
          ConditionExpression: `epoch = :found AND ${unchanged}`,
          ExpressionAttributeValues: {
            ":epoch": epoch,
            ":found": found.epoch,
            ":holder": holder,
            ":place": place,
            ":worker": processes.self,
            ":client": client,
            ":purpose": purpose,
            ":now": now,
            ...(before === undefined ? {} : { ":seen": before.lastSeen }),
          },
        },
        true,
        epoch,
      );
    } catch (error) {
      if (!isRefused(error)) throw error;
      const winner = await factsOf(runId);
      const isOwn = "holder" in winner && winner.client === client && winner.epoch === epoch;
      // Refused where it was sent again because no answer came.
      if (!isOwn)
        throw refusal(runId, "holder" in winner ? winner : { ...winner, ...UNNAMED, since: now, lastSeen: now });
    }
    if (before === undefined || verdict?.kind !== "take_over") return { epoch, notices: [] };
    const notice: StoreNotice = { kind: "lease_taken_over", runId, from: holderOf(before), why: verdict.why };
    notify(notice);
    return { epoch, notices: [notice] };
  };

  const giveBack = async (runId: RunId, epoch: number) => {
    try {
      await writeEpoch(
        runId,
        {
          Key: items.keyOf(runId, "lease"),
          UpdateExpression: "REMOVE holder, place, worker, client, purpose, since, last_seen",
          ConditionExpression: "epoch = :epoch",
          ExpressionAttributeValues: { ":epoch": epoch },
        },
        false,
        epoch,
      );
    } catch (error) {
      // Taken over: it is no longer this one's to give.
      if (!isRefused(error)) throw error;
    }
  };

  const lose = (runId: RunId, epoch: number): LeaseLostError => {
    const error = new LeaseLostError(runId, epoch);
    const lease = held.get(runId);
    if (lease?.epoch === epoch) lease.loss.abort(error);
    return error;
  };

  const beat = async (runId: RunId, epoch: number): Promise<void> => {
    try {
      await access.db(
        new UpdateCommand({
          TableName: runs,
          Key: items.keyOf(runId, "lease"),
          UpdateExpression: "SET last_seen = :now",
          ConditionExpression: "epoch = :epoch AND attribute_exists(holder)",
          ExpressionAttributeValues: { ":now": clock.now(), ":epoch": epoch },
        }),
      );
    } catch (error) {
      // Any other failure may pass before the lease time is over.
      if (isNamed(error, "ConditionalCheckFailedException")) lose(runId, epoch);
    }
  };

  const hold = (runId: RunId, epoch: number, log?: LogName): HeldLease => {
    const loss = new AbortController();
    const stopBeating = clock.every(leaseTime / 3, () => {
      if (loss.signal.aborted) return stopBeating();
      const sent = (beats.get(runId) ?? Promise.resolve()).then(() => beat(runId, epoch));
      beats.set(runId, sent);
    });
    const end = async () => {
      stopBeating();
      if (loss.signal.aborted || held.get(runId) !== lease) return;
      await beats.get(runId);
      await giveBack(runId, epoch);
      if (!loss.signal.aborted) held.delete(runId);
    };
    const release = async () => {
      stopBeating();
      if (!loss.signal.aborted && held.get(runId) === lease) for (const settle of settling) await settle(runId);
      await end();
    };
    const lease = { epoch, log, loss, release, end };
    held.set(runId, lease);
    return lease;
  };

  return {
    async acquire(runId, holder): Promise<Lease> {
      const { epoch, notices } = await take(runId, checkHolder(holder), "run");
      const { loss, release } = hold(runId, epoch);
      const check = async () => {
        if (loss.signal.aborted || (await items.get(runId, "lease")).epoch !== epoch) throw lose(runId, epoch);
      };
      return { runId, epoch, lost: loss.signal, notices, check, release };
    },
    async inspect(runId) {
      const facts = await factsOf(runId);
      return "holder" in facts ? holderOf(facts) : undefined;
    },
    epochOf(runId, log) {
      const lease = held.get(runId);
      // Who lost it was told of that, and nobody else believed to hold the run.
      if (lease?.log !== undefined && lease.log !== log) return undefined;
      if (lease?.loss.signal.aborted) throw new LeaseLostError(runId, lease.epoch);
      return lease?.epoch;
    },
    lose,
    async forOneWrite(runId, log, write) {
      const { epoch } = await take(runId, APPENDER, "append");
      const { end } = hold(runId, epoch, log);
      try {
        return await write();
      } finally {
        // What is under way is this very write, and what came to wait behind it.
        await end();
        // Where it was lost, too: nobody believes to hold the run but the write, which was told.
        if (held.get(runId)?.epoch === epoch) held.delete(runId);
      }
    },
    beforeRelease: (settle) => void settling.push(settle),
    async releaseAll() {
      for (const { release } of [...held.values()]) await release();
    },
  };
}

interface Update {
  readonly Key: Record<string, unknown>;
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeValues: Record<string, unknown>;
}

/** Of a holder that took the lease and gave it back while it was asked for. */
const UNNAMED = { holder: "another", place: "elsewhere", purpose: "run", isAlive: undefined } as const;

function readFacts(
  { epoch, holder, place, worker, client, purpose, since, last_seen }: Item,
  { isAlive }: ProcessTable,
): KnownHolder | { readonly epoch: number } {
  if (holder === undefined) return { epoch: Number(epoch) };
  return {
    epoch: Number(epoch),
    holder: String(holder),
    place: String(place),
    purpose: purpose === "append" ? "append" : "run",
    since: Number(since),
    lastSeen: Number(last_seen),
    client: String(client),
    isAlive: worker === undefined ? undefined : isAlive(worker as ProcessIdentity),
  };
}

function isRefused(error: unknown): boolean {
  return cancellationReasons(error).includes("ConditionalCheckFailed");
}
