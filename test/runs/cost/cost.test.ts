import { describe, expect, it } from "vitest";
import { MAP_MODES } from "../../../shared/kernel/map-mode.ts";
import { countStates } from "../../../shared/runs/cost/count-states.ts";
import { MOST_EVENTS } from "../../../shared/runs/cost/estimate.ts";
import { packageSource } from "../../../shared/runs/pack.ts";
import { splitIntoShards } from "../../../shared/stages/shards.ts";
import { packedExit } from "../exit-program.ts";
import { expectForeseen, foresee } from "./foreseen.ts";

const PUBLISHING = { override: false, approve: false, publish: true };
const sizeOf = (functions: number, perShard = 50) => ({
  functions,
  shards: splitIntoShards(Array.from({ length: functions }), perShard).length,
  route: PUBLISHING,
});

describe("what is foreseen of a run", () => {
  it.each(MAP_MODES)("is what it does, with Maps %s", async (maps) => {
    await expectForeseen(packageSource(packedExit()), sizeOf(1), maps);
  });

  it("follows its route", () => {
    const transitions = (route: Partial<typeof PUBLISHING>) =>
      foresee({ ...sizeOf(1), route: { ...PUBLISHING, ...route } }, "inline").step_functions.transitions;
    expect(transitions({ publish: false })).toBe(transitions({}) - 1);
    expect(transitions({ approve: true })).toBe(transitions({}) + 1);
  });

  it("is the sum of its parts, each at its price", () => {
    const { step_functions, lambda, stores, usd } = foresee(sizeOf(100), "inline");
    expect(step_functions.usd).toBeCloseTo(step_functions.transitions * 0.000025, 10);
    expect(lambda.usd).toBeCloseTo(lambda.requests * 2e-7 + lambda.gb_seconds * 0.0000133334, 10);
    expect(usd).toBeCloseTo(step_functions.usd + lambda.usd + stores.usd, 10);
  });

  it("is refused of a definition that no flow has", () => {
    const course = { maps: "inline", shards: 1, facts: {} } as const;
    const machine = (state: object) => ({ StartAt: "A", States: { A: state } });
    expect(() => countStates(machine({ Type: "Parallel" }), course)).toThrow(
      "state A: expected a type that flows have",
    );
    expect(() => countStates(machine({ Type: "Pass", Next: "B" }), course)).toThrow("expected a state B, found none");
    expect(() => countStates(machine({ Type: "Task", Resource: "arn:x" }), course)).toThrow("found arn:x");
  });
});

describe("a run of 100,000 functions", () => {
  it("is of no more shards, transitions and events than one of 10,000: shards grow instead", () => {
    const [large, small] = [foresee(sizeOf(100_000), "inline"), foresee(sizeOf(10_000), "inline")];
    expect([large.shards, small.shards]).toEqual([200, 200]);
    expect(large.step_functions).toEqual(small.step_functions);
    expect(large.lambda.requests).toBe(small.lambda.requests);
    expect(large.lambda.gb_seconds).toBeGreaterThan(5 * small.lambda.gb_seconds);
  });

  it("is nowhere near the end of a history, even where each shard is tried six times", () => {
    const { history_events, history_limit } = foresee(sizeOf(100_000), "inline").step_functions;
    expect({ history_events, history_limit }).toEqual({ history_events: 2_870, history_limit: MOST_EVENTS });
    // Each attempt that fails is scheduled, started and failed.
    const retries = 2 * 200 * 5 * 3;
    expect(history_events + retries).toBeLessThan(MOST_EVENTS / 2);
    expect(foresee(sizeOf(100_000), "distributed").step_functions.history_events).toBeLessThan(100);
  });
});
