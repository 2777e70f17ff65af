import { describe, expect, it } from "vitest";
import { RunStatus } from "../../../shared/contracts/status.ts";
import type { Submission } from "../../../shared/contracts/submission.ts";
import { RunFold } from "../../../shared/kernel/run/fold.ts";
import { openGate, type RunRecord } from "../../../shared/kernel/run/record.ts";
import { projectStatus } from "../../../shared/kernel/run/status.ts";
import {
  compensated,
  decided,
  emitted,
  ended,
  enter,
  fail,
  gateOpened,
  log,
  type Row,
  RUN_ID,
  ref,
  rolledBack,
  started,
  through,
} from "./events.ts";
import { foldEvents } from "./fold-events.ts";

const submission = { run_id: RUN_ID, task_lane: "math" } as Submission;
const statusOf = (...rows: readonly Row[]) => projectStatus(submission, foldEvents(log(...rows)));

const executing = [started(), ...through("intake", "plan")];
const blocked = [...executing, gateOpened("publish", "manual")];

describe("a run's status", () => {
  const table: [state: string, stage: string, attempts: number, rows: readonly Row[]][] = [
    ["queued", "none", 0, []],
    ["running", "none", 0, [started()]],
    ["running", "intake", 1, [started(), enter("intake")]],
    ["running", "intake", 1, [started(), ...through("intake")]],
    ["running", "intake", 2, [started(), enter("intake"), fail("intake"), ...through("intake")]],
    ["running", "plan", 2, executing],
    ["blocked", "plan", 2, blocked],
    ["running", "plan", 2, [...blocked, decided("publish", "approved")]],
    ["failed", "record_failure", 3, [...executing, ...through("record_failure"), ended("failed")]],
    ["failed", "publish", 3, [...executing, ...through("publish"), compensated("publish"), rolledBack]],
    ["succeeded", "complete", 3, [...executing, ...through("complete"), ended()]],
    ["failed", "none", 0, [ended("failed")]],
  ];
  it.each(table)("is %s at %s after %i attempts", (state, stage, attempts, rows) => {
    const status = statusOf(...rows);
    expect(status).toMatchObject({ run_id: RUN_ID, task_lane: "math", stall_reason: "none" });
    expect(status).toMatchObject({ state, current_stage: stage, attempt_count: attempts });
    expect(RunStatus.parse(status)).toEqual(status);
  });

  it("names the artifacts that were emitted, each once, in order of their address", () => {
    const rows = [...executing, emitted("bundle", 9), emitted("module", 8), emitted("bundle", 9)];
    expect(statusOf(...rows).artifacts).toEqual([ref(8), ref(9)]);
    expect(foldEvents(log(...rows)).roles.get("bundle")).toBe(ref(9));
  });

  it("says since when the run goes and when something last happened", () => {
    expect(projectStatus(submission, new RunFold().record)).not.toHaveProperty("started_at");
    expect(statusOf(...executing)).toMatchObject({
      started_at: "2026-01-01T00:00:01.000Z",
      updated_at: "2026-01-01T00:00:05.000Z",
    });
  });
});

describe("the reason that stands beside the state", () => {
  const { record } = new RunFold();
  const lacking = { missing: ["module.wasm"] } as unknown as NonNullable<RunRecord["validation"]>;
  const cases: [object, Partial<RunRecord>][] = [
    [{ state: "failed", reason: "cancelled" }, { phase: "cancelled" }],
    [
      { state: "succeeded", reason: "incomplete" },
      { phase: "succeeded", validation: lacking },
    ],
    [{ state: "failed" }, { phase: "failed", validation: lacking }],
    [{ state: "blocked" }, { phase: "blocked", validation: lacking }],
    [{ state: "succeeded" }, { phase: "succeeded", validation: { ...lacking, missing: [] } as typeof lacking }],
    [{ state: "succeeded" }, { phase: "succeeded" }],
  ];
  it.each(cases)("%o of %o", (expected, change) => {
    const { state, reason } = projectStatus(submission, { ...record, ...change });
    expect({ state, ...(reason === undefined ? {} : { reason }) }).toEqual(expected);
  });
});

describe("the gate a run waits at", () => {
  it("is the one that was opened and not decided", () => {
    expect(openGate(foldEvents(log(...blocked)))).toMatchObject({ gate: "publish", kind: "manual" });
    expect(openGate(foldEvents(log(...blocked, decided("publish", "approved"))))).toBeUndefined();
  });

  it("is none once the run has failed, so that nobody decides on it any more", () => {
    expect(openGate(foldEvents(log(...blocked, ended("failed"))))).toBeUndefined();
  });
});
