import { describe, expect, it } from "vitest";
import { nameOf, visitNamed, visitsOf } from "../../../shared/kernel/run/visits.ts";
import {
  complete,
  decided,
  enter,
  fail,
  gateFailed,
  gateOpened,
  log,
  overridden,
  type Row,
  started,
  state,
  through,
} from "./events.ts";
import { foldEvents } from "./fold-events.ts";

const PLANNED = ["intake", "lift.shard", "validation_gate", "override", "approve", "try.round_shard"];
/** Those after the intake. */
const visits = (...rows: readonly Row[]) =>
  visitsOf(foldEvents(log(started(PLANNED), ...through("intake"), ...rows))).slice(1);
const [FIRST, SECOND] = ["lift.shard_0", "lift.shard_1"] as const;

describe("the visits of a run", () => {
  it("are one for all shards, in the order of their entries, from the first entry to the last end", () => {
    const rows = [enter(FIRST), enter(SECOND), complete(SECOND), complete(FIRST)];
    expect(visitsOf(foldEvents(log(started(PLANNED), ...through("intake"), ...rows)))).toMatchObject([
      { id: state("intake"), planned: state("intake"), enteredSeq: 2, endedSeq: 3, isSuccessful: true },
      { id: state("lift.shard"), planned: state("lift.shard"), enteredSeq: 4, endedSeq: 7, isSuccessful: true },
    ]);
  });

  it("are one for each round", () => {
    const found = visits(...through("try.round_1_shard_0", "try.round_1_shard_1"), enter("try.round_2_shard_0"));
    expect(found.map(({ id, planned, states }) => [id, planned, states.length])).toEqual([
      [state("try.round_1_shard"), state("try.round_shard"), 2],
      [state("try.round_2_shard"), state("try.round_shard"), 1],
    ]);
    expect(found.map(({ id }) => nameOf(id))).toEqual(["try.round_1", "try.round_2"]);
    expect(visitNamed(found, "try")).toBe(found[1]);
    expect(visitNamed(found, "try.round_1")).toBe(found[0]);
    expect(visitNamed(found, "lift")).toBeUndefined();
  });

  it("leave out what was only planned, and the branch of failures", () => {
    expect(visits(enter(FIRST), fail(FIRST), enter("record_failure")).map(({ id }) => id)).toEqual([
      state("lift.shard"),
    ]);
  });

  it.each<[string, readonly Row[], boolean]>([
    ["every shard of it completed", [complete(FIRST), complete(SECOND)], true],
    ["one is under way", [complete(FIRST)], false],
    ["one failed", [fail(FIRST), complete(SECOND)], false],
    ["all failed", [fail(FIRST), fail(SECOND)], false],
  ])("are successful or not: %s", (_, rows, isSuccessful) => {
    const [visit] = visits(enter(FIRST), enter(SECOND), ...rows);
    expect(visit?.isSuccessful).toBe(isSuccessful);
  });

  it("have no end while a state of theirs has none", () => {
    expect(visits(enter(FIRST), enter(SECOND), complete(FIRST))[0]?.endedSeq).toBe(Number.MAX_SAFE_INTEGER);
  });

  const { name, payload } = gateFailed("quality");
  const failedSoftly = [
    enter("validation_gate"),
    { name, payload: { ...payload, kind: "soft" } },
    complete("validation_gate"),
  ];
  const approval = [enter("approve"), gateOpened("publish", "manual")];

  it.each<[string, readonly Row[], object]>([
    ["failed, and nobody overrode it", failedSoftly, { isSuccessful: false, isUndecided: false }],
    ["waits for a person", approval, { isSuccessful: false, isUndecided: true }],
    [
      "was refused by a person",
      [...approval, decided("publish", "rejected"), complete("approve")],
      { isSuccessful: false, isUndecided: true },
    ],
    [
      "was opened by a person",
      [...approval, decided("publish", "approved"), complete("approve")],
      { isSuccessful: true, isUndecided: false },
    ],
  ])("of a gate that %s", (_, rows, expected) => {
    expect(visits(...rows)[0]).toMatchObject(expected);
  });

  it("of a gate that failed and was overridden are successful", () => {
    const rows = [
      enter("validation_gate"),
      gateFailed("validation"),
      complete("validation_gate"),
      enter("override"),
      gateOpened("validation", "override"),
      overridden("validation"),
      complete("override"),
    ];
    expect(visits(...rows)[0]).toMatchObject({ isSuccessful: true });
  });
});
