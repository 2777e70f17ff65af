import { describe, expect, it } from "vitest";
import { oneIn } from "../../../support/scale.ts";
import { fileDisk, memoryDisk } from "./disks.ts";
import { type Form, liveThrough } from "./lives.ts";

/** Far more writes than the workflow makes. */
const ENOUGH = 200;

/** How far the writes lie apart after which a process is killed. */
const STEP = oneIn(11);

/** Hundreds of executions. */
const SLOW_MS = 120_000;

describe.each<{ form: Form }>([{ form: "a log" }, { form: "a journal" }])(
  "Map Runs in a Map Run that keep their histories in $form, killed",
  ({ form }) => {
    it.each([
      { when: "after", isTorn: false },
      { when: "within", isTorn: true },
    ])(
      "$when any of their writes to files, end as they would have, and run no finished task again",
      async ({ isTorn }) => {
        for (let writes = 0; (await liveThrough({ form, disk: fileDisk, isTorn, lives: [writes] })) > 0; writes += STEP)
          expect(writes).toBeLessThan(ENOUGH);
      },
    );

    it.each([
      { when: "after", isTorn: false },
      { when: "within", isTorn: true },
    ])("again $when any of the writes that follow, do so, too", { timeout: SLOW_MS }, async ({ isTorn }) => {
      const killedUntilSpared = async (first: number): Promise<number> => {
        for (let second = 0; ; second += STEP) {
          const killed = await liveThrough({ form, disk: memoryDisk, isTorn, lives: [first, second] });
          if (killed < 2) return killed;
          expect(first + second).toBeLessThan(ENOUGH);
        }
      };
      for (let first = 0; (await killedUntilSpared(first)) > 0; first += STEP) expect(first).toBeLessThan(ENOUGH);
    });

    it("again and again after so many writes to files, do so, too", async () => {
      for (let writes = 1, killed = ENOUGH; killed > 0; writes += STEP) {
        killed = await liveThrough({ form, disk: fileDisk, lives: Array.from({ length: ENOUGH }, () => writes) });
        expect(killed).toBeLessThan(ENOUGH);
      }
    });
  },
);
