import { describe, expect, it, vi } from "vitest";
import { Progress } from "../../scripts/cli/progress.ts";
import { progressView } from "../../scripts/cli/progress-view.ts";
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
  const state = counts.shard === undefined ? "main" : `shard_${counts.shard}`;
  return progress.take(event("state_completed", { state_id: `run_lifecycle.${stage}.${state}` }, second));
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

  it("tells what another run did, and how much of it", () => {
    const progress = new Progress();
    progress.take(event("recomp.run.planned", { shards: 2 }));
    for (const [shard, more] of [{ reused_from: "6d0c" }, {}].entries()) {
      progress.take(entered("lift", `shard_${shard}`));
      progress.take(event("state_completed", { state_id: `run_lifecycle.lift.shard_${shard}`, ...more }));
      if (shard === 0) expect(progress.line("lift")).toMatch(/ reused from run 6d0c$/);
    }
    expect(progress.line("lift")).toMatch(/^✓ lift 2\/2 .* 1 reused from run 6d0c$/);
  });

  it("lists the stages in the order they began", () => {
    const progress = new Progress();
    progress.take(entered("plan"));
    progress.take(entered("link"));
    done(progress, "plan");
    expect(progress.lines().map((line) => line.split(" ")[1])).toEqual(["plan", "link"]);
  });

  it("counts all shards of the plan, also where a process before did some of them", () => {
    const progress = new Progress();
    progress.take(event("recomp.run.planned", { shards: 3 }));
    for (const shard of [0, 1]) progress.take(entered("lift", `shard_${shard}`));
    expect(done(progress, "lift", { shard: 0, lifted: 1 })).toBeUndefined();
    // It dies here. Another enters what was under way again, and the rest.
    progress.goOn(Date.parse("2026-01-02T00:00:00.000Z"));
    for (const shard of [1, 2]) progress.take(entered("lift", `shard_${shard}`));
    expect(done(progress, "lift", { shard: 1, lifted: 1 })).toBeUndefined();
    expect(progress.line("lift")).toMatch(/^… lift 2\/3 /);
    expect(progress.done()).toEqual([]);
    expect(done(progress, "lift", { shard: 2, lifted: 1 })).toBe("lift");
    expect(progress.line("lift")).toMatch(/^✓ lift 3\/3 /);
    expect(progress.done()).toEqual(["lift"]);
  });

  it("of a loop counts the shards of every round that was begun", () => {
    const progress = new Progress();
    progress.take(event("recomp.run.planned", { shards: 2 }));
    for (const round of [1, 2]) {
      progress.take(entered("lift", `round_${round}_shard_0`));
      progress.take(event("state_completed", { state_id: `run_lifecycle.lift.round_${round}_shard_0` }, round));
    }
    expect(progress.line("lift")).toMatch(/^… lift 2\/4 /);
  });

  describe("at a gate that waits for a person", () => {
    const waiting = () => {
      const progress = new Progress();
      progress.take(entered("approve"));
      progress.take(event("recomp.gate.opened", { state_id: "run_lifecycle.approve.main", gate: "publish" }));
      expect(done(progress, "approve")).toBe("approve");
      return progress;
    };

    it("does not show the stage as ended", () => {
      const progress = waiting();
      expect(progress.line("approve")).toMatch(/^\? approve .* waits for a person to decide at gate publish$/);
      expect(progress.done()).toEqual([]);
    });

    it.each([
      ["recomp.gate.decided", { decision: "approved" }, /^✓ approve .* gate publish approved by alice$/],
      ["recomp.gate.decided", { decision: "rejected" }, /^✗ approve .* gate publish rejected by alice$/],
      ["recomp.gate.override_applied", {}, /^✓ approve .* gate publish overridden by alice$/],
    ])("shows what was decided, and by whom: %s %o", (name, decision, line) => {
      const progress = waiting();
      expect(progress.take(event(name, { gate: "publish", by: "alice", ...decision }))).toBe("approve");
      expect(progress.line("approve")).toMatch(line);
    });
  });
});

describe("the view of it", () => {
  const RUN = "6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11";
  const of = (each: EventEnvelope): EventEnvelope => ({ ...each, run_id: RUN as never });

  /** A terminal, and a clock that stands at a second of the events. */
  function terminal() {
    let now = Date.parse("2026-01-01T00:00:00.000Z");
    let tick = () => {};
    const drawn: string[] = [];
    const clock = {
      now: () => now,
      every(_milliseconds: number, each: () => void) {
        tick = each;
        return () => drawn.push("stopped");
      },
    };
    const draw = Object.assign((text: string) => void drawn.push(text), { done: () => drawn.push("done") });
    const view = progressView(true, clock, draw);
    const to = (second: number) => {
      now = Date.parse("2026-01-01T00:00:00.000Z") + second * 1_000;
      tick();
    };
    return { view, drawn, to };
  }

  it("begins with the run's id, and ticks while nothing happens", () => {
    const { view, drawn, to } = terminal();
    to(0);
    expect(drawn).toEqual([]);
    view.take(of(entered("plan")));
    to(3);
    expect(drawn.at(-1)).toMatch(new RegExp(`^Run ${RUN}\n… plan +3\\.0 s$`));
    view.end();
    expect(drawn.slice(-3)).toEqual(["stopped", expect.stringMatching(/… plan +0 ms$/), "done"]);
  });

  it("says what was done before, and counts no time that nobody worked", () => {
    const { view, drawn, to } = terminal();
    view.before(of(entered("intake")));
    view.before(of(event("state_completed", { state_id: "run_lifecycle.intake.main" }, 1)));
    view.before(of(event("state_entered", { state_id: "run_lifecycle.plan.main" }, 1)));
    expect(drawn).toEqual([]);
    to(9_000);
    const again = event("state_entered", { state_id: "run_lifecycle.plan.main" });
    view.take(of({ ...again, ts: "2026-01-01T02:30:00.000Z" }));
    to(9_002);
    expect(drawn.at(-1)).toMatch(new RegExp(`^Run ${RUN} goes on behind intake\n✓ intake +1\\.0 s\n… plan +2\\.0 s$`));
  });

  it("elsewhere is the run's id, and then a line for each stage that ends", () => {
    const lines: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((text) => lines.push(String(text)) > 0);
    const view = progressView(false);
    view.take(of(entered("intake")));
    view.take(of(event("state_completed", { state_id: "run_lifecycle.intake.main" }, 1)));
    view.end();
    vi.restoreAllMocks();
    expect(lines).toEqual([`Run ${RUN}\n`, expect.stringMatching(/^✓ intake +1\.0 s\n$/)]);
  });
});
