import type { StageName } from "../../stages/declarations.ts";

/** What one call of a stage asks of the stores, where no other call is in its way. */
export interface Requests {
  readonly puts: number;
  readonly gets: number;
  /** Each a transaction: the log's end moves, and an item appears. */
  readonly appends: number;
  /** Reads of the log up to its end. */
  readonly views: number;
}

const QUIET = { appends: 2, views: 1 } as const;

/**
 * As counted, and held against what stages do by a test; of those that wait for a person and of the failure branch, which are in no
 * example, at least so many. `perShard` is of calls that read or write something of each.
 */
const REQUESTS: Readonly<Record<StageName, Requests & { readonly perShard?: Partial<Requests> }>> = {
  intake: { puts: 3, gets: 4, ...QUIET },
  plan: { puts: 4, gets: 3, ...QUIET, perShard: { puts: 2 } },
  lift: { puts: 4, gets: 5, ...QUIET },
  link: { puts: 4, gets: 4, ...QUIET, perShard: { gets: 2 } },
  validate: { puts: 3, gets: 7, ...QUIET },
  compare_runs: { puts: 3, gets: 6, ...QUIET },
  validation_gate: { puts: 3, gets: 5, ...QUIET, perShard: { gets: 1 } },
  override: { puts: 2, gets: 1, ...QUIET },
  package: { puts: 4, gets: 4, ...QUIET },
  verify_artifacts: { puts: 2, gets: 5, ...QUIET },
  approve: { puts: 2, gets: 1, ...QUIET },
  publish: { puts: 2, gets: 2, ...QUIET },
  attest: { puts: 8, gets: 4, appends: 5, views: 3 },
  complete: { puts: 2, gets: 1, ...QUIET },
  record_failure: { puts: 2, gets: 1, ...QUIET },
};

/** What one call of a stage asks for, in a run of so many shards. */
export function requestsOf(stage: StageName, shards: number): Requests {
  const { perShard = {}, ...once } = REQUESTS[stage];
  const with_ = (kind: keyof Requests) => once[kind] + (perShard[kind] ?? 0) * shards;
  return { puts: with_("puts"), gets: with_("gets"), appends: with_("appends"), views: with_("views") };
}
