import { describe, expect, it } from "vitest";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import type { Submission } from "../../shared/contracts/submission.ts";
import { applyEvent, emptyRunRecord, foldEvents, projectStatus } from "../../shared/kernel/run-record.ts";

const RUN_ID = "6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11";
const SNAPSHOT = `artifact://${"1".repeat(64)}`;
const submission = { run_id: RUN_ID, task_lane: "math" } as Submission;

/** A log from terse rows: name, state id or payload, attempt. */
function log(...rows: [name: string, payload?: Record<string, unknown>, attempt?: number][]): EventEnvelope[] {
  return rows.map(
    ([name, payload = {}, attempt = 0], index) =>
      ({
        run_id: RUN_ID,
        seq: index + 1,
        ts: `2026-01-01T00:00:${String(index).padStart(2, "0")}.000Z`,
        actor: "test",
        attempt,
        kind: name.startsWith("recomp.") ? "domain" : "kernel",
        name,
        payload,
        prev: "0".repeat(64),
      }) as unknown as EventEnvelope,
  );
}

const started = ["run_started", {}] as [string, Record<string, unknown>];
const enter = (stage: string, attempt = 0): [string, Record<string, unknown>, number] => [
  "state_entered",
  { state_id: `run_lifecycle.${stage}.main` },
  attempt,
];
const complete = (stage: string): [string, Record<string, unknown>] => [
  "state_completed",
  { state_id: `run_lifecycle.${stage}.main`, context_snapshot: SNAPSHOT },
];
const fail = (stage: string): [string, Record<string, unknown>] => [
  "state_failed",
  { state_id: `run_lifecycle.${stage}.main`, error: { name: "TransientIo", message: "disk" } },
];

describe("a run's record", () => {
  it("is queued before its first event", () => {
    expect(projectStatus(submission, emptyRunRecord())).toMatchObject({
      state: "queued",
      current_stage: "none",
      attempt_count: 0,
    });
  });

  it("is failed when it ended before its first stage could start", () => {
    const record = foldEvents(log(["run_completed", { status: "failed" }]));
    expect(projectStatus(submission, record).state).toBe("failed");
  });

  it("passes preflight when intake completes, and executes from the next state on", () => {
    const preflight = foldEvents(log(started, enter("intake"), complete("intake")));
    expect(preflight.phase).toBe("preflight_validated");
    expect(foldEvents(log(started, enter("intake"), complete("intake"), enter("plan"))).phase).toBe("executing");
  });

  it("succeeds with the bundle its last event names", () => {
    const record = foldEvents(
      log(
        started,
        enter("intake"),
        complete("intake"),
        enter("complete"),
        complete("complete"),
        ["recomp.run.completed", { state: "succeeded", bundle: SNAPSHOT }],
        ["run_completed", { status: "completed" }],
      ),
    );
    expect(record).toMatchObject({ phase: "succeeded", bundle: SNAPSHOT });
    expect(projectStatus(submission, record)).toMatchObject({
      state: "succeeded",
      task_lane: "math",
      attempt_count: 2,
    });
  });

  it("fails when the preflight gate fails", () => {
    const record = foldEvents(
      log(
        started,
        enter("intake"),
        fail("intake"),
        enter("record_failure"),
        complete("record_failure"),
        ["recomp.run.completed", { state: "failed", error: "HardGateFailed", cause: "no provenance" }],
        ["run_completed", { status: "failed" }],
      ),
    );
    expect(record).toMatchObject({ phase: "failed", failure: { error: "HardGateFailed", cause: "no provenance" } });
  });

  it("counts a retry as one more entry of the same state", () => {
    const record = foldEvents(log(started, enter("intake"), fail("intake"), enter("intake", 1), complete("intake")));
    expect(record.steps.get("run_lifecycle.intake.main")).toMatchObject({ state: "succeeded", entries: 2, attempt: 1 });
    expect(record.attemptCount).toBe(2);
  });

  it("lets a state be entered again that a dead process left running", () => {
    const record = foldEvents(log(started, enter("intake"), enter("intake"), complete("intake")));
    expect(record.steps.get("run_lifecycle.intake.main")?.entries).toBe(2);
  });

  const illegal: [string, EventEnvelope[]][] = [
    ["a second start", log(started, started)],
    ["the end of a state never entered", log(started, complete("lift"))],
    ["a state that fails after it completed", log(started, enter("intake"), complete("intake"), fail("intake"))],
    ["success before preflight", log(started, ["run_completed", { status: "completed" }])],
    ["a second end", log(started, ["run_completed", { status: "failed" }], ["run_completed", { status: "failed" }])],
    ["a state entered after the end", log(started, ["run_completed", { status: "failed" }], enter("lift"))],
    ["a kernel event nobody knows", log(started, ["run_paused", {}])],
  ];
  it.each(illegal)("throws on %s", (_name, events) => {
    expect(() => foldEvents(events)).toThrow(/cannot go from/);
  });

  it("does not change the record it was given", () => {
    const before = foldEvents(log(started, enter("intake")));
    const copy = structuredClone(before);
    applyEvent(before, log(started, enter("intake"), complete("intake"))[2]!);
    expect(before).toEqual(copy);
  });
});
