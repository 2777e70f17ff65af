import type { RunId } from "../../contracts/ids.ts";
import { type Clock, rfc3339, systemClock } from "../../stores/clock.ts";
import { NotFoundError } from "../../stores/errors.ts";
import type { Stores } from "../../stores/ports.ts";
import { UnreadableRun } from "./errors.ts";
import { artifactGraph } from "./graph.ts";
import {
  KEEP_REASONS,
  type KeepReason,
  type RemoveReason,
  type RetainedRun,
  type RetentionPlan,
  type RetentionPolicy,
  retentionPlan,
} from "./policy.ts";
import { removalsOnRecord } from "./removals.ts";
import { retainedRun } from "./retained-run.ts";
import { type Doomed, sweep } from "./sweep.ts";

export interface Tally {
  readonly count: number;
  readonly bytes: number;
}

export interface RemovedItem {
  readonly name: string;
  readonly size: number;
  readonly why: RemoveReason | "set_aside_expired" | "leftover";
}

/** What was removed (in a dry run: what would be), and what stays. */
export interface Collection {
  readonly is_dry_run: boolean;
  readonly began_at: string;
  readonly removed: readonly RemovedItem[];
  readonly freed_bytes: number;
  /** Artifacts that stay, by the strongest reason for it. */
  readonly kept: Readonly<Record<KeepReason | "run_unreadable", Tally>>;
  /** Runs that could not be read: as long as there are any, no artifact is removed, for it might be theirs. */
  readonly problems: readonly { readonly run_id: RunId; readonly message: string }[];
}

export interface CollectOptions {
  readonly policy: RetentionPolicy;
  /** Changes nothing. */
  readonly isDryRun?: boolean;
  /** The clock by which artifacts are put. */
  readonly clock?: Clock;
}

/**
 * Removes what the policy keeps no longer. Safe beside runs at work, submissions within the grace, and other collections:
 * first everything that any run refers to is marked; then what is not, and was put last before that began, is removed, one by
 * one, unless it was put meanwhile. Runs that appear on the way are read before anything more is removed.
 *
 * What a run has put but not yet said in its log is safe because it was put since the run was taken by its holder.
 * @throws StoreError when the store cannot be read or written
 */
export async function collectGarbage(stores: Stores, options: CollectOptions): Promise<Collection> {
  const { policy, isDryRun = false, clock = systemClock } = options;
  const began = clock.now();
  const mark = marking(stores, policy, began, await removalsOnRecord(stores.retention));
  await mark.readNew();
  let plan = mark.plan();
  const kept = emptyTallies();
  const removed: RemovedItem[] = [];
  const take = ({ name, size, why }: RemovedItem) => removed.push({ name, size, why });

  const doomed: Doomed[] = [];
  for await (const artifact of stores.retention.artifacts()) {
    const verdict = plan.judge(artifact);
    if (mark.problems().length > 0) count(kept, "run_unreadable", artifact);
    else if (verdict.isKept) count(kept, verdict.why, artifact);
    else doomed.push({ ...artifact, why: verdict.why });
  }

  if (mark.problems().length === 0) {
    for (const item of await expired(stores, plan)) {
      if (isDryRun || (await item.remove())) take(item);
    }
  }
  if (isDryRun) for (const { ref: name, size, why } of doomed) take({ name, size, why });
  else if (doomed.length > 0) {
    await mark.readAgain();
    plan = mark.plan();
    await sweep(stores, doomed, {
      clock,
      async stillDoomed(batch) {
        if (await mark.readNew()) plan = mark.plan();
        return mark.problems().length > 0 ? [] : batch.filter((artifact) => !plan.judge(artifact).isKept);
      },
      removed: ({ ref: name, size, why }) => take({ name, size, why }),
      kept(artifact) {
        const verdict = plan.judge(artifact);
        const why = mark.problems().length > 0 ? "run_unreadable" : verdict.isKept ? verdict.why : "recently_put";
        count(kept, why, artifact);
      },
    });
  }
  return {
    is_dry_run: isDryRun,
    began_at: rfc3339(began),
    removed,
    freed_bytes: removed.reduce((sum, { size }) => sum + size, 0),
    kept,
    problems: mark.problems(),
  };
}

interface Marking {
  /** Reads the runs that were not there before. @returns whether there were any */
  readNew(): Promise<boolean>;
  /** Reads those that had not ended once more. */
  readAgain(): Promise<void>;
  plan(): RetentionPlan;
  problems(): Collection["problems"];
}

function marking(
  stores: Stores,
  policy: RetentionPolicy,
  began: number,
  removed: Awaited<ReturnType<typeof removalsOnRecord>>,
): Marking {
  const graph = artifactGraph(stores.retention, removed);
  const known = new Set<RunId>();
  const runs: RetainedRun[] = [];
  const problems: { run_id: RunId; message: string }[] = [];

  const read = async (runId: RunId) => {
    try {
      runs.push(await retainedRun(stores, graph, runId, began));
    } catch (error) {
      if (error instanceof NotFoundError && !(await stores.runs.has(runId))) return;
      if (!(error instanceof UnreadableRun)) throw error;
      problems.push({ run_id: runId, message: error.message });
    }
  };

  return {
    async readNew() {
      const added = (await stores.runs.list()).filter((runId) => !known.has(runId));
      for (const runId of added) {
        known.add(runId);
        await read(runId);
      }
      return added.length > 0;
    },
    async readAgain() {
      for (const { runId, endedAt } of [...runs]) if (endedAt === undefined) await read(runId);
    },
    plan: () => retentionPlan(runs, policy, began),
    problems: () => problems,
  };
}

interface Expired extends RemovedItem {
  remove(): Promise<boolean>;
}

/** What goes besides artifacts. */
async function expired({ retention }: Stores, plan: RetentionPlan): Promise<Expired[]> {
  const items: Expired[] = [];
  for await (const { name, size } of retention.leftovers()) {
    items.push({ name, size, why: "leftover", remove: () => retention.removeLeftover({ name }) });
  }
  for await (const { name, size, since } of retention.setAside()) {
    const remove = () => retention.removeSetAside({ name });
    if (plan.isForgotten({ since })) items.push({ name, size, why: "set_aside_expired", remove });
  }
  return items;
}

function emptyTallies(): Record<KeepReason | "run_unreadable", { count: number; bytes: number }> {
  const tallies = [...KEEP_REASONS, "run_unreadable" as const].map((why) => [why, { count: 0, bytes: 0 }]);
  return Object.fromEntries(tallies);
}

function count(
  tallies: ReturnType<typeof emptyTallies>,
  why: KeepReason | "run_unreadable",
  { size }: { readonly size: number },
): void {
  tallies[why].count += 1;
  tallies[why].bytes += size;
}
