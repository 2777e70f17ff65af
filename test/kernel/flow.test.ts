import { describe, expect, it } from "vitest";
import { RunId } from "../../shared/contracts/ids.ts";
import { flowNamed, functionNameOf, stageOfFunction } from "../../shared/kernel/flow.ts";
import { expectSameFlow } from "../../shared/kernel/run/same-flow.ts";
import { plannedStateIdOf, stageOf, stateIdOf } from "../../shared/kernel/state-ids.ts";
import { place, RUN_ID, started } from "./run/events.ts";
import { foldEvents } from "./run/fold-events.ts";
import { TEST_FLOW } from "./support.ts";

describe("a state id", () => {
  const ids: [object, string][] = [
    [{}, "m.lift.main"],
    [{ shard: 3 }, "m.lift.shard_3"],
    [{ round: 1 }, "m.lift.round_1"],
    [{ round: 2, shard: 0 }, "m.lift.round_2_shard_0"],
  ];
  it.each(ids)("of %j is %s", (place, id) => {
    expect(stateIdOf("m", "lift", place)).toBe(id);
    expect(stageOf(id)).toBe("lift");
  });

  const planned: [object, string][] = [
    [{}, "m.lift.main"],
    [{ isSharded: true }, "m.lift.shard"],
    [{ isLooped: true }, "m.lift.round"],
    [{ isLooped: true, isSharded: true }, "m.lift.round_shard"],
  ];
  it.each(planned)("is planned once for a stage that is %j", (meta, id) => {
    expect(plannedStateIdOf("m", "lift", meta)).toBe(id);
  });
});

describe("a flow", () => {
  it("is found by its name, or the names there are are told", () => {
    expect(flowNamed([TEST_FLOW], "test")).toBe(TEST_FLOW);
    expect(() => flowNamed([TEST_FLOW], "check")).toThrow(/flow check: expected one of test/);
  });

  it.each(["lift", "validation_gate", "verify_artifacts"])("has one function for each stage: %s", (stage) => {
    expect(stageOfFunction(functionNameOf(stage))).toBe(stage);
  });

  const runId = RunId.parse(RUN_ID);
  const begun = (payload: object = {}) => {
    const start = started();
    const under = { op_id: "test", op_version: "3", state_machine_sha256: "a".repeat(64) };
    return foldEvents([place({ ...start, payload: { ...start.payload, ...under, ...payload } }, 1)]);
  };

  it("goes on under the definition it was begun under, and before it has begun under any", () => {
    expect(() => expectSameFlow(runId, begun(), TEST_FLOW, "a".repeat(64))).not.toThrow();
    expect(() => expectSameFlow(runId, foldEvents([]), TEST_FLOW, "b".repeat(64))).not.toThrow();
  });

  const changes: [string, object, string, RegExp][] = [
    [
      "another definition",
      {},
      "b".repeat(64),
      /expected test 3 \(state machine a{12}\), .* found test 3 \(state machine b{12}\)/,
    ],
    ["another version", { op_version: "2" }, "a".repeat(64), /expected test 2 .* found test 3/],
    ["another flow", { op_id: "check" }, "a".repeat(64), /expected check 3 .* found test 3/],
    ["a log of before", { op_version: undefined }, "a".repeat(64), /expected test before versions were recorded/],
  ];
  it.each(changes)("is refused in one sentence for %s", (_name, payload, sha256, message) => {
    expect(() => expectSameFlow(runId, begun(payload), TEST_FLOW, sha256)).toThrow(message);
    expect(() => expectSameFlow(runId, begun(payload), TEST_FLOW, sha256)).toThrow(
      expect.objectContaining({ name: "FlowChanged", code: "flow_changed" }),
    );
  });
});
