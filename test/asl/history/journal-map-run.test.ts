import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  compileStateMachine,
  type HistoryBatch,
  HistoryJournal,
  type HistoryLog,
  Interpreter,
  memoryHistoryLog,
  type StateMachineDefinition,
} from "../../../shared/asl/index.ts";
import { manualClock } from "../interpreter/running.ts";

const mapping = (states: object, fields: object = {}) =>
  compileStateMachine({
    StartAt: "Items",
    States: {
      Items: {
        Type: "Map",
        ItemProcessor: {
          ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
          StartAt: "Item",
          States: states,
        },
        ...fields,
        End: true,
      },
    },
  } as unknown as StateMachineDefinition);

const machine = mapping({ Item: { Type: "Pass", End: true } });

/** A log that keeps nothing but how long each write was. */
function measured(): HistoryLog & { readonly writes: number[] } {
  const writes: number[] = [];
  const log = {
    writes,
    append: async ({ bytes }: HistoryBatch) => void writes.push(bytes.length),
    read: async () => [],
    open: () => log,
  };
  return log;
}

const selecting = (states: object, pad: string) => mapping(states, { ItemSelector: { pad }, ResultPath: null });

describe("a Distributed Map of large items", () => {
  it("writes them a few at a time: nothing else happens while their text is made", async () => {
    const log = measured();
    const kilobytes = 60;
    const machine = selecting({ Item: { Type: "Pass", Result: 1, End: true } }, "x".repeat(kilobytes * 1024));
    const items = Array.from({ length: 300 }, (_, index) => index);
    expect(await new Interpreter().run(machine, items, { history: log })).toMatchObject({ status: "SUCCEEDED" });
    expect(log.writes.reduce((sum, bytes) => sum + bytes)).toBeGreaterThan(300 * kilobytes * 1024);
    expect(Math.max(...log.writes)).toBeLessThan(5 * 1024 * 1024);
  });
});

describe("a Distributed Map whose children wait", () => {
  it("has all of them under way, however many wait to be written at once", async () => {
    const clock = manualClock();
    const log = memoryHistoryLog();
    const machine = selecting({ Item: { Type: "Wait", Seconds: 5, End: true } }, "");
    const items = Array.from({ length: 2_500 }, (_, index) => index);
    let waiting = 0;
    const counting = {
      ...clock,
      setTimer: (...timer: Parameters<typeof clock.setTimer>) => {
        waiting += 1;
        return clock.setTimer(...timer);
      },
    };
    const { result } = await new Interpreter({ clock: counting }).start(machine, items, { history: log });
    for (let turn = 0; turn < 2_000 && waiting < items.length; turn++) await setImmediate();
    expect(waiting).toBe(items.length);
    clock.advance(5_000);
    expect((await result).status).toBe("SUCCEEDED");
  });
});

describe("a Distributed Map whose history is in a journal", () => {
  it("resumes after its last write was lost", async () => {
    const log = memoryHistoryLog();
    const items = [10, 20, 30];
    await new Interpreter().run(machine, items, { history: new HistoryJournal(log).of("run") });
    log.events.pop();
    const resumed = await new Interpreter().run(machine, items, { history: new HistoryJournal(log).of("run") });
    expect(resumed).toMatchObject({ status: "SUCCEEDED", output: items });
  });
});
