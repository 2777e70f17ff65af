import type { ArtifactRef, RunId } from "../../contracts/ids.ts";
import type { RunState } from "../../contracts/status.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How long what is kept. Milliseconds. */
export interface RetentionPolicy {
  /** All that a failed run refers to, from its end; and what was set aside, from when it was. */
  readonly keepFailed: number;
  /** All that a succeeded run refers to, from its end. */
  readonly keepIntermediates: number;
  /** Any artifact since it was put last: somebody may be about to submit it. */
  readonly grace: number;
}

export const DEFAULT_RETENTION: RetentionPolicy = {
  keepFailed: 30 * DAY,
  keepIntermediates: 7 * DAY,
  grace: 24 * HOUR,
};

export function retentionPolicy(stated: {
  keepFailedDays?: number | undefined;
  keepIntermediatesDays?: number | undefined;
  graceHours?: number | undefined;
}): RetentionPolicy {
  const { keepFailedDays, keepIntermediatesDays, graceHours } = stated;
  return {
    keepFailed: keepFailedDays === undefined ? DEFAULT_RETENTION.keepFailed : keepFailedDays * DAY,
    keepIntermediates:
      keepIntermediatesDays === undefined ? DEFAULT_RETENTION.keepIntermediates : keepIntermediatesDays * DAY,
    grace: graceHours === undefined ? DEFAULT_RETENTION.grace : graceHours * HOUR,
  };
}

/**
 * What an artifact is to a run. `manifest`: its submission names it. `input`: a manifest names it, such as the binary, or names
 * the index that does. `bundle`: the index of what it published, or in that. `provenance`: where that comes from. `fact`: an
 * external input it recorded. `intermediate`: anything else that its submission, events or history lead to.
 */
export const ROLES = ["manifest", "input", "bundle", "provenance", "fact", "intermediate"] as const;
export type Role = (typeof ROLES)[number];

/** A run as retention sees it. Times in milliseconds since 1970. */
export interface RetainedRun {
  readonly runId: RunId;
  readonly state: RunState;
  /** Undefined as long as it has not. */
  readonly endedAt: number | undefined;
  /** Since when a process holds it that may live: what that put since may not stand in the log yet. */
  readonly heldSince: number | undefined;
  readonly refs: Readonly<Record<Role, ReadonlySet<ArtifactRef>>>;
}

/** Why an artifact stays, the strongest reason first. */
export const KEEP_REASONS = [
  "run_not_ended",
  "bundle",
  "provenance",
  "fact",
  "manifest",
  "input",
  "failed_run",
  "succeeded_run",
  "run_at_work",
  "recently_put",
] as const;
export type KeepReason = (typeof KEEP_REASONS)[number];

/** Why something goes. */
export type RemoveReason = "failed_run_expired" | "intermediate_expired" | "unreferenced";

export type RetentionDecision =
  | { readonly isKept: true; readonly why: KeepReason }
  | { readonly isKept: false; readonly why: RemoveReason };

/** Roles that outlast the time of a run, by how it ended. */
const KEPT_FOR_GOOD: Readonly<Record<"succeeded" | "failed", readonly (Role & KeepReason)[]>> = {
  succeeded: ["manifest", "input", "bundle", "provenance", "fact"],
  failed: ["manifest"],
};

const OF_A_RUN = {
  succeeded: { time: "keepIntermediates", recent: "succeeded_run", expired: "intermediate_expired" },
  failed: { time: "keepFailed", recent: "failed_run", expired: "failed_run_expired" },
} as const;

/** What is to become of everything in a store. */
export interface RetentionPlan {
  /** @param artifact when it was put last, in milliseconds since 1970 */
  judge(artifact: { readonly ref: ArtifactRef; readonly lastPut: number }): RetentionDecision;
  /** Whether what was set aside then, in milliseconds since 1970, has been so for long enough. */
  isForgotten(item: { readonly since: number }): boolean;
}

/**
 * Decides what is kept. A run may be there more than once, as it was read at several times: everything it ever referred to
 * counts.
 * @param now milliseconds since 1970: before any of the runs was read. What was put since then is kept
 */
export function retentionPlan(runs: Iterable<RetainedRun>, policy: RetentionPolicy, now: number): RetentionPlan {
  const kept = new Map<ArtifactRef, KeepReason>();
  const expired = new Map<ArtifactRef, RemoveReason>();
  let heldSince = Number.POSITIVE_INFINITY;

  const keep = (refs: Iterable<ArtifactRef>, why: KeepReason) => {
    for (const ref of refs) {
      const before = kept.get(ref);
      if (before === undefined || KEEP_REASONS.indexOf(why) < KEEP_REASONS.indexOf(before)) kept.set(ref, why);
    }
  };

  for (const run of runs) {
    const { state, endedAt, refs } = run;
    const all = ROLES.flatMap((role) => [...refs[role]]);
    if (endedAt === undefined || (state !== "succeeded" && state !== "failed")) {
      keep(all, "run_not_ended");
      heldSince = Math.min(heldSince, run.heldSince ?? heldSince);
      continue;
    }
    for (const role of KEPT_FOR_GOOD[state]) keep(refs[role], role);
    const ended = OF_A_RUN[state];
    if (now - endedAt < policy[ended.time]) keep(all, ended.recent);
    else for (const ref of all) expired.set(ref, ended.expired);
  }

  return {
    judge({ ref, lastPut }) {
      const why = kept.get(ref);
      if (why !== undefined) return { isKept: true, why };
      if (lastPut >= heldSince) return { isKept: true, why: "run_at_work" };
      if (lastPut >= now || now - lastPut < policy.grace) return { isKept: true, why: "recently_put" };
      return { isKept: false, why: expired.get(ref) ?? "unreferenced" };
    },
    isForgotten: ({ since }) => since < now && now - since >= policy.keepFailed,
  };
}
