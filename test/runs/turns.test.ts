import { describe, expect, it } from "vitest";
import type { RunId } from "../../shared/contracts/ids.ts";
import type { Priority } from "../../shared/contracts/priorities.ts";
import { createRuns } from "../../shared/runs/create-runs.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import { createTurns } from "../../shared/runs/turns.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import { packedExit } from "./exit-program.ts";

const going = new AbortController().signal;

describe("turns", () => {
  it("come by priority, and of one priority as they were asked for", async () => {
    const turns = createTurns(1);
    const order: string[] = [];
    const take = async (name: string, priority: Priority) => {
      const giveBack = await turns.take({ priority }, going);
      order.push(name);
      giveBack?.();
    };
    const giveBack = await turns.take({ priority: "low" }, going);
    const asked = [
      take("low", "low"),
      take("standard 1", "standard"),
      take("high 1", "high"),
      take("standard 2", "standard"),
      take("high 2", "high"),
    ];
    await Promise.resolve();
    expect(order).toEqual([]);
    giveBack?.();
    await Promise.all(asked);
    expect(order).toEqual(["high 1", "high 2", "standard 1", "standard 2", "low"]);
  });

  it("are so many at once, and who leaves while it waits takes none", async () => {
    const turns = createTurns(2);
    const first = await turns.take({ priority: "low" }, going);
    expect(await turns.take({ priority: "low" }, going)).toBeDefined();
    const leaving = new AbortController();
    const left = turns.take({ priority: "high" }, leaving.signal);
    let hasTurn = false;
    const last = turns.take({ priority: "low" }, going).then(() => {
      hasTurn = true;
    });
    leaving.abort();
    expect(await left).toBeUndefined();
    expect(hasTurn).toBe(false);
    first?.();
    await last;
    expect(await turns.take({ priority: "high" }, AbortSignal.abort())).toBeUndefined();
  });
});

describe("runs of which one goes on at a time", () => {
  /** Runs of one program under other ids. */
  function setUp() {
    const begun: RunId[] = [];
    const ends: (() => void)[] = [];
    const { submission, artifacts } = packedExit();
    const runs = createRuns({
      at: { url: "memory:", stores: createMemoryStores() },
      executionMode: "local",
      atOnce: 1,
      execute(_at, runId, { signal, cancel }) {
        begun.push(runId);
        return new Promise((resolve) => {
          ends.push(() => resolve("ended"));
          for (const each of [signal, cancel]) each?.addEventListener("abort", () => resolve("interrupted"));
          if (cancel?.aborted === true) resolve("ended");
        });
      },
      withScratch: () => Promise.reject(new Error("nobody asked")),
      definitionOf: () => Promise.reject(new Error("nobody asked")),
      inspect: () => Promise.reject(new Error("nobody asked")),
      sourceAt: () => {
        throw new Error("nobody asked");
      },
      environment: () => undefined,
    });
    const idOf = (digit: number) => `${digit}1111111-1111-4111-8111-111111111111` as RunId;
    const start = (digit: number, priority: Priority, options: object = {}) =>
      runs.start(packageSource({ submission: { ...submission, run_id: idOf(digit), priority }, artifacts }), options);
    return { runs, begun, ends, start, idOf };
  }

  it("are begun by their priority, whether submitted or resumed, as the one before ends", async () => {
    const { runs, begun, ends, start, idOf } = setUp();
    const first = await start(1, "standard");
    const low = await start(2, "low");
    const high = await start(3, "high");
    const end = async ({ outcome }: { readonly outcome: Promise<unknown> }) => {
      await expect.poll(() => ends.length).toBe(1);
      ends.shift()?.();
      expect(await outcome).toBe("ended");
    };
    await end(first);
    const again = await runs.resume(idOf(1));
    await end(high);
    await end(again);
    await end(low);
    expect(begun).toEqual([1, 3, 1, 2].map(idOf));
  });

  it("wait neither for a turn to be cancelled nor to be left", async () => {
    const { runs, begun, start, idOf } = setUp();
    await start(1, "standard");
    const cancel = new AbortController();
    const cancelled = await start(2, "low", { cancel: cancel.signal });
    const waiting = await start(3, "low");
    cancel.abort();
    expect(await cancelled.outcome).toBe("ended");
    expect(begun).toEqual([1, 2].map(idOf));
    await runs.close();
    expect(await waiting.outcome).toBe("interrupted");
    expect(begun).toEqual([1, 2].map(idOf));
  });

  it("are cancelled while they wait, and not begun any more", async () => {
    const { runs, begun, ends, start, idOf } = setUp();
    await start(1, "standard");
    await start(2, "standard");
    const cancelled = runs.cancel(idOf(2), { by: "alice", reason: "the wrong one" });
    await expect.poll(() => begun).toContain(idOf(2));
    for (const end of ends) end();
    await cancelled;
    await runs.close();
  });

  it("wait for no turn as children, of which a parent may wait", async () => {
    const { runs, begun, start, idOf } = setUp();
    await start(1, "standard");
    await start(2, "low", { parent: idOf(1) });
    await expect.poll(() => begun).toEqual([1, 2].map(idOf));
    await runs.close();
  });
});
