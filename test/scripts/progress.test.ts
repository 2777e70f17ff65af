import { describe, expect, it } from "vitest";
import { Progress } from "../../scripts/cli/progress.ts";
import type { EventEnvelope } from "../../shared/contracts/event.ts";

function event(name: string, payload: Record<string, unknown>, second = 0): EventEnvelope {
  const kind = name.startsWith("recomp.") ? "domain" : "kernel";
  return { kind, name, payload, ts: `2026-01-01T00:00:0${second}.000Z` } as unknown as EventEnvelope;
}
const entered = (stage: string, state = "main") =>
  event("state_entered", { state_id: `run_lifecycle.${stage}.${state}` });

/** What a stage's end is made of; returns what the last of it ended. */
function done(progress: Progress, stage: string, counts: Record<string, number> = {}, second = 1): string | undefined {
  progress.take(event("recomp.run.stage.completed", { stage, counts }, second));
  return progress.take(event("state_completed", { state_id: `run_lifecycle.${stage}.main` }, second));
}

describe("progress", () => {
  it("shows a stage as ended with its duration", () => {
    const progress = new Progress();
    expect(progress.take(entered("intake"))).toBeUndefined();
    expect(done(progress, "intake")).toBe("intake");
    expect(progress.line("intake")).toMatch(/^✓ intake +1\.0 s$/);
  });

  it("adds up the counts of shards and ends the stage with the last of them", () => {
    const progress = new Progress();
    progress.take(event("recomp.run.planned", { shards: 2 }));
    progress.take(entered("lift", "shard_0"));
    progress.take(entered("lift", "shard_1"));
    expect(done(progress, "lift", { shard: 0, lifted: 3, not_lifted: 1 })).toBeUndefined();
    expect(progress.line("lift")).toMatch(/^… lift 1\/2 .*3 lifted, 1 not lifted$/);
    expect(done(progress, "lift", { shard: 1, lifted: 4, not_lifted: 0 })).toBe("lift");
    expect(progress.line("lift")).toMatch(/^✓ lift 2\/2 .*7 lifted, 1 not lifted$/);
  });

  it("marks a failed stage, and a retried one as running again", () => {
    const progress = new Progress();
    progress.take(entered("plan"));
    expect(progress.take(event("state_failed", { state_id: "run_lifecycle.plan.main" }))).toBe("plan");
    expect(progress.line("plan")).toMatch(/^✗ plan/);
    progress.take(entered("plan"));
    expect(progress.line("plan")).toMatch(/^… plan/);
  });

  it("lists the stages in the order they began", () => {
    const progress = new Progress();
    progress.take(entered("plan"));
    progress.take(entered("link"));
    done(progress, "plan");
    expect(progress.lines().map((line) => line.split(" ")[1])).toEqual(["plan", "link"]);
  });
});
