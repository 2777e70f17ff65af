import { describe, expect, it } from "vitest";
import type { Submission } from "../../../shared/contracts/submission.ts";
import { projectStatus } from "../../../shared/kernel/run/status.ts";
import {
  childEnded,
  complete,
  decided,
  ended,
  enter,
  gateOpened,
  log,
  type Row,
  RUN_ID,
  spawned,
  started,
} from "./events.ts";
import { foldEvents } from "./fold-events.ts";
import { executing } from "./phases.ts";

const folding =
  (...rows: readonly Row[]) =>
  () =>
    foldEvents(log(...executing, ...rows));

describe("a log is refused, with what it would have come from and to, in which", () => {
  it.each<[string, readonly Row[], string]>([
    [
      "a child ends that nobody began",
      [childEnded("completed")],
      "child run 0c1d2e3f-6f3b-4d0e-9a52-5b1b7f6f2c11 unknown to ended",
    ],
    [
      "a child ends twice",
      [spawned(), childEnded("failed"), childEnded("completed")],
      "child run 0c1d2e3f-6f3b-4d0e-9a52-5b1b7f6f2c11 failed to ended",
    ],
    [
      "a child is begun twice",
      [spawned(), spawned()],
      "child run 0c1d2e3f-6f3b-4d0e-9a52-5b1b7f6f2c11 running to spawned",
    ],
    [
      "a run succeeds beside a child that runs",
      [complete("plan"), spawned(), ended()],
      "child run 0c1d2e3f-6f3b-4d0e-9a52-5b1b7f6f2c11 running to succeeded",
    ],
    [
      "a run succeeds though a person refused it",
      [complete("plan"), gateOpened("publish", "manual"), decided("publish", "rejected"), ended()],
      "gate publish rejected to succeeded",
    ],
    ["a run succeeds with a state under way", [ended()], "1 states running to succeeded"],
  ])("%s", (_, rows, expected) => {
    expect(folding(...rows)).toThrow(`cannot go from ${expected};`);
  });

  it("a field is long: it is quoted shortened", () => {
    const from = { run_id: "x".repeat(200) };
    const error = (() => {
      try {
        return foldEvents(log({ name: "recomp.run.requested", payload: { op_id: "recompile", resumed_from: from } }));
      } catch (thrown) {
        return thrown as Error;
      }
    })() as Error;
    expect(error.message).toMatch(/found \{"run_id":"x{66}\.\.\.; the log was not written/);
  });

  it("a field is short or missing: it is quoted as it is, or said to be nothing", () => {
    const entering = (payload: object) => folding({ name: "state_entered", payload: payload as Row["payload"] });
    expect(entering({ state_id: 7 })).toThrow(/field payload\.state_id: .* found 7; the log was not written/);
    expect(entering({})).toThrow(/field payload\.state_id: .* found nothing; the log was not written/);
  });
});

describe("a status", () => {
  it("of a run that has not begun has no times, and of one that has, both", () => {
    const submission = { run_id: RUN_ID, task_lane: "math" } as Submission;
    const queued = projectStatus(submission, foldEvents([]));
    expect(Object.keys(queued)).not.toContain("started_at");
    expect(Object.keys(queued)).not.toContain("updated_at");
    expect(projectStatus(submission, foldEvents(log(started(), enter("intake"))))).toMatchObject({
      started_at: "2026-01-01T00:00:01.000Z",
      updated_at: "2026-01-01T00:00:02.000Z",
    });
  });
});
