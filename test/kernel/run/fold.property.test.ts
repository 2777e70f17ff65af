import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RUN_TRANSITIONS } from "../../../shared/kernel/run/transitions.ts";
import { oneIn } from "../../support/scale.ts";
import { explore } from "./fuzz/explore.ts";

const SEQUENCES = Number(process.env.RESTEP_FOLD_SEQUENCES ?? 1_000_000 / oneIn(100));
const SEED = Number(process.env.RESTEP_FOLD_SEED ?? 20_260_101);

const { stackTraceLimit } = Error;
beforeEach(() => {
  // Refusals are thrown by the hundred thousand, and nobody looks at where.
  Error.stackTraceLimit = 0;
});
afterEach(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

describe("the fold of any log", () => {
  it(`accepts and refuses what the model does, in ${SEQUENCES} random logs`, { timeout: 300_000 }, () => {
    const { violation, phases, refused, events } = explore(SEQUENCES, SEED);
    expect(violation).toBeUndefined();
    // Both sides of the fence were seen, and every phase.
    expect(refused).toBeGreaterThan(events / 50);
    expect(refused).toBeLessThan(events / 2);
    for (const phase of Object.keys(RUN_TRANSITIONS)) expect(phases[phase], phase).toBeGreaterThan(SEQUENCES / 1_000);
  });
});
