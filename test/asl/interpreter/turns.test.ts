import { describe, expect, it } from "vitest";
import {
  compileStateMachine,
  type HistoryBatch,
  type HistoryLog,
  Interpreter,
  timeSkippingClock,
} from "../../../shared/asl/index.ts";
import { machineOf, manualClock, settled, typesOf } from "./running.ts";

const STATE_BYTES = 60_000;

/** A loop that never ends by itself, with so much state. */
const loop = {
  A: { Type: "Pass", Parameters: { "n.$": "States.MathAdd($.n, 1)", "pad.$": "$.pad" }, Next: "B" },
  B: { Type: "Choice", Choices: [{ Variable: "$.n", NumericLessThan: 0, Next: "C" }], Default: "A" },
  C: { Type: "Succeed" },
};
const loopInput = { n: 0, pad: "x".repeat(STATE_BYTES) };
const express = () => compileStateMachine({ StartAt: "A", States: loop } as never, { type: "EXPRESS" });

const manyOf = <T>(make: (n: number) => T): T[] => Array.from({ length: 2_000 }, (_, n) => make(n));

/** A log whose writes end when they are told to. */
function heldLog(): HistoryLog & { readonly writes: HistoryBatch[]; release(): void } {
  const writes: HistoryBatch[] = [];
  let done: () => void = () => {};
  return {
    writes,
    read: async () => [],
    append: (batch) => {
      writes.push(batch);
      return new Promise((resolve) => {
        done = resolve;
      });
    },
    release: () => done(),
  };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await settled();
}

describe("an execution that is always busy", () => {
  it("has its start durable at once, and its history written as it comes, in pieces", async () => {
    const log = heldLog();
    const start = new Interpreter().start(machineOf(loop), loopInput, { history: log, keepsEvents: false });
    await settled();
    expect(log.writes).toHaveLength(1);
    log.release();
    const handle = await start;
    for (let write = 1; write < 20; write++) {
      while (log.writes.length <= write) await settled();
      expect(log.writes[write]!.bytes.length).toBeLessThan(5_000_000);
      log.release();
    }
    handle.stop();
  });

  it("waits for a log that is slow, with a bounded number of events in memory", async () => {
    const log = heldLog();
    const start = new Interpreter().start(machineOf(loop), loopInput, { history: log, keepsEvents: false });
    await settled();
    log.release();
    const handle = await start;
    await turns(200);
    const held = handle.events.length;
    await turns(200);
    expect(handle.events).toHaveLength(held);
    expect(held * STATE_BYTES).toBeLessThan(5_000_000);
    expect(log.writes).toHaveLength(2);
  });

  it("lets others run, however many of its kind there are", async () => {
    const interpreter = new Interpreter();
    const busy = await Promise.all(
      Array.from({ length: 50 }, () => interpreter.start(express(), loopInput, { keepsEvents: false })),
    );
    let looks = 0;
    const looking = setInterval(() => (looks += 1), 0);
    expect(await interpreter.run(machineOf({ A: { Type: "Succeed" } }))).toMatchObject({ status: "SUCCEEDED" });
    await turns(10);
    clearInterval(looking);
    expect(looks).toBeGreaterThan(2);
    for (const handle of busy) handle.stop();
    expect(await Promise.all(busy.map(async ({ result }) => (await result).status))).toEqual(busy.map(() => "ABORTED"));
  });

  it.each([
    [
      "rules",
      { Type: "Choice", Choices: manyOf((n) => ({ Variable: "$.n", NumericEquals: n + 1, Next: "C" })), Default: "B" },
    ],
    [
      "fields of which nothing is kept",
      { Type: "Pass", Parameters: Object.fromEntries(manyOf((n) => [`${n}.$`, "$.n"])), ResultPath: null, Next: "B" },
    ],
  ])("lets others run where its states have thousands of %s", async (_, A) => {
    const B = { Type: "Choice", Choices: [{ Variable: "$.n", NumericEquals: 1, Next: "C" }], Default: "A" };
    const machine = machineOf({ A, B, C: { Type: "Succeed" } });
    const busy = await new Interpreter().start(machine, { n: 0 });
    await turns(3);
    expect(busy.events.length).toBeGreaterThan(10);
    expect(busy.events.length).toBeLessThan(1_000);
    busy.stop();
  });

  it("does nothing more once it is given up", async () => {
    const log = heldLog();
    const start = new Interpreter().start(machineOf(loop), loopInput, { history: log });
    await settled();
    log.release();
    const handle = await start;
    handle.abandon();
    const { length } = handle.events;
    await turns(20);
    expect(handle.events).toHaveLength(length);
    expect(log.writes).toHaveLength(1);
    await expect(handle.result).rejects.toThrow("was given up");
  });

  it("gives each of them its turn", async () => {
    const log = () => {
      const lengths: number[] = [];
      return {
        lengths,
        append: async ({ records }: HistoryBatch) => void lengths.push(records.length),
        read: async () => [],
      };
    };
    const logs = Array.from({ length: 5 }, log);
    const interpreter = new Interpreter();
    const busy = await Promise.all(
      logs.map((history) => interpreter.start(machineOf(loop), loopInput, { history, keepsEvents: false })),
    );
    await turns(40);
    const eventsOf = logs.map(({ lengths }) => lengths.reduce((sum, length) => sum + length, 0));
    for (const handle of busy) handle.stop();
    expect(Math.min(...eventsOf)).toBeGreaterThan(Math.max(...eventsOf) / 2);
  });

  it("lets others run also where its tasks and its log answer at once", async () => {
    const states = {
      A: { Type: "Task", Resource: "f", Next: "B" },
      B: { Type: "Choice", Choices: [{ Variable: "$.stop", IsPresent: true, Next: "C" }], Default: "A" },
      C: { Type: "Succeed" },
    };
    const history = { append: async () => {}, read: async () => [] };
    const handle = await new Interpreter({ resolver: { run: () => ({}) } }).start(machineOf(states), {}, { history });
    await settled();
    handle.stop();
    expect((await handle.result).status).toBe("ABORTED");
  });

  it("keeps no event that nobody will ask for", async () => {
    const clock = manualClock();
    const handle = await new Interpreter({ clock }).start(express(), loopInput, { keepsEvents: false });
    await turns(5);
    expect(handle.events).toEqual([]);
    clock.advance(300_000);
    const { status, history, stoppedAt, startedAt } = await handle.result;
    expect({ status, history, life: stoppedAt - startedAt }).toEqual({
      status: "TIMED_OUT",
      history: [],
      life: 300_000,
    });
  });

  it("is not timed out by a clock that skips what nothing happens in", async () => {
    const machine = machineOf(
      { ...loop, B: { ...loop.B, Choices: [{ Variable: "$.n", NumericGreaterThan: 200, Next: "C" }] } },
      { TimeoutSeconds: 1 },
    );
    const clock = timeSkippingClock({ from: manualClock() });
    expect((await new Interpreter({ clock }).run(machine, loopInput)).status).toBe("SUCCEEDED");
  });

  it("writes nothing more when its log has failed", async () => {
    let writes = 0;
    const history: HistoryLog = {
      read: async () => [],
      append: async () => {
        writes += 1;
        if (writes === 3) throw new Error("disk full");
      },
    };
    const run = new Interpreter().run(machineOf(loop), loopInput, { history });
    await expect(run).rejects.toThrow("disk full");
    await turns(5);
    expect(writes).toBe(3);
  });
});

describe("an execution that keeps no events", () => {
  it("has the same history in its log, and ends alike", async () => {
    const states = {
      A: { Type: "Task", Resource: "f", Retry: [{ ErrorEquals: ["Bad"], IntervalSeconds: 3 }], Next: "B" },
      B: { Type: "Pass", End: true },
    };
    const lives = [true, false].map(async (keepsEvents) => {
      const events: unknown[] = [];
      let tries = 0;
      const run = () => {
        if (++tries === 1) throw Object.assign(new Error(), { error: "Bad", cause: "" });
        return 1;
      };
      const history: HistoryLog = { read: async () => [], append: async (batch) => void events.push(...batch.events) };
      const clock = timeSkippingClock({ from: manualClock() });
      const interpreter = new Interpreter({ resolver: { run }, clock });
      const result = await interpreter.run(machineOf(states), {}, { history, keepsEvents });
      return { events, output: result.output, stoppedAt: result.stoppedAt };
    });
    const [kept, dropped] = await Promise.all(lives);
    expect(dropped).toEqual(kept);
    expect(typesOf(kept!.events as never)).toContain("LambdaFunctionFailed");
  });
});
