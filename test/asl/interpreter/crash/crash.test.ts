import { describe, expect, it } from "vitest";
import { liveThrough } from "./lives.ts";

/** Far more writes than the workflow makes. */
const ENOUGH = 200;

/** Some hundred executions, each in files of its own. */
const SLOW_MS = 120_000;

describe.each([{ place: "file" }, { place: "journal" }] as const)(
  "Map Runs in a Map Run that keep their histories in a $place, killed",
  ({ place }) => {
    it.each([
      { when: "after", isTorn: false },
      { when: "within", isTorn: true },
    ])("$when any of their writes, end as they would have, and run no finished task again", async ({ isTorn }) => {
      for (let writes = 0; (await liveThrough({ place, isTorn, lives: [writes] })) > 0; writes++)
        expect(writes).toBeLessThan(ENOUGH);
    });

    it("again after any of the writes that follow, do so, too", { timeout: SLOW_MS }, async () => {
      const killedUntilSpared = async (first: number): Promise<number> => {
        for (let second = 0; ; second++) {
          const killed = await liveThrough({ place, lives: [first, second] });
          if (killed < 2) return killed;
          expect(first + second).toBeLessThan(ENOUGH);
        }
      };
      for (let first = 0; (await killedUntilSpared(first)) > 0; first++) expect(first).toBeLessThan(ENOUGH);
    });

    it("again and again after so many writes, do so, too", async () => {
      for (let writes = 1, killed = ENOUGH; killed > 0; writes++) {
        killed = await liveThrough({ place, lives: Array.from({ length: ENOUGH }, () => writes) });
        expect(killed).toBeLessThan(ENOUGH);
      }
    });
  },
);
