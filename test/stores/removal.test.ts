import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import { collect } from "../../shared/stores/collect.ts";
import { sha256 } from "../../shared/stores/digest.ts";
import type { AgedArtifact } from "../../shared/stores/retention.ts";
import { oneIn } from "../support/scale.ts";
import { FAULTS, type Fault, faultyFileSystem, ProcessEnded } from "./support/faulty-file-system.ts";
import { manualClock } from "./support/manual-clock.ts";
import { inEveryOrder } from "./support/orders.ts";
import { pausedFileSystem } from "./support/paused-file-system.ts";
import { type PlayedStore, type PlayedStores, playedStore } from "./support/played-store.ts";
import { type PlayedProcess, playedProcesses } from "./support/processes.ts";
import { schedule } from "./support/scheduled-file-system.ts";

// Every case is quick, but there are thousands.
vi.setConfig({ testTimeout: 180_000 });

const bytes = Buffer.from("bytes that come and go");
const digits = sha256(bytes);
const ref = `artifact://${digits}` as ArtifactRef;
const file = (store: PlayedStore) => store.at("artifacts", digits.slice(0, 2), digits.slice(2));
const announcements = ({ disk }: PlayedStore) => disk.paths().filter((path) => /\/removing\/./.test(path));

/** A store with an artifact in it that was put long ago. */
async function agedStore(): Promise<{ store: PlayedStore; seen: AgedArtifact }> {
  const store = playedStore();
  const first = await store.open();
  await first.artifacts.put("other", bytes);
  const [seen] = await collect(first.retention.artifacts());
  return { store, seen: seen! };
}

/**
 * Opens the store later than it was put, and takes part in a schedule. What touches neither the artifact's name nor the
 * announcements is the same before and after any step of another process, so it takes no turn.
 */
async function joined(store: PlayedStore, plan: ReturnType<typeof schedule>) {
  const { fileSystem, start } = plan.join(store.disk);
  let polls = 0;
  const shared = (path: string) => (path === file(store) || path.includes("/removing") ? fileSystem : store.disk);
  const stores = await store.open({
    ...store.disk,
    open: async (path, mode) => {
      // The bytes of an open file are never changed.
      await shared(path).stat(path);
      return store.disk.open(path, mode);
    },
    append: (path, added) => shared(path).append(path, added),
    stat: (path) => shared(path).stat(path),
    async readFolder(path) {
      polls += 1;
      return shared(path).readFolder(path);
    },
    rename: (from, to) => shared(to).rename(from, to),
    removeFile: (path) => shared(path).removeFile(path),
    touch: (path, milliseconds) => shared(path).touch(path, milliseconds),
  });
  polls = 0;
  stores.clock.advance(1000);
  return { stores, start, polls: () => polls };
}

interface Outcome {
  readonly store: PlayedStore;
  readonly removed: readonly string[];
  /** Whether the bytes were missing at any step after the put had returned. */
  readonly wasMissing: boolean;
}

/** A put and some removals of the same bytes; `choose` says whose file operation comes next. */
async function race(
  removers: number,
  choose: (n: number, polls: number) => { who: number; turns: number },
): Promise<Outcome> {
  const { store, seen } = await agedStore();
  const plan = schedule();
  const putter = await joined(store, plan);
  const others = [];
  for (let n = 0; n < removers; n += 1) others.push(await joined(store, plan));

  let hasReturned = false;
  let wasMissing = false;
  const put = putter.start(() => putter.stores.artifacts.put("other", bytes)).then(() => (hasReturned = true));
  const removals = others.map(({ stores, start }) => start(() => stores.retention.remove(seen)));
  const look = () => {
    wasMissing ||= hasReturned && !store.disk.paths().includes(file(store));
  };
  await plan.run((n) => {
    look();
    return choose(n, putter.polls());
  });
  await put;
  const removed = await Promise.all(removals);
  look();
  return { store, removed, wasMissing };
}

async function expectWhole({ store, wasMissing }: Outcome, label: string): Promise<void> {
  const reader = await store.open();
  const got = Buffer.from(await reader.artifacts.get(ref)).toString();
  expect({ label, wasMissing, got }).toEqual({ label, wasMissing: false, got: bytes.toString() });
  expect({ label, left: announcements(store) }).toEqual({ label, left: [] });
}

describe("a put and a removal of the same bytes", () => {
  it("leave the bytes there once the put returned, in every order of their file operations", async () => {
    const outcomes = new Set<string>();
    const orders = await inEveryOrder(async (choose) => {
      // The put looks again and again while the removal is announced; sooner or later the removal gets its turn.
      const outcome = await race(1, (n, polls) => ({ who: polls < 3 ? choose(n) : n - 1, turns: 1 }));
      outcomes.add(outcome.removed.join());
      await expectWhole(outcome, outcome.removed.join());
    });
    // Both happen: the removal was first, and the bytes came back; the put was first, and they stayed.
    expect([...outcomes].toSorted()).toEqual(["put_since", "removed"]);
    expect(orders).toBeGreaterThan(100);
  });

  it("leave them there beside a second removal, in whatever order", async () => {
    const turns = fc.infiniteStream(fc.record({ who: fc.nat(), turns: fc.integer({ min: 1, max: 4 }) }));
    await fc.assert(
      fc.asyncProperty(turns, async (order) => {
        const outcome = await race(2, (n) => {
          const { who, turns } = order.next().value as { who: number; turns: number };
          return { who: who % n, turns };
        });
        await expectWhole(outcome, outcome.removed.join(" "));
      }),
      { numRuns: 1000 / oneIn(10) },
    );
  });
});

/** A removal whose `at`th file operation meets a fault, after which its process ends. */
async function removalUntil(fault: Fault, at: number) {
  const { store, seen } = await agedStore();
  const faulty = faultyFileSystem(store.disk, fault, Number.POSITIVE_INFINITY);
  const armed = { ...faulty };
  const remover = await store.open(armed);
  Object.assign(armed, faultyFileSystem(store.disk, fault, at));
  const outcome = await remover.retention.remove(seen).catch((error: Error) => error);
  const { operations, hasStruck } = armed;
  return { store, remover, outcome, operations: operations(), hasStruck: hasStruck() };
}

describe.each(FAULTS)("a removal whose Nth file operation meets the fault %j, for every N", (fault) => {
  it("has removed the artifact or not, and lets a put of the same bytes through", async () => {
    let struck = 0;
    for (let at = 1; ; at += 1) {
      const { store, remover, outcome, operations, hasStruck } = await removalUntil(fault, at);
      if (at > operations) break;
      const label = `${fault} at ${at}`;
      if (hasStruck) struck += 1;
      const hasFailed = outcome instanceof Error;
      if (hasFailed && !(outcome instanceof ProcessEnded))
        expect({ label, outcome }).toMatchObject({ outcome: { category: "storage" } });
      if (fault === "kill" || fault === "torn") remover.process.die();
      const isThere = store.disk.paths().includes(file(store));
      if (!hasFailed) expect({ label, isThere }).toEqual({ label, isThere: outcome !== "removed" });

      const putter = await store.open({ ...store.disk });
      const before = putter.clock.now();
      await putter.artifacts.put("other", bytes);
      expect({ label, waited: putter.clock.now() - before }).toEqual({ label, waited: 0 });
      expect(Buffer.from(await putter.artifacts.get(ref)).toString()).toBe(bytes.toString());
    }
    expect(struck).toBeGreaterThan(0);
  });
});

describe("a removal that stands still", () => {
  /** It stands before its `at`th operation from when it began. */
  async function stalledRemoval(at: number, process?: PlayedProcess) {
    const { store, seen } = await agedStore();
    const paused = pausedFileSystem(
      {
        ...store.disk,
        // This disk sets no times by itself.
        append: async (path, added) => {
          await store.disk.append(path, added);
          await store.disk.touch(path, manualClock().now());
        },
      },
      at,
    );
    const remover = await store.open(paused.fileSystem, process);
    paused.arm();
    const outcome = remover.retention.remove(seen);
    const wasThrough = await Promise.race([paused.standsStill.then(() => false), outcome.then(() => true)]);
    return { store, remover, outcome, wasThrough, goOn: paused.goOn };
  }
  const put = (putter: PlayedStores) => {
    putter.clock.advance(1000);
    return putter.artifacts.put("other", bytes).then(
      () => "put",
      (error: { code?: string; retryable?: boolean }) => `${error.code}, retryable: ${error.retryable}`,
    );
  };

  it.each([
    ["this machine", () => undefined],
    ["another, whose processes cannot be asked for", () => playedProcesses("ba9876543210")],
  ])("on %s is waited for, and then makes the put fail rather than lie", async (_, machine) => {
    const told = new Set<string>();
    for (let at = 1; ; at += 1) {
      const { store, outcome, wasThrough, goOn } = await stalledRemoval(at, machine()?.start());
      const answer = await put(await store.open());
      told.add(answer);
      goOn();
      await outcome;
      const isThere = store.disk.paths().includes(file(store));
      if (answer === "put") expect({ at, isThere }).toEqual({ at, isThere: true });
      // Once it went on, the way is free.
      expect(await put(await store.open())).toBe("put");
      if (wasThrough) break;
    }
    expect(told).toEqual(new Set(["put", "store_io, retryable: true"]));
  });

  it("on another machine is not waited for after a day", async () => {
    const { store } = await stalledRemoval(4, playedProcesses("ba9876543210").start());
    expect(announcements(store)).toHaveLength(1);
    const putter = await store.open({ ...store.disk });
    putter.clock.advance(24 * 3_600_000);
    expect(await put(putter)).toBe("put");
    expect(announcements(store)).toEqual([]);
  });

  it("is not waited for when its process is gone", async () => {
    for (let at = 1; ; at += 1) {
      const { store, remover, wasThrough } = await stalledRemoval(at);
      const putter = await store.open();
      remover.process.die();
      expect(await put(putter)).toBe("put");
      expect(announcements(store)).toEqual([]);
      if (wasThrough) break;
    }
  });
});

describe("an artifact of another user", () => {
  it("is replaced by one of one's own, for its time cannot be set", async () => {
    const { store } = await agedStore();
    const before = await store.disk.stat(file(store));
    const theirs = new Set([before?.identity]);
    const putter = await store.open({
      ...store.disk,
      async touch(path, milliseconds) {
        if (theirs.has((await store.disk.stat(path))?.identity))
          throw Object.assign(new Error("EPERM"), { code: "EPERM" });
        return store.disk.touch(path, milliseconds);
      },
    });
    expect(await putter.artifacts.put("other", bytes)).toBe(ref);
    expect((await store.disk.stat(file(store)))?.identity).not.toBe(before?.identity);
    expect(Buffer.from(await putter.artifacts.get(ref))).toEqual(bytes);
  });
});
