import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExecutionPlan } from "../../../shared/contracts/execution-plan.ts";
import { findPlanProblem } from "../../../shared/kernel/plan/validate.ts";
import { id, OP, planned } from "./plans.ts";

/** Few states and many edges, so that about half of the plans have a cycle. */
const anyPlan = fc.integer({ min: 1, max: 9 }).chain((size) => {
  const end = fc.nat(size - 1);
  return fc
    .tuple(
      fc.shuffledSubarray([...Array(size).keys()], { minLength: size }),
      fc.array(fc.tuple(end, end), { maxLength: 14 }),
    )
    .map(
      ([order, pairs]): ExecutionPlan => ({
        schema_version: 1,
        op_id: OP,
        states: order.map((index) => planned(`s${index}`)),
        edges: pairs.map(([from, to]) => ({ from: id(`s${from}`), to: id(`s${to}`) })),
      }),
    );
});
/** Edges that only lead forward, in states named out of order. */
const anyOrderedPlan = anyPlan.map((plan): ExecutionPlan => {
  const place = new Map(plan.states.map((state, index) => [state.id, index]));
  const forward = plan.edges.filter(({ from, to }) => place.get(from)! < place.get(to)!);
  return { ...plan, states: plan.states.toSorted((a, b) => (a.id < b.id ? -1 : 1)), edges: forward };
});

/** Kahn's way: takes what nothing leads to, again and again. What is left lies on or behind a cycle. */
function sortable({ states, edges }: ExecutionPlan): boolean {
  let left = new Set(states.map((state) => state.id));
  for (;;) {
    const waiting = new Set(edges.filter(({ from, to }) => left.has(from) && left.has(to)).map(({ to }) => to));
    const next = new Set([...left].filter((each) => waiting.has(each)));
    if (next.size === left.size) return left.size === 0;
    left = next;
  }
}

describe("the plan validator", () => {
  it("finds a cycle exactly where there is no topological order", () => {
    let cyclic = 0;
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const problem = findPlanProblem(plan);
        if (problem !== undefined) cyclic++;
        expect(problem?.kind).toBe(sortable(plan) ? undefined : "circular_dependency");
      }),
      { numRuns: 2_000, seed: 1 },
    );
    expect(cyclic).toBeGreaterThan(300);
    expect(cyclic).toBeLessThan(1_700);
  });

  it("accepts every plan whose edges follow some order", () => {
    fc.assert(
      fc.property(anyOrderedPlan, (plan) => {
        expect(findPlanProblem(plan)).toBeUndefined();
      }),
    );
  });

  it("names a cycle that is there: each state once, each edge of the plan, back to the first", () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const problem = findPlanProblem(plan);
        fc.pre(problem?.kind === "circular_dependency");
        const { cycle } = problem as { cycle: readonly string[] };
        expect(new Set(cycle).size).toBe(cycle.length);
        const edges = new Set(plan.edges.map(({ from, to }) => `${from}>${to}`));
        for (const [index, from] of cycle.entries()) {
          expect(edges).toContain(`${from}>${cycle[(index + 1) % cycle.length]}`);
        }
      }),
    );
  });
});
