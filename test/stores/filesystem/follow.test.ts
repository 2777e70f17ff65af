import { beforeEach, describe, expect, it } from "vitest";
import { ConcurrencyError, CorruptionError, NotFoundError } from "../../../shared/stores/errors.ts";
import { DEFAULT_LEASE_TIME } from "../../../shared/stores/lease-policy.ts";
import { faultyFileSystem } from "../support/faulty-file-system.ts";
import { type PlayedStore, type PlayedStores, playedStore } from "../support/played-store.ts";
import { ALICE, BOB, event, OTHER_RUN, RUN } from "../support/samples.ts";

describe("a follower", () => {
  let store: PlayedStore;
  let writer: PlayedStores;
  let path: string;
  let stop: AbortController;
  let next: () => Promise<string>;
  beforeEach(async () => {
    store = playedStore();
    writer = await store.open();
    await writer.runs.create(RUN, {});
    await writer.leases.acquire(RUN, ALICE);
    await writer.events.append(RUN, 0, [event("e1")]);
    path = store.at("runs", RUN, "events.jsonl");
    stop = new AbortController();
    const following = (await store.open()).events.follow(RUN, 1, stop.signal)[Symbol.asyncIterator]();
    next = async () => {
      const { done, value } = await following.next();
      return done === true ? "the end" : `${value.seq} ${value.name}`;
    };
    expect(await next()).toBe("1 e1");
  });

  it("does not show a line before it is whole, nor a batch", async () => {
    const upcoming = next();
    await writer.events.append(RUN, 1, [event("e2"), event("e3")]);
    const whole = await store.read(path);
    const shown = [await upcoming, await next()];
    expect(shown).toEqual(["2 e2", "3 e3"]);

    const other = playedStore();
    const reader = await other.open();
    await reader.runs.create(RUN, {});
    const seen: string[] = [];
    const follow = (async () => {
      for await (const one of reader.events.follow(RUN, 1, stop.signal)) seen.push(one.name);
    })();
    const log = other.at("runs", RUN, "events.jsonl");
    const counts = new Map<number, number>();
    for (const byte of whole) {
      await other.disk.append(log, Buffer.of(byte));
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      counts.set(seen.length, (counts.get(seen.length) ?? 0) + 1);
    }
    expect(seen).toEqual(["e1", "e2", "e3"]);
    expect([...counts.keys()]).toEqual([0, 1, 3]);
    stop.abort();
    await follow;
  });

  it("goes on in the copy that a new holder put in the log's place", async () => {
    const successor = await store.open();
    successor.clock.advance(DEFAULT_LEASE_TIME + 1);
    const upcoming = next();
    await successor.leases.acquire(RUN, BOB);
    await successor.events.append(RUN, 1, [event("from_bob")]);
    expect(await upcoming).toBe("2 from_bob");
  });

  it("says so when it has shown an event that was taken back", async () => {
    const before = await store.read(path);
    await writer.events.append(RUN, 1, [event("phantom")]);
    expect(await next()).toBe("2 phantom");
    store.disk.damage(path, () => before);
    writer.process.die();
    const outcome = next().catch((error: unknown) => error);
    const successor = await store.open();
    await successor.leases.acquire(RUN, BOB);
    await successor.events.append(RUN, 1, [event("e2")]);
    expect(await outcome).toBeInstanceOf(ConcurrencyError);
  });

  it("stops at damage", async () => {
    const outcome = next().catch((error: unknown) => error);
    await store.disk.append(path, Buffer.from("{}\n"));
    expect(await outcome).toBeInstanceOf(CorruptionError);
  });

  it("says so when the log, or the run, is taken away", async () => {
    const outcome = next().catch((error: unknown) => error);
    await store.disk.removeFile(path);
    expect(await outcome).toBeInstanceOf(CorruptionError);

    await writer.runs.create(OTHER_RUN, {});
    const folder = store.at("runs", OTHER_RUN);
    const reader = await store.open();
    const end = reader.events
      .follow(OTHER_RUN, 1, stop.signal)
      [Symbol.asyncIterator]()
      .next()
      .catch((error: unknown) => error);
    for (let turn = 0; turn < 9; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    await store.disk.rename(folder, `${folder}.aside`);
    reader.clock.advance(1000);
    expect(await end).toBeInstanceOf(NotFoundError);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["ends", async () => stop.abort()],
    ["meets damage", async () => store.disk.append(path, Buffer.from("{}\n"))],
    ["loses the log", async () => store.disk.removeFile(path)],
    [
      "goes on in a copy and ends",
      async () => {
        const successor = await store.open();
        successor.clock.advance(DEFAULT_LEASE_TIME + 1);
        await successor.leases.acquire(RUN, BOB);
        await successor.events.append(RUN, 1, [event("last")]);
      },
    ],
  ])("that %s leaves no file open", async (_, happens) => {
    const counted = faultyFileSystem(store.disk, "kill", Number.POSITIVE_INFINITY);
    const reader = await store.open(counted);
    const following = (async () => {
      for await (const { name } of reader.events.follow(RUN, 1, stop.signal)) if (name === "last") stop.abort();
    })();
    const ended = following.catch((error: unknown) => error);
    for (let turn = 0; turn < 9; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(counted.openFiles()).toEqual([path]);
    await happens();
    await ended;
    expect(counted.openFiles()).toEqual([]);
  });

  it("wakes by polling where nothing tells of changes", async () => {
    const deaf = await store.open({ ...store.disk, watch: () => () => undefined });
    const following = deaf.events.follow(RUN, 1, stop.signal)[Symbol.asyncIterator]();
    await following.next();
    let seen = "";
    const upcoming = following.next().then(({ value }) => {
      seen = value.name;
    });
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    await writer.events.append(RUN, 1, [event("e2")]);
    expect(seen).toBe("");
    deaf.clock.advance(1000);
    await upcoming;
    expect(seen).toBe("e2");
  });
});
