import { describe, expect, it } from "vitest";
import { RunFold } from "../../../shared/kernel/run/fold.ts";
import { randomFrom } from "./fuzz/random.ts";
import { damaged, sensibleRun } from "./fuzz/script.ts";

const SEQUENCES = 1_500;

/** Takes an event in; a refusal is told by its message. */
function takenBy(fold: RunFold, event: Parameters<RunFold["take"]>[0]): string {
  try {
    fold.take(event);
    return "taken";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("a copy of a fold", () => {
  it(`takes and refuses what the fold would, and leaves it as it was, in ${SEQUENCES} random logs`, () => {
    let refused = 0;
    for (let sequence = 0; sequence < SEQUENCES; sequence++) {
      const random = randomFrom(20_260_101 + sequence);
      const script = sensibleRun(random);
      const items = random.chance(0.5) ? script.items : damaged(script, random);
      const fold = new RunFold();
      const half = Math.floor(items.length / 2);
      const place = (to: RunFold, event: (typeof items)[number]["event"]) => ({ ...event, seq: to.record.seq + 1 });
      for (const { event } of items.slice(0, half)) takenBy(fold, place(fold, event));
      const before = structuredClone(fold.record);
      const copy = fold.copy();
      expect(copy.record).toEqual(before);
      const outcomes = items.slice(half).map(({ event }) => takenBy(copy, place(copy, event)));
      expect(fold.record).toEqual(before);
      expect(items.slice(half).map(({ event }) => takenBy(fold, place(fold, event)))).toEqual(outcomes);
      expect(copy.record).toEqual(fold.record);
      refused += outcomes.filter((outcome) => outcome !== "taken").length;
    }
    expect(refused).toBeGreaterThan(100);
  });
});
