import { describe, expect, it } from "vitest";
import { timeInStages } from "../lab/bench/suites/events.ts";

/** A log line as handlers write it: when a stage had run, and for how long. */
const ran = (at: number, stage_ms: number) => JSON.stringify({ time: new Date(at).toISOString(), stage_ms });

describe("time in stages", () => {
  it("adds up what the handlers logged", () => {
    expect(timeInStages(`${ran(1_000, 100)}\n${ran(2_000, 50)}\n`)).toBe(150);
  });

  it("counts stages side by side once", () => {
    expect(timeInStages([ran(1_000, 400), ran(900, 200), ran(1_100, 200)].join("\n"))).toBe(500);
  });

  it("leaves out lines that tell of no stage", () => {
    expect(timeInStages(`${JSON.stringify({ time: new Date(5).toISOString(), msg: "state entered" })}\n`)).toBe(0);
  });
});
