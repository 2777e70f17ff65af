import { describe, expect, it } from "vitest";
import { formatSummary } from "../../scripts/cli/format.ts";
import { summarize } from "../../shared/runs/summary.ts";
import {
  cancelRequested,
  complete,
  decided,
  ended,
  enter,
  fail,
  gateOpened,
  log,
  type Row,
  ref,
  started,
  state,
  through,
} from "../kernel/run/events.ts";
import { foldEvents } from "../kernel/run/fold-events.ts";
import { addOne, createTestRun, runId } from "../kernel/support.ts";
import { timesOf } from "./times.ts";

/** A run's log that ends where it stands: its summary, and that as text. */
function summaryOf(...rows: Row[]) {
  const events = log(...rows);
  const summary = summarize({ run_id: runId } as never, foldEvents(events), timesOf(events));
  return { summary, text: formatSummary(summary) };
}

describe("the summary of a run", () => {
  it("tells which run it goes on from and where, and what it did not do itself", () => {
    const other = "0c1d2e3f-6f3b-4d0e-9a52-5b1b7f6f2c11";
    const resumedFrom = { run_id: other, state_id: state("lift.shard"), goes_on: "at", reusable: ref(9) };
    const request = { name: "recomp.run.requested", payload: { resumed_from: resumedFrom } };
    const reused = (short: string) => {
      const { name, payload } = complete(short);
      return [enter(short), { name, payload: { ...payload, reused_from: other } }];
    };
    const rows = [request, started(), ...reused("intake"), ...reused("lift.shard_0"), ...through("lift.shard_1")];
    const { summary, text } = summaryOf(...rows);
    expect(summary.resumed_from).toEqual({ run_id: other, state_id: state("lift.shard"), goes_on: "at" });
    expect(summary.stages.map(({ stage, reused: count }) => [stage, count]).slice(0, 3)).toEqual([
      ["intake", 1],
      ["plan", undefined],
      ["lift", 1],
    ]);
    expect(text).toContain(`\nGoes on from run ${other}, with lift again\n`);
    expect(text).toMatch(/✓ intake +[^\n]*, reused\n/);
    expect(text).toMatch(/✓ lift 2\/2 +[^\n]*, 1 reused\n/);
  });

  it("tells what its stages warned of: of all shards together, by code, with the first message", async () => {
    const run = await createTestRun();
    const lift = (...messages: string[]) =>
      addOne(
        ({ telemetry }) => {
          for (const message of messages) telemetry.warn("function_not_lifted", message);
        },
        { name: "lift" },
      );
    await run.attempt(lift("f at 0x10", "g at 0x20"), { n: 1 }, { shard: 0 });
    await run.attempt(lift(), { n: 1 }, { shard: 1 });
    await run.attempt(lift("h at 0x30"), { n: 1 }, { shard: 2 });
    const summary = summarize({ run_id: runId } as never, await run.record(), timesOf(await run.events()));
    expect(
      summary.stages.map(({ stage, warnings }) => [stage, warnings]).filter(([, told]) => told !== undefined),
    ).toEqual([["lift", [{ code: "function_not_lifted", message: "f at 0x10", count: 3 }]]]);
    expect(formatSummary(summary)).toMatch(/lift 3\/3 .*\n {6}3 function_not_lifted: f at 0x10, \.\.\.\n/);
  });

  const planned = (shards: number): Row => ({ name: "recomp.run.planned", payload: { functions: 30, shards } });

  it("counts the shards of the plan that no process came to, and those that were left", () => {
    const { summary, text } = summaryOf(
      ...[started(), ...through("intake", "plan"), planned(3)],
      ...[enter("lift.shard_0"), enter("lift.shard_1"), complete("lift.shard_0")],
    );
    expect(summary.steps).toEqual({
      ...{ total: 9, completed: 3, running: 1, pending: 5, failed: 0, skipped: 0, compensated: 0 },
    });
    expect(summary.stages[2]).toMatchObject({ stage: "lift", state: "running", steps: 3, completed: 1 });
    expect(text).toMatch(/^Steps: 9 \(3 completed, 1 under way, 5 to come\)$/m);
    expect(text).toMatch(/^ {2}… lift 1\/3 /m);
  });

  it("does not say that a stage is done of which not all shards are", () => {
    const before = [started(), ...through("intake", "plan"), planned(2), ...through("lift.shard_0")];
    expect(summaryOf(...before).summary.stages[2]).toMatchObject({ state: "running", steps: 2, completed: 1 });
    expect(summaryOf(...before, ...through("lift.shard_1")).summary.stages[2]).toMatchObject({
      ...{ state: "succeeded", steps: 2, completed: 2 },
    });
  });

  it("tells retries from what was entered again after an interruption", () => {
    const { summary, text } = summaryOf(
      ...[started(), ...through("intake"), enter("plan"), enter("plan"), fail("plan"), enter("plan", 1)],
      complete("plan", 1),
    );
    expect(summary).toMatchObject({ retries: 1, reentries: 1 });
    expect(text).toContain(", 1 retry, 1 entered again after an interruption");
    expect(summary.stages[1]).toMatchObject({ stage: "plan", retries: 1, reentries: 1 });
  });

  it("says which stage's failure the others are skipped for", () => {
    const { text } = summaryOf(started(), ...through("intake"), enter("plan"), fail("plan"), ended("failed"));
    expect(text).toMatch(/^ {2}⊘ link +skipped because plan failed$/m);
    expect(text).toMatch(/^Steps: 7 \(1 completed, 1 failed, 5 skipped\)$/m);
  });

  it("says which tag takes a stage out, and what else does", () => {
    const tagged = summaryOf(started(undefined, { publish: "apply_side_effect" }));
    expect(tagged.text).toMatch(/^ {2}⊘ publish +skipped by the tag apply_side_effect$/m);
  });

  it("does not show a gate as passed at which the run waits", () => {
    const states = ["intake", "plan", "approve", "publish", "complete"];
    const waiting = [started(states), ...through("intake", "plan"), enter("approve"), gateOpened("publish", "manual")];
    const { summary, text } = summaryOf(...waiting, complete("approve"));
    expect(summary.stages[2]).toMatchObject({ stage: "approve", waits_at: "publish" });
    expect(text).toMatch(/^ {2}\? approve +waits for a person to decide at gate publish$/m);
    const decidedOn = summaryOf(...waiting, complete("approve"), decided("publish", "approved"));
    expect(decidedOn.summary.stages[2]).not.toHaveProperty("waits_at");
    expect(decidedOn.text).toMatch(/^ {2}✓ approve /m);
    const rejected = summaryOf(...waiting, complete("approve"), decided("publish", "rejected"));
    expect(rejected.summary.stages[2]).toMatchObject({ stage: "approve", rejected_at: "publish" });
    expect(rejected.text).toMatch(/^ {2}✗ approve +rejected at gate publish$/m);
    const over = summaryOf(...waiting, complete("approve"), decided("publish", "rejected"), ended("failed"));
    expect(over.text).toMatch(/^Steps: 5 \(2 completed, 1 rejected, 2 skipped\)$/m);
  });

  it("counts a step that waits for a person apart from those that are completed", () => {
    const states = ["intake", "plan", "approve", "publish", "complete"];
    const before = [started(states), ...through("intake", "plan"), enter("approve"), gateOpened("publish", "manual")];
    expect(summaryOf(...before).text).toMatch(/^Steps: 5 \(2 completed, 1 under way, 2 to come\)$/m);
    const { text } = summaryOf(...before, complete("approve"));
    expect(text).toMatch(/^Steps: 5 \(2 completed, 1 waiting, 2 to come\)$/m);
  });

  it("does not show a gate as passed at which nobody decided before the run ended", () => {
    const states = ["intake", "plan", "approve", "publish", "complete"];
    const { summary, text } = summaryOf(
      ...[started(states), ...through("intake", "plan"), enter("approve"), gateOpened("publish", "manual")],
      ...[complete("approve"), cancelRequested, ended("cancelled")],
    );
    expect(summary.stages[2]).toMatchObject({ stage: "approve", undecided_at: "publish" });
    expect(text).toMatch(/^ {2}⊘ approve +nobody decided at gate publish$/m);
    expect(text).toMatch(/^Steps: 5 \(2 completed, 1 undecided, 2 skipped\)$/m);
  });

  it("says that a run is interrupted", () => {
    const { summary } = summaryOf(started(), ...through("intake"), enter("plan"));
    expect(formatSummary({ ...summary, interrupted: true })).toMatch(/^Run \S+: running \(interrupted\), /);
    expect(formatSummary(summary)).toMatch(/^Run \S+: running, /);
  });
});
