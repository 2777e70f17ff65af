import { describe, expect, it } from "vitest";
import { HistoryJournal, type HistoryLog, Interpreter, memoryHistoryLog } from "../../../shared/asl/index.ts";
import { machineOf, manualClock } from "../interpreter/running.ts";

const machine = machineOf({ A: { Type: "Wait", Seconds: 5, Next: "B" }, B: { Type: "Succeed" } });

/** A log that counts its writes. */
function counted(log: HistoryLog): HistoryLog & { writes: number } {
  return {
    writes: 0,
    read: () => log.read(),
    append(batch) {
      this.writes += 1;
      return log.append(batch);
    },
  };
}

describe("a journal", () => {
  it("keeps the histories of many executions apart in one log", async () => {
    const journal = new HistoryJournal(memoryHistoryLog());
    const clock = manualClock();
    const interpreter = new Interpreter({ clock });
    const names = ["one", "two", "three"];
    const runs = await Promise.all(
      names.map((name) => interpreter.start(machine, name, { name, history: journal.of(name) })),
    );
    clock.advance(5_000);
    const results = await Promise.all(runs.map(({ result }) => result));
    for (const [index, name] of names.entries()) {
      expect(await journal.of(name).read()).toEqual(results[index]!.history);
    }
    expect(await journal.of("four").read()).toEqual([]);
  });

  it("writes what comes at the same time at once", async () => {
    const log = counted(memoryHistoryLog());
    const journal = new HistoryJournal(log);
    const interpreter = new Interpreter();
    const quick = machineOf({ A: { Type: "Succeed" } });
    await Promise.all(Array.from({ length: 500 }, (_, n) => interpreter.run(quick, n, { history: journal.of(n) })));
    expect(log.writes).toBeLessThan(5);
  });

  it("lets each execution be resumed", async () => {
    const kept = memoryHistoryLog();
    const clock = manualClock();
    const first = new HistoryJournal(kept);
    for (const name of ["one", "two"])
      await new Interpreter({ clock }).start(machine, name, { name, history: first.of(name) });
    const second = new HistoryJournal(kept);
    const handles = await Promise.all(
      ["one", "two"].map((name) => new Interpreter({ clock }).start(machine, "", { name, history: second.of(name) })),
    );
    clock.advance(5_000);
    expect((await handles[1]!.result).output).toBe("two");
  });

  it("tells all executions of a write that failed", async () => {
    const journal = new HistoryJournal({ read: async () => [], append: () => Promise.reject(new Error("disk full")) });
    const runs = [1, 2].map((n) => new Interpreter().run(machine, n, { history: journal.of(n) }));
    for (const run of runs) await expect(run).rejects.toThrow("disk full");
  });
});
