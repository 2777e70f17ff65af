import { describe, expect, it } from "vitest";
import { ExecutionPlan } from "../../../shared/contracts/execution-plan.ts";
import { InvalidPlan, type PlanProblem } from "../../../shared/kernel/plan/errors.ts";
import { findPlanProblem, validatePlan } from "../../../shared/kernel/plan/validate.ts";
import { id, OP, planned, planOf } from "./plans.ts";

describe("a plan", () => {
  it("is accepted when every edge leads from one of its states to another and nothing waits for itself", () => {
    const plan = planOf("a b c d", "a>b a>c b>d c>d a>d a>d");
    expect(findPlanProblem(plan)).toBeUndefined();
    expect(() => validatePlan(plan)).not.toThrow();
    expect(ExecutionPlan.parse(plan)).toEqual(plan);
  });

  it("may have states that nothing leads to", () => {
    expect(findPlanProblem(planOf("a b"))).toBeUndefined();
  });

  const problems: [string, ExecutionPlan, PlanProblem, message: string][] = [
    ["has no states", planOf(""), { kind: "empty_plan" }, "expected at least one state, found none"],
    [
      "names a state twice",
      planOf("a b a", "a>b"),
      { kind: "duplicate_state_id", state_id: id("a") },
      "expected every state once, found m.a.main twice",
    ],
    [
      "has an edge from a state it does not have",
      planOf("a b", "a>b x>b"),
      { kind: "missing_state_for_edge", missing: id("x"), from: id("x"), to: id("b") },
      "edge m.x.main -> m.b.main: expected both states in the plan, m.x.main is not",
    ],
    [
      "has an edge to a state it does not have",
      planOf("a b", "a>x"),
      { kind: "missing_state_for_edge", missing: id("x"), from: id("a"), to: id("x") },
      "edge m.a.main -> m.x.main: expected both states in the plan, m.x.main is not",
    ],
    [
      "has a state that waits for itself",
      planOf("a b", "a>b b>b"),
      { kind: "circular_dependency", cycle: [id("b")] },
      "the cycle m.b.main -> m.b.main",
    ],
    [
      "has states that wait for each other",
      planOf("start a b c end", "start>a a>b b>c c>a c>end"),
      { kind: "circular_dependency", cycle: [id("a"), id("b"), id("c")] },
      "the cycle m.a.main -> m.b.main -> m.c.main -> m.a.main",
    ],
    [
      "has a cycle that nothing leads to",
      planOf("a b c", "b>c c>b"),
      { kind: "circular_dependency", cycle: [id("b"), id("c")] },
      "the cycle m.b.main -> m.c.main -> m.b.main",
    ],
    [
      "has a state that waits for a tag nobody carries",
      { ...planOf("a"), states: [planned("a", { depends_on: ["lift"] })] },
      { kind: "dangling_dependency_tag", state_id: id("a"), missing_tag: "lift" },
      "m.a.main depends on tag lift, which no other state of the plan carries",
    ],
    [
      "has a state that waits for a tag only it carries",
      { ...planOf("a"), states: [planned("a", { tags: ["lift", "lift"], depends_on: ["lift"] }), planned("b")] },
      { kind: "dangling_dependency_tag", state_id: id("a"), missing_tag: "lift" },
      "m.a.main depends on tag lift, which no other state of the plan carries",
    ],
    [
      "skips what another state needs",
      {
        ...planOf("", "a>b b>c"),
        states: [planned("a"), planned("b", {}, { skipped_by: "compute" }), planned("c")],
      },
      { kind: "skipped_dependency", state_id: id("c"), skipped: id("b"), skip_tag: "compute" },
      "skip tag compute takes out m.b.main, but m.c.main needs it; skip both or neither",
    ],
  ];
  it.each(problems)("that %s is refused", (_name, plan, problem, message) => {
    expect(findPlanProblem(plan)).toEqual(problem);
    const thrown = catchIt(() => validatePlan(plan));
    expect(thrown).toBeInstanceOf(InvalidPlan);
    expect(thrown).toMatchObject({
      name: "InvalidPlan",
      code: `plan_${problem.kind}`,
      category: "contract",
      retryable: false,
      problem,
      details: problem,
    });
    expect((thrown as Error).message).toContain(message);
  });

  it("may skip a state together with all that needs it", () => {
    const skipped = { skipped_by: "report" };
    const plan = {
      ...planOf("", "a>b b>c"),
      states: [planned("a"), planned("b", {}, skipped), planned("c", {}, skipped)],
    };
    expect(findPlanProblem(plan)).toBeUndefined();
  });
});

describe("a deep plan", () => {
  const depth = 100_000;
  const names = Array.from({ length: depth }, (_, index) => `s${index}`);
  const states = names.map((name) => planned(name));
  const chain = names.slice(1).map((name, index) => ({ from: id(names[index]!), to: id(name) }));

  it("is accepted, whatever its order on paper", () => {
    expect(findPlanProblem({ schema_version: 1, op_id: OP, states, edges: chain })).toBeUndefined();
    const backwards = { schema_version: 1 as const, op_id: OP, states: states.toReversed(), edges: chain.toReversed() };
    expect(findPlanProblem(backwards)).toBeUndefined();
  });

  it("is refused when its end leads back to its beginning, with all of the way", () => {
    const edges = [...chain, { from: id(names.at(-1)!), to: id("s0") }];
    const problem = findPlanProblem({ schema_version: 1, op_id: OP, states, edges });
    expect(problem?.kind).toBe("circular_dependency");
    const { cycle } = problem as { cycle: readonly string[] };
    expect(cycle).toHaveLength(depth);
    expect(cycle.slice(0, 3)).toEqual([id("s0"), id("s1"), id("s2")]);
  });
});

function catchIt(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
