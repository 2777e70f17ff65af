import { describe, expect, it } from "vitest";
import { createTelemetry } from "../../shared/telemetry/stage-telemetry.ts";

describe("what a stage tells of itself", () => {
  it("adds up counters", () => {
    const { count, state } = createTelemetry();
    count("calls");
    count("tokens", 40);
    count("tokens", 2);
    expect(Object.fromEntries(state.counters)).toEqual({ calls: 1, tokens: 42 });
  });

  it("tells warnings of one kind as one, with the first message and their number", () => {
    const { warn, state } = createTelemetry();
    warn("slow", "it took long");
    warn("odd", "it looks odd");
    warn("slow", "it took longer");
    expect(state.warnings).toEqual([
      { code: "slow", message: "it took long", count: 2 },
      { code: "odd", message: "it looks odd", count: 1 },
    ]);
  });

  it("keeps an event small, whatever a stage warns of", () => {
    const { warn, state } = createTelemetry();
    for (let kind = 0; kind < 100; kind++) warn(`kind_${kind}`, "x".repeat(10_000));
    warn("kind_3", "again");
    expect(state.warnings).toHaveLength(21);
    expect(state.warnings.at(-1)).toMatchObject({ code: "other", count: 80 });
    expect(state.warnings[3]).toMatchObject({ code: "kind_3", count: 2 });
    expect(state.warnings[0]?.message).toHaveLength(500);
  });

  it("keeps of a diagnosis what it was when it was made, as JSON where it can", () => {
    const { diagnose, state } = createTelemetry();
    const seen = { rounds: [1] };
    diagnose("search", seen);
    seen.rounds.push(2);
    diagnose("big", 1n);
    expect(Object.fromEntries(state.diagnostics)).toEqual({ search: { rounds: [1] }, big: "1" });
  });
});
