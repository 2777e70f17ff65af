import { describe, expect, it } from "vitest";
import type { DependencyStrategy } from "../../../shared/contracts/execution-plan.ts";
import { makePlan } from "../../../shared/kernel/plan/make-plan.ts";
import { id, OP, planned } from "./plans.ts";

const edge = (from: string, to: string) => ({ from: id(from), to: id(to) });

describe("a plan made from hints", () => {
  const checks = ["check1", "check2", "check3"].map((name) => planned(name, { tags: ["check"] }));
  const strategies: [DependencyStrategy, string[]][] = [
    ["latest", ["check3"]],
    ["earliest", ["check1"]],
    ["latest_successful", ["check1", "check2", "check3"]],
  ];
  it.each(strategies)("lets a state wait for the %s of those that carry the tag", (strategy, sources) => {
    const wanting = planned("publish", { depends_on: ["check"], depends_on_strategy: strategy });
    const plan = makePlan(OP, [...checks, wanting], []);
    expect(plan.edges).toEqual(sources.map((source) => edge(source, "publish")));
  });

  it("is in the order in which the states were given, under the operation's name", () => {
    const plan = makePlan(OP, checks, []);
    expect(plan).toMatchObject({ schema_version: 1, op_id: "recompile", edges: [] });
    expect(plan.states).toEqual(checks);
  });

  it("has one edge between two states, however many hints there are", () => {
    const first = planned("a", { tags: ["x", "y"] });
    expect(makePlan(OP, [first, planned("b", { depends_on: ["x", "y"] })], []).edges).toEqual([edge("a", "b")]);
  });

  it("does not let a state wait for itself where another carries the tag too", () => {
    const plan = makePlan(OP, [planned("a", { tags: ["x"] }), planned("b", { tags: ["x"], depends_on: ["x"] })], []);
    expect(plan.edges).toEqual([edge("a", "b")]);
  });

  it("is refused when nobody carries a tag, or only who wants it", () => {
    expect(() => makePlan(OP, [planned("a", { depends_on: ["x"] })], [])).toThrow(/m\.a\.main depends on tag x/);
    expect(() => makePlan(OP, [planned("a", { depends_on: ["a"] })], [])).toThrow(/m\.a\.main depends on tag a/);
  });

  it("is refused when states wait for each other", () => {
    const states = [planned("a", { depends_on: ["b"] }), planned("b", { depends_on: ["a"] })];
    expect(() => makePlan(OP, states, [])).toThrow(/cycle m\.a\.main -> m\.b\.main -> m\.a\.main/);
  });

  it("is refused without states", () => {
    expect(() => makePlan(OP, [], [])).toThrow(/at least one state/);
  });
});

describe("skip tags", () => {
  const states = [
    planned("fetch", { tags: ["fetch_data"] }),
    planned("check", { tags: ["check"], depends_on: ["fetch_data"] }),
    planned("publish", { tags: ["apply_side_effect", "publish"], depends_on: ["check"] }),
  ];

  it("mark the states that carry one, with the tag, and leave them in the plan", () => {
    const { states: planned } = makePlan(OP, states, ["apply_side_effect"]);
    expect(planned.map(({ skipped_by }) => skipped_by)).toEqual([undefined, undefined, "apply_side_effect"]);
  });

  it("that no state carries change nothing", () => {
    expect(makePlan(OP, states, ["impure"])).toEqual(makePlan(OP, states, []));
  });

  it("are refused where another state needs what they take out", () => {
    expect(() => makePlan(OP, states, ["check"])).toThrow(
      "skip tag check takes out m.check.main, but m.publish.main needs it",
    );
    expect(() => makePlan(OP, states, ["check", "publish"])).not.toThrow();
  });
});
