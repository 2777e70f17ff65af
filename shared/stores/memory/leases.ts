import type { RunId } from "../../contracts/ids.ts";
import type { Clock } from "../clock.ts";
import { LeaseHeldError, LeaseLostError } from "../errors.ts";
import { checkWritable } from "../formats.ts";
import { checkHolder } from "../identifiers.ts";
import { type HolderFacts, holderOf, judgeHolder, type LeasePurpose } from "../lease-policy.ts";
import type { Lease, LeaseStore, StoreNotice } from "../ports.ts";
import { type MemoryLease, type MemoryWorld, runOf } from "./world.ts";

export interface MemoryLeases extends LeaseStore {
  /** Does a write under the lease this client holds, or under one for just this write. */
  underLease<T>(runId: RunId, write: () => T): T;
  /** @throws LeaseLostError when this client was taken over */
  checkNotLost(runId: RunId): void;
  releaseAll(): Promise<void>;
}

interface HeldLease {
  readonly epoch: number;
  readonly loss: AbortController;
  readonly release: () => Promise<void>;
}

export function memoryLeases(
  world: MemoryWorld,
  { clock, leaseTime, notify }: { clock: Clock; leaseTime: number; notify: (notice: StoreNotice) => void },
): MemoryLeases {
  const client = {};
  /** A lost lease stays here after its release, so that its holder can write no more. */
  const held = new Map<RunId, HeldLease>();

  const take = (runId: RunId, holder: string, purpose: LeasePurpose): readonly StoreNotice[] => {
    const run = runOf(world, runId);
    checkWritable(runId, run.record.formats);
    const facts = factsOf(run.lease);
    const verdict = facts && judgeHolder(facts, clock.now(), leaseTime);
    if (facts !== undefined && verdict?.kind !== "take_over") throw new LeaseHeldError(runId, holderOf(facts));
    const now = clock.now();
    run.lease = { epoch: run.lease.epoch + 1, held: { holder, purpose, since: now, lastSeen: now, by: client } };
    if (facts === undefined || verdict?.kind !== "take_over") return [];
    const notice: StoreNotice = { kind: "lease_taken_over", runId, from: holderOf(facts), why: verdict.why };
    notify(notice);
    return [notice];
  };

  const checkEpoch = (runId: RunId, { epoch, loss }: HeldLease) => {
    if (runOf(world, runId).lease.epoch === epoch) return;
    const error = new LeaseLostError(runId, epoch);
    loss.abort(error);
    throw error;
  };

  return {
    async acquire(runId, holder): Promise<Lease> {
      const notices = take(runId, checkHolder(holder), "run");
      const run = runOf(world, runId);
      const { epoch } = run.lease;
      const loss = new AbortController();
      const stopBeating = clock.every(leaseTime / 3, () => {
        if (run.lease.epoch === epoch && run.lease.held !== undefined) run.lease.held.lastSeen = clock.now();
        else loss.abort(new LeaseLostError(runId, epoch));
        if (loss.signal.aborted) stopBeating();
      });
      const release = async () => {
        stopBeating();
        if (run.lease.epoch !== epoch) return;
        run.lease = { epoch, held: undefined };
        held.delete(runId);
      };
      const lease = { epoch, loss, release };
      held.set(runId, lease);
      return { runId, epoch, lost: loss.signal, notices, check: async () => checkEpoch(runId, lease), release };
    },

    async inspect(runId) {
      const facts = factsOf(runOf(world, runId).lease);
      return facts && holderOf(facts);
    },

    underLease(runId, write) {
      const lease = held.get(runId);
      if (lease !== undefined) {
        checkEpoch(runId, lease);
        return write();
      }
      take(runId, "restep", "append");
      try {
        return write();
      } finally {
        const run = runOf(world, runId);
        run.lease = { epoch: run.lease.epoch, held: undefined };
      }
    },

    checkNotLost(runId) {
      const lease = held.get(runId);
      if (lease !== undefined) checkEpoch(runId, lease);
    },

    async releaseAll() {
      for (const { release } of held.values()) await release();
    },
  };
}

function factsOf({ epoch, held }: MemoryLease): HolderFacts | undefined {
  if (held === undefined) return undefined;
  const { holder, purpose, since, lastSeen } = held;
  return { epoch, holder, purpose, since, lastSeen, place: "this process", isAlive: true };
}
