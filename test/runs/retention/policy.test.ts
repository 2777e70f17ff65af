import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import {
  DEFAULT_RETENTION,
  type RetainedRun,
  type RetentionDecision,
  ROLES,
  type Role,
  retentionPlan,
  retentionPolicy,
} from "../../../shared/runs/retention/policy.ts";
import { DAY, HOUR, NOW, runId } from "./worlds.ts";

const ref = (role: Role | "none") => `artifact://${ROLES.indexOf(role as Role) + 2}${"0".repeat(63)}` as ArtifactRef;
const LONG_AGO = NOW - 1000 * DAY;

/** A run with one artifact of each role. */
function run(state: RetainedRun["state"], endedAt?: number, heldSince?: number): RetainedRun {
  const refs = Object.fromEntries(ROLES.map((role) => [role, new Set([ref(role)])])) as unknown as RetainedRun["refs"];
  return { runId: runId(1), state, endedAt, heldSince, refs };
}

function verdicts(
  runs: RetainedRun[],
  policy = DEFAULT_RETENTION,
  lastPut = LONG_AGO,
): Record<string, RetentionDecision["why"]> {
  const plan = retentionPlan(runs, policy, NOW);
  return Object.fromEntries(
    [...ROLES, "none" as const].map((role) => [role, plan.judge({ ref: ref(role), lastPut }).why]),
  );
}

const all = <T>(why: T) => Object.fromEntries(ROLES.map((role) => [role, why]));

describe("what becomes of a run's artifacts", () => {
  const keptForGood = {
    manifest: "manifest",
    input: "input",
    bundle: "bundle",
    provenance: "provenance",
    fact: "fact",
  };
  const recent = { ...keptForGood, intermediate: "succeeded_run" };
  const gone = { ...keptForGood, intermediate: "intermediate_expired" };
  const failed = { ...all("failed_run"), manifest: "manifest" };
  const failedGone = { ...all("failed_run_expired"), manifest: "manifest" };

  it.each<[string, RetainedRun, Record<string, string>]>([
    ["queued", run("queued"), all("run_not_ended")],
    ["running", run("running"), all("run_not_ended")],
    ["blocked", run("blocked"), all("run_not_ended")],
    ["succeeded just now", run("succeeded", NOW), recent],
    ["succeeded a moment less than 7 days ago", run("succeeded", NOW - 7 * DAY + 1), recent],
    ["succeeded 7 days ago", run("succeeded", NOW - 7 * DAY), gone],
    ["succeeded years ago", run("succeeded", NOW - 999 * DAY), gone],
    ["failed just now", run("failed", NOW), failed],
    ["failed a moment less than 30 days ago", run("failed", NOW - 30 * DAY + 1), failed],
    ["failed 30 days ago", run("failed", NOW - 30 * DAY), failedGone],
    ["ended by a clock that is ahead", run("failed", NOW + DAY), failed],
  ])("that is %s", (_, one, expected) => {
    expect(verdicts([one])).toEqual({ ...expected, none: "unreferenced" });
  });

  it("that several runs refer to is decided by the run that keeps it", () => {
    const expired = [run("failed", LONG_AGO), run("succeeded", LONG_AGO)];
    expect(verdicts(expired)).toMatchObject({ ...keptForGood, intermediate: "intermediate_expired" });
    expect(verdicts([...expired, run("running")])).toMatchObject(all("run_not_ended"));
    expect(verdicts([run("running"), ...expired])).toMatchObject(all("run_not_ended"));
    expect(verdicts([run("failed", NOW), ...expired])).toMatchObject({ ...keptForGood, intermediate: "failed_run" });
  });
});

describe("what becomes of an artifact that no run keeps", () => {
  const none = (lastPut: number, policy = DEFAULT_RETENTION, runs: RetainedRun[] = []) =>
    verdicts(runs, policy, lastPut).none;
  const zero = { keepFailed: 0, keepIntermediates: 0, grace: 0 };

  it.each([
    [NOW + DAY, "recently_put"],
    [NOW, "recently_put"],
    [NOW - 24 * HOUR + 1, "recently_put"],
    [NOW - 24 * HOUR, "unreferenced"],
  ])("put last at %d", (lastPut, why) => {
    expect(none(lastPut)).toBe(why);
  });

  it.each([
    [NOW, "recently_put"],
    [NOW - 1, "unreferenced"],
  ])("without any grace, put last at %d", (lastPut, why) => {
    expect(none(lastPut, zero)).toBe(why);
  });

  it("is the same for what an ended run referred to", () => {
    const runs = [run("succeeded", LONG_AGO)];
    expect(verdicts(runs, DEFAULT_RETENTION, NOW - HOUR).intermediate).toBe("recently_put");
    expect(verdicts(runs, zero, NOW - HOUR).intermediate).toBe("intermediate_expired");
  });

  it.each([
    ["stays when it was put since", NOW - HOUR, "run_at_work"],
    ["goes when it was put before", NOW - HOUR - 1, "unreferenced"],
  ])("%s a run at work was taken", (_, lastPut, why) => {
    expect(none(lastPut, zero, [run("running", undefined, NOW - HOUR), run("running", undefined, NOW - 1)])).toBe(why);
  });

  it("is no concern of a holder of a run that has ended, or of a run that nobody holds", () => {
    expect(none(NOW - 1, zero, [run("succeeded", NOW, LONG_AGO)])).toBe("unreferenced");
    expect(none(NOW - 1, zero, [run("running")])).toBe("unreferenced");
  });
});

describe("what was set aside", () => {
  it.each([
    [DEFAULT_RETENTION.keepFailed, NOW - 30 * DAY, true],
    [DEFAULT_RETENTION.keepFailed, NOW - 30 * DAY + 1, false],
    [0, NOW - 1, true],
    [0, NOW, false],
  ])("kept for %d ms, since %d: forgotten %s", (keepFailed, since, isForgotten) => {
    expect(retentionPlan([], { ...DEFAULT_RETENTION, keepFailed }, NOW).isForgotten({ since })).toBe(isForgotten);
  });
});

describe("a policy", () => {
  it("keeps failed runs 30 days, intermediates 7 days, and anything put within 24 hours, if nothing else is stated", () => {
    expect(retentionPolicy({})).toEqual({ keepFailed: 30 * DAY, keepIntermediates: 7 * DAY, grace: 24 * HOUR });
  });

  it("is stated in days and hours", () => {
    const stated = { keepFailedDays: 2, keepIntermediatesDays: 0, graceHours: 3 };
    expect(retentionPolicy(stated)).toEqual({ keepFailed: 2 * DAY, keepIntermediates: 0, grace: 3 * HOUR });
  });
});
