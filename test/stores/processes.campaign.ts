import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { collect } from "../../shared/stores/collect.ts";
import { openFileSystemStores } from "../../shared/stores/filesystem/open.ts";
import { DEFAULT_LEASE_TIME } from "../../shared/stores/lease-policy.ts";
import type { Stores } from "../../shared/stores/ports.ts";
import { systemProcesses } from "../../shared/stores/processes.ts";
import { ALICE, event, RUN } from "./support/samples.ts";
import { type StoreProcess, startStoreProcess } from "./support/store-processes.ts";

// A busy machine takes its time to start processes.
vi.setConfig({ testTimeout: 180_000 });

/** Ahead by more than the lease time, a process takes every holder that stands still for stalled. */
const LATE = 10 * DEFAULT_LEASE_TIME;

describe.skipIf(process.platform !== "linux")("several processes on one store", () => {
  let root: string;
  let stores: Stores;
  let running: StoreProcess[];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "restep-processes-"));
    stores = await openFileSystemStores(root);
    await stores.runs.create(RUN, {});
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((one) => one.kill()));
    await rm(root, { recursive: true });
  });

  const start = async (late = 0) => {
    const one = await startStoreProcess(root, late);
    running.push(one);
    return one;
  };
  const names = async () => (await collect(stores.events.read(RUN))).map(({ name }) => name);

  it("append at one place: exactly one wins, and the other learns that it was late", async () => {
    const [one, two] = await Promise.all([start(), start()]);
    for (let seq = 0; seq < 40; seq += 1) {
      const settled = await Promise.allSettled([
        one.ask("append", seq, `one_${seq}`),
        two.ask("append", seq, `two_${seq}`),
      ]);
      const losers = settled.filter((result) => result.status === "rejected");
      expect(losers.map(({ reason }) => reason)).toMatchObject([
        { name: "ConcurrencyError", details: { expected: seq, found: seq + 1 } },
      ]);
    }
    expect(await stores.events.verifyChain(RUN)).toEqual({ entries: 40, sealed: expect.any(Number) });
  });

  it("put the same artifacts at once", async () => {
    const [one, two] = await Promise.all([start(), start()]);
    for (let n = 0; n < 20; n += 1) {
      const [a, b] = await Promise.all([one.ask("put", `text ${n}`), two.ask("put", `text ${n}`)]);
      expect(a).toBe(b);
      expect(Buffer.from(await stores.artifacts.get(a)).toString()).toBe(`text ${n}`);
    }
  });

  it("are kept out by the one that holds the run, and told its pid", async () => {
    const holder = await start();
    await holder.ask("acquire");
    await expect(stores.leases.acquire(RUN, ALICE)).rejects.toMatchObject({
      name: "LeaseHeldError",
      place: `process ${holder.pid}`,
    });
    await expect(stores.events.append(RUN, 0, [event("e")])).rejects.toMatchObject({ name: "LeaseHeldError" });
    await holder.ask("release");
    await stores.events.append(RUN, 0, [event("e")]);
  });

  it("take over at once from one that was killed, with all that it was promised", async () => {
    const promised: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const victim = await start();
      await victim.ask("acquire");
      const ended = victim.ask("appendOn", `round_${round}`).catch(() => undefined);
      await victim.hasAcknowledged(2 + 10 * round);
      await victim.kill();
      await ended;
      promised.push(...victim.acknowledged);
      const found = await names();
      expect(promised.filter((name) => !found.includes(name))).toEqual([]);
    }
    const lease = await stores.leases.acquire(RUN, ALICE);
    expect(lease.notices).toMatchObject([{ kind: "lease_taken_over", why: expect.stringContaining("is gone") }]);
    const { entries } = await stores.events.verifyChain(RUN);
    await stores.events.append(RUN, entries, [event("after")]);
    await lease.release();
  });

  it("take over from one that stalls, which can write no more when it wakes", async () => {
    for (let round = 0; round < 3; round += 1) {
      const sleeper = await start();
      await sleeper.ask("acquire");
      const outcome = sleeper.ask("appendOn", `sleeper_${round}`).catch((error: unknown) => error);
      await sleeper.hasAcknowledged(20);
      await sleeper.freeze();

      const successor = await start(LATE);
      await successor.ask("acquire");
      for (let n = 0; n < 3; n += 1) await successor.ask("appendAtEnd", `successor_${round}_${n}`);
      sleeper.thaw();
      expect(await outcome).toMatchObject({ name: "LeaseLostError" });
      await expect(sleeper.ask("appendAtEnd", "too_late")).rejects.toMatchObject({ name: "LeaseLostError" });
      await successor.ask("appendAtEnd", `successor_${round}_last`);
      await successor.ask("release");

      const found = await names();
      expect(sleeper.acknowledged.filter((name) => !found.includes(name))).toEqual([]);
      expect(found.slice(-4)).toEqual([0, 1, 2, "last"].map((n) => `successor_${round}_${n}`));
      await stores.events.verifyChain(RUN);
    }
  });
});

describe.skipIf(process.platform !== "linux")("the table of processes", () => {
  const { self, isAlive } = systemProcesses();

  it("knows this process", () => {
    expect(isAlive(self)).toBe(true);
  });

  it("takes a process of the same pid that started at another time for dead", () => {
    expect(isAlive({ ...self, started: self.started - 1 })).toBe(false);
  });

  it("cannot tell of another host", () => {
    expect(isAlive({ ...self, host: "ffffffffffff" })).toBeUndefined();
  });

  it("takes a pid that no process can have for dead", () => {
    expect(isAlive({ ...self, pid: 2 ** 22 + 1 })).toBe(false);
  });
});
