import { describe, expect, it } from "vitest";
import { UNNAMED_FAILURE_BRANCH } from "../../../shared/kernel/run/fold.ts";
import { complete, ended, enter, FLOW, fail, log, type Row, started, state, through } from "./events.ts";
import { foldEvents } from "./fold-events.ts";
import { phaseAfter } from "./phases.ts";

/** A start of another flow than the recompile flow. */
const flow = (change: Readonly<Record<string, unknown>>, ...states: readonly string[]): Row => {
  const { name, payload } = started(states);
  return { name, payload: { ...payload, ...change } };
};
const without = (...fields: readonly string[]): Row => {
  const { name, payload } = started(["intake", "link"]);
  return { name, payload: Object.fromEntries(Object.entries(payload).filter(([field]) => !fields.includes(field))) };
};

describe("the flow of a run", () => {
  it("is kept as the run's start says it", () => {
    expect(foldEvents(log(started(["intake", "link"])))).toMatchObject({
      opId: "recompile",
      opVersion: FLOW.op_version,
      stateMachineSha256: FLOW.state_machine_sha256,
      failureBranch: FLOW.failure_branch,
      planned: [state("intake"), state("link")],
    });
  });

  it("opens with the first state of its plan, whatever that is called", () => {
    const scan = flow({}, "scan", "report");
    expect(phaseAfter([scan, enter("report")])).toBe("-");
    expect(phaseAfter([scan, ...through("scan")])).toBe("preflight_validated");
    expect(phaseAfter([scan, ...through("scan"), enter("report")])).toBe("executing");
  });

  it("enters its own failure branch and no other", () => {
    const scan = flow({ failure_branch: "check.undo.main" }, "scan", "report");
    const undo: Row = { name: "state_entered", payload: { state_id: "check.undo.main" } };
    expect(phaseAfter([scan, undo])).toBe("created");
    expect(phaseAfter([scan, enter("record_failure")])).toBe("-");
  });

  it("is the one that the run was requested with, where it ends before it starts", () => {
    const requested: Row = { name: "recomp.run.requested", payload: { failure_branch: "check.undo.main" } };
    const undo: Row = { name: "state_entered", payload: { state_id: "check.undo.main" } };
    expect(phaseAfter([requested, undo])).toBe("created");
    expect(phaseAfter([requested, enter("record_failure")])).toBe("-");
    expect(phaseAfter([undo])).toBe("-");
    expect(() => foldEvents(log(flow({}, "scan"), requested))).toThrow(/to another failure branch/);
    expect(() => foldEvents(log(requested, undo, requested))).toThrow(/to another failure branch/);
    expect(() => foldEvents(log({ ...requested, payload: { failure_branch: 1 } }))).toThrow(/expected text/);
  });

  it("is that of old logs where they name none", () => {
    const old = without("op_version", "state_machine_sha256", "failure_branch");
    const record = foldEvents(log(old, enter("intake"), fail("intake"), ...through("record_failure"), ended("failed")));
    expect(record).toMatchObject({ phase: "failed", failureBranch: UNNAMED_FAILURE_BRANCH });
    expect(record).not.toHaveProperty("opVersion");
  });

  it.each(["op_id", "op_version", "state_machine_sha256", "failure_branch"])(
    "refuses a %s that is no text",
    (field) => {
      expect(() => foldEvents(log(flow({ [field]: 1 }, "scan")))).toThrow(
        `field payload.${field}: expected text, found 1`,
      );
    },
  );
});

describe("rounds of a loop", () => {
  const loop = [started(["intake", "select.round", "try.round_shard", "complete"]), ...through("intake")];
  const first = [...loop, ...through("select.round_1", "try.round_1_shard_0", "try.round_1_shard_1")];
  const statesOf = (rows: readonly Row[]) =>
    Object.fromEntries([...foldEvents(log(...rows)).steps.values()].map(({ stateId, state: is }) => [stateId, is]));

  it("are planned once, and stood for until the first is entered", () => {
    expect(statesOf(loop)).toMatchObject({ [state("select.round")]: "pending", [state("try.round_shard")]: "pending" });
    expect(statesOf(first)).toEqual({
      [state("intake")]: "succeeded",
      [state("select.round_1")]: "succeeded",
      [state("try.round_1_shard_0")]: "succeeded",
      [state("try.round_1_shard_1")]: "succeeded",
      [state("complete")]: "pending",
    });
  });

  it("are states of their own: the second goes on beside the first, which stays completed", () => {
    const second = [...first, ...through("select.round_2"), enter("try.round_2_shard_0")];
    expect(statesOf(second)).toMatchObject({
      [state("select.round_1")]: "succeeded",
      [state("select.round_2")]: "succeeded",
      [state("try.round_2_shard_0")]: "running",
    });
    expect(phaseAfter([...second, enter("select.round_1")])).toBe("-");
  });

  const order: [string, readonly Row[], Row, legal: boolean][] = [
    ["begin with the first", loop, enter("select.round_1"), true],
    ["do not begin with the second", loop, enter("select.round_2"), false],
    ["leave none out", first, enter("select.round_3"), false],
    ["wait for the one before", [...loop, enter("select.round_1")], enter("select.round_2"), false],
    [
      "wait for all shards of the one before",
      [...loop, ...through("select.round_1"), enter("try.round_1_shard_0"), ...through("try.round_1_shard_1")],
      enter("try.round_2_shard_0"),
      false,
    ],
    [
      "do not wait for what failed in the one before",
      [...loop, enter("select.round_1"), fail("select.round_1")],
      enter("select.round_2"),
      true,
    ],
    ["do not go back", [...first, enter("try.round_2_shard_0")], enter("try.round_1_shard_2"), false],
    [
      "do not go back to retry",
      [...loop, enter("select.round_1"), fail("select.round_1"), enter("select.round_2")],
      enter("select.round_1", 1),
      false,
    ],
    [
      "are retried while they are the last",
      [...loop, enter("select.round_1"), fail("select.round_1")],
      enter("select.round_1", 1),
      true,
    ],
    [
      "are entered again where a dead process left them, and still waited for",
      [...loop, enter("select.round_1"), enter("select.round_1")],
      enter("select.round_2"),
      false,
    ],
    ["of one step do not wait for another's", [...first, enter("select.round_2")], enter("try.round_2_shard_0"), true],
  ];
  it.each(order)("%s", (_name, rows, next, isLegal) => {
    expect(phaseAfter([...rows, next])).toBe(isLegal ? "executing" : "-");
  });

  it("are the next once a re-entered state has ended", () => {
    const rows = [...loop, enter("select.round_1"), enter("select.round_1"), complete("select.round_1")];
    expect(phaseAfter([...rows, enter("select.round_2")])).toBe("executing");
  });

  it.each([
    "select.round",
    "select.round_0",
    "select.round_01",
    "select.round_1_shard_0",
    "try.round_1",
    "try.shard_0",
  ])("are not called %s", (short) => {
    expect(phaseAfter([...loop, enter(short)])).toBe("-");
  });

  it("that no run came to are not needed", () => {
    expect(statesOf([...loop, ...through("complete"), ended()])).toMatchObject({ [state("select.round")]: "skipped" });
  });
});
