import { describe, expect, it } from "vitest";
import type { EventEnvelope } from "../../../shared/contracts/event.ts";
import { RunFold } from "../../../shared/kernel/run/fold.ts";
import {
  CHILD_ID,
  compensated,
  complete,
  ended,
  fact,
  fail,
  log,
  notCompensated,
  place,
  type Row,
  rolledBack,
  spawned,
  started,
  state,
  through,
} from "./events.ts";
import { foldEvents } from "./fold-events.ts";
import { executing, planned } from "./phases.ts";

describe("facts", () => {
  it("are indexed in the order of the log, each under its attempt", () => {
    const rows = [...executing, fact("plan/clock/now", 8), fact("plan/clock/now", 9, 1), fact("plan/value/x", 10)];
    expect(foldEvents(log(...rows)).facts).toEqual(
      [
        ["plan/clock/now", 0, 8],
        ["plan/clock/now", 1, 9],
        ["plan/value/x", 0, 10],
      ].map(([key, attempt, payload]) => ({
        key,
        attempt,
        request_sha256: "a".repeat(64),
        outcome: "response",
        payload: `artifact://${Number(payload).toString(16).padStart(64, "0")}`,
      })),
    );
  });
});

describe("after a throw the fold", () => {
  /** Each is refused in the middle of a run, some of them late. */
  const refused: [string, Row][] = [
    ["of a second start", started()],
    ["of a kernel event nobody knows", { name: "kernel.run_paused", payload: {} }],
    ["of a state without an id", { name: "state_entered", payload: {} }],
    ["of a state whose id is no text", { name: "state_entered", payload: { state_id: { toString: 1 } } }],
    ["of a state that is not running", complete("link")],
    ["of an end nobody knows", { name: "run_completed", payload: { status: "paused" } }],
    [
      "of an end rolled back nobody knows how",
      { name: "run_completed", payload: { status: "failed", rolled_back: 1 } },
    ],
    ["of a success with states running", ended()],
    ["of an artifact without a role", { name: "recomp.artifact.emitted", payload: {}, ref: state("x") }],
    ["of an escalation of nothing", { name: "recomp.run.escalated", payload: {} }],
    ["of a failure whose error is no text", { name: "recomp.run.completed", payload: { error: 5 } }],
  ];
  it.each(refused)("is as it was: %s", (_name, row) => {
    const before = log(...executing);
    const fold = new RunFold();
    for (const event of before) fold.take(event);
    expect(() => fold.take(place(row, before.length + 1))).toThrow(/restep verify 6f0a3f0e/);
    expect(fold.record).toEqual(foldEvents(before));
    fold.take(place(complete("plan"), before.length + 1));
    expect(fold.record).toEqual(foldEvents(log(...executing, complete("plan"))));
  });

  const starts: [string, Record<string, unknown>][] = [
    ["states that are none", { states: "all" }],
    ["a state that is no text", { states: [state("intake"), 5] }],
    ["a state named twice", { states: [state("intake"), state("intake")] }],
    ["skip tags that are none", { states: [state("intake")], skipped: { [state("intake")]: ["compute"] } }],
    ["nothing where the skip tags belong", { states: [state("intake")], skipped: null }],
  ];
  it.each(starts)("is empty: of a start with %s", (_name, payload) => {
    const fold = new RunFold();
    expect(() => fold.take(place({ name: "run_started", payload }, 1))).toThrow(/field payload\.(states|skipped)/);
    expect(fold.record).toEqual(new RunFold().record);
  });

  /** Ends that what stands in the log does not allow, and in which words. */
  it.each<[string, Row[], Row, string]>([
    ["with a state running", [], ended(), "1 states running to succeeded"],
    ["with a child run running", [complete("plan"), spawned()], ended(), `child run ${CHILD_ID} running to succeeded`],
    ["with a state failed", [fail("plan")], ended(), `${state("plan")} failed to succeeded`],
    [
      "with a state taken back",
      [complete("plan"), compensated("plan")],
      ended(),
      `${state("plan")} compensated to succeeded`,
    ],
    [
      "completed, though it was rolled back",
      [complete("plan"), compensated("plan")],
      { name: "run_completed", payload: { status: "completed", rolled_back: true } },
      "completed to rolled_back",
    ],
    [
      "rolled back, though nothing was taken back",
      [complete("plan")],
      rolledBack,
      "nothing compensated to rolled_back",
    ],
    [
      "rolled back, though something was not",
      [complete("plan"), compensated("intake"), notCompensated("plan")],
      rolledBack,
      "a failed compensation to rolled_back",
    ],
  ])("a run does not end %s", (_name, rows, end, expected) => {
    expect(() => foldEvents(log(...executing, ...rows, end))).toThrow(`cannot go from ${expected};`);
  });

  it("a run does not go on from what is no recovery point", () => {
    const row = { name: "recomp.run.requested", payload: { op_id: "recompile", resumed_from: { run_id: "other" } } };
    expect(() => foldEvents(log(row))).toThrow(/field payload\.resumed_from: expected a run and its recovery point/);
  });

  it("says which event asked for what, and what to do", () => {
    expect(() => foldEvents(log(...executing, fail("link")))).toThrow(
      `run 6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11, event 5 (state_failed): cannot go from pending to failed; the log was not written by this machine, or is damaged: run \`restep verify 6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11\``,
    );
  });
});

describe("a long log", () => {
  it("is folded in time that grows with its length", () => {
    const shards = 50_000;
    const rows = Array.from({ length: shards }, (_, shard) => through(`lift.shard_${shard}`)).flat();
    const events: EventEnvelope[] = log(...planned, ...rows, ended());
    const record = foldEvents(events);
    expect(record).toMatchObject({ phase: "succeeded", attemptCount: shards + 2, seq: 2 * shards + 6 });
  });
});
