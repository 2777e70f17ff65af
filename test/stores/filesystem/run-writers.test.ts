import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { DEFAULT_LEASE_TIME } from "../../../shared/stores/lease-policy.ts";
import { failingAt, failure } from "../support/failing.ts";
import { playedStore } from "../support/played-store.ts";
import { ALICE, BOB, event, events, RUN } from "../support/samples.ts";

async function setUp() {
  const store = playedStore();
  const stores = await store.open();
  await stores.runs.create(RUN, {});
  const leaseFolder = () => store.disk.readFolder(store.at("runs", RUN, "lease"));
  return { store, stores, leaseFolder };
}
const namesOf = async ({ events: log }: Awaited<ReturnType<typeof setUp>>["stores"]) =>
  (await collect(log.read(RUN))).map(({ name }) => name);

describe("a run's writer in one process", () => {
  it("gives the lease back clean once all is written that was asked for before", async () => {
    const { stores, leaseFolder } = await setUp();
    const lease = await stores.leases.acquire(RUN, ALICE);
    const written = [stores.events.append(RUN, 0, [event("e1")]), stores.history.append(RUN, ["h1"])];
    const status = stores.runs.writeStatus(RUN, { state: "succeeded" });
    await lease.release();
    await Promise.all([...written, status]);
    expect(await leaseFolder()).toEqual(["000001.free"]);
    expect(await namesOf(stores)).toEqual(["e1"]);
    expect(await stores.runs.readStatus(RUN)).toEqual({ state: "succeeded" });
  });

  it("shows no more signs of life once the lease was given back, and does not find it lost", async () => {
    const { stores } = await setUp();
    const lease = await stores.leases.acquire(RUN, ALICE);
    await lease.release();
    stores.clock.advance(3 * DEFAULT_LEASE_TIME);
    await new Promise(setImmediate);
    expect(lease.lost.aborted).toBe(false);
  });

  it("waits with a lease for an append that is under way, and lets appends use the lease that is held", async () => {
    const { stores, leaseFolder } = await setUp();
    const [, lease] = await Promise.all([
      stores.events.append(RUN, 0, [event("e1")]),
      stores.leases.acquire(RUN, ALICE),
    ]);
    await Promise.all([1, 2, 3].map((seq) => stores.events.append(RUN, seq, [event(`e${seq + 1}`)])));
    expect(await leaseFolder()).toEqual([expect.stringMatching(/^000002\.held\.run\./)]);
    await lease.release();
    expect(await namesOf(stores)).toEqual(["e1", "e2", "e3", "e4"]);
  });

  it("that has lost its lease says so to whoever appends, until somebody takes it anew", async () => {
    const { store, stores } = await setUp();
    await stores.leases.acquire(RUN, ALICE);
    const other = await store.open();
    other.clock.advance(DEFAULT_LEASE_TIME + 1);
    const taken = await other.leases.acquire(RUN, BOB);
    const append = () => stores.events.append(RUN, 0, [event("e1")]);
    await expect(append()).rejects.toMatchObject({ name: "LeaseLostError" });
    await taken.release();
    await expect(append()).rejects.toMatchObject({ name: "LeaseLostError" });
    await stores.leases.acquire(RUN, ALICE);
    await append();
    expect(await namesOf(stores)).toEqual(["e1"]);
  });

  it("that lost its lease while it appended without one tells that append alone", async () => {
    const { store, stores } = await setUp();
    let isTaken = false;
    const thief = await store.open();
    thief.clock.advance(DEFAULT_LEASE_TIME + 1);
    const slow = await store.open({
      ...store.disk,
      async open(path, mode) {
        const file = await store.disk.open(path, mode);
        return {
          ...file,
          async write(offset, bytes) {
            if (!isTaken && path.endsWith("events.jsonl")) {
              isTaken = true;
              await (await thief.leases.acquire(RUN, BOB)).release();
            }
            return file.write(offset, bytes);
          },
        };
      },
    });
    await expect(slow.events.append(RUN, 0, [event("e1")])).rejects.toMatchObject({ name: "LeaseLostError" });
    await slow.events.append(RUN, 0, [event("e2")]);
    expect(await namesOf(stores)).toEqual(["e2"]);
  });

  it("makes a copy durable before it takes the log's place", async () => {
    const { store, stores } = await setUp();
    await stores.leases.acquire(RUN, ALICE);
    for (const [seq, name] of ["e1", "e2"].entries()) await stores.events.append(RUN, seq, [event(name)]);
    stores.process.die();
    await (await store.open()).leases.acquire(RUN, BOB);
    store.disk.cutPower();
    expect(await namesOf(await store.open())).toEqual(["e1", "e2"]);
  });

  it("appends to a copy whose name is durable: what was acknowledged there outlasts a power cut", async () => {
    const { store, stores } = await setUp();
    await stores.leases.acquire(RUN, ALICE);
    await stores.events.append(RUN, 0, [event("e1")]);
    await stores.history.append(RUN, ["h1"]);
    stores.process.die();
    const successor = await store.open();
    await successor.leases.acquire(RUN, BOB);
    await successor.events.append(RUN, 1, [event("e2")]);
    await successor.history.append(RUN, ["h2"]);
    store.disk.cutPower();
    const reader = await store.open();
    expect(await namesOf(reader)).toEqual(["e1", "e2"]);
    expect(await collect(reader.history.read(RUN))).toEqual(["h1", "h2"]);
  });

  it("says what it found when it took a run for one append alone", async () => {
    const { store, stores } = await setUp();
    await stores.events.append(RUN, 0, [event("e1")]);
    await store.disk.append(store.at("runs", RUN, "events.jsonl"), Buffer.from('{"half'));
    const other = await store.open();
    await other.events.append(RUN, 1, [event("e2")]);
    expect(other.notices).toMatchObject([
      { kind: "unfinished_append_removed", where: store.at("runs", RUN, "events.jsonl"), after: 1 },
    ]);
    expect(await namesOf(other)).toEqual(["e1", "e2"]);
  });

  it("makes durable what stands beside the logs before it is sealed", async () => {
    const { store, stores } = await setUp();
    const path = store.at("runs", RUN, "log.jsonl");
    for (const line of ["one\n", "two\n"]) {
      // As a handler's log is written: nobody syncs it.
      await store.disk.append(path, Buffer.from(line));
      await (await stores.leases.acquire(RUN, ALICE)).release();
    }
    // A disk that writes names sooner than what is in the files.
    await store.disk.syncFolder(store.at("runs", RUN));
    store.disk.cutPower();
    expect((await store.read(path)).toString()).toBe("one\ntwo\n");
  });

  it("writes a status while it is given back", async () => {
    const { stores } = await setUp();
    const lease = await stores.leases.acquire(RUN, ALICE);
    const released = lease.release();
    await stores.runs.writeStatus(RUN, { state: "succeeded" });
    await released;
    expect(await stores.runs.readStatus(RUN)).toEqual({ state: "succeeded" });
    expect(lease.lost.aborted).toBe(false);
  });

  it("seals what stands beside the logs, and seals it anew when it has grown", async () => {
    const { store, stores } = await setUp();
    const seal = async () => JSON.parse((await store.read(store.at("runs", RUN, "seal.json"))).toString()) as object;
    await (await stores.leases.acquire(RUN, ALICE)).release();
    const first = await seal();
    expect(Object.keys(first)).toEqual(expect.arrayContaining(["events.jsonl", "history.jsonl", "run.json"]));
    expect(first).not.toHaveProperty(["log.jsonl"]);
    await store.disk.append(store.at("runs", RUN, "log.jsonl"), Buffer.from("line\n"));
    await (await stores.leases.acquire(RUN, ALICE)).release();
    expect(await seal()).toMatchObject({ ...first, "log.jsonl": { bytes: 5 }, seal_sha256: expect.any(String) });
  });

  it("says of a log that nothing is unfinished in by saying nothing", async () => {
    const { stores } = await setUp();
    await stores.events.append(RUN, 0, events(1, 3));
    expect(await stores.events.verifyChain(RUN)).toStrictEqual({ entries: 3, sealed: 3 });
  });
});

describe("whoever follows a log", () => {
  it("goes on behind several events that it has shown, in the copy that took the log's place", async () => {
    const { store, stores } = await setUp();
    await stores.leases.acquire(RUN, ALICE);
    await stores.events.append(RUN, 0, [event("e1")]);
    await stores.events.append(RUN, 1, [event("e2")]);
    await stores.events.append(RUN, 2, [event("e3")]);
    const stop = new AbortController();
    const following = (await store.open()).events.follow(RUN, 1, stop.signal)[Symbol.asyncIterator]();
    const next = async () => ((await following.next()).value as { name: string }).name;
    expect([await next(), await next(), await next()]).toEqual(["e1", "e2", "e3"]);
    const successor = await store.open();
    successor.clock.advance(DEFAULT_LEASE_TIME + 1);
    await successor.leases.acquire(RUN, BOB);
    const upcoming = next();
    await successor.events.append(RUN, 3, [event("e4")]);
    expect(await upcoming).toBe("e4");
    stop.abort();
    expect((await following.next()).done).toBe(true);
  });

  it("leaves nothing that listens at the signal that ends it, nor does whoever waits for a cancellation", async () => {
    const { stores } = await setUp();
    await stores.events.append(RUN, 0, [event("e1")]);
    const stop = new AbortController();
    const shown: string[] = [];
    for await (const { name } of stores.events.follow(RUN, 1, stop.signal)) {
      shown.push(name);
      break;
    }
    await stores.cancellations.request(RUN, { by: BOB, reason: "too slow" });
    await stores.cancellations.wait(RUN, stop.signal);
    expect(shown).toEqual(["e1"]);
    expect(getEventListeners(stop.signal, "abort")).toEqual([]);
  });
});

describe("an artifact that is put again", () => {
  const bytes = Buffer.from("some bytes");

  it.each(["EPERM", "EACCES"])(
    "takes the place of another user's file, whose time cannot be set (%s)",
    async (code) => {
      const { store, stores } = await setUp();
      const ref = await stores.artifacts.put("output", bytes);
      const before = (await collect(stores.retention.artifacts()))[0]?.lastPut;
      const other = await store.open(
        failingAt(store.disk, "touch", (path) => (/artifacts/.test(path) ? code : undefined)),
      );
      expect(await other.artifacts.put("output", bytes)).toBe(ref);
      expect((await collect(stores.retention.artifacts()))[0]?.lastPut).not.toBe(before);
      expect(store.disk.paths().filter((path) => /\/tmp\/./.test(path))).toEqual([]);
    },
  );

  it("is not said to be there where its time could not be set for another reason", async () => {
    const { store, stores } = await setUp();
    await stores.artifacts.put("output", bytes);
    const other = await store.open(
      failingAt(store.disk, "touch", (path) => (/artifacts/.test(path) ? "EIO" : undefined)),
    );
    await expect(other.artifacts.put("output", bytes)).rejects.toMatchObject({ name: "IoError" });
  });

  it("leaves nothing behind where it cannot be put in its place", async () => {
    const { store } = await setUp();
    const other = await store.open(
      failingAt(store.disk, "rename", (_, to) => (/artifacts/.test(to) ? "ENOSPC" : undefined)),
    );
    await expect(other.artifacts.put("output", bytes)).rejects.toMatchObject({
      name: "NoSpaceError",
      details: { where: expect.stringContaining("/store/") },
    });
    expect(store.disk.paths().filter((path) => /\/tmp\/./.test(path))).toEqual([]);
  });
});

describe("the removal of an artifact", () => {
  it.each<[string, string | undefined]>([
    ["ENOENT", "gone"],
    ["EIO", undefined],
  ])("that another process is quicker at, or that fails, is told: %s", async (code, outcome) => {
    const { store, stores } = await setUp();
    await stores.artifacts.put("output", Buffer.from("some bytes"));
    const [artifact] = await collect(stores.retention.artifacts());
    const other = await store.open({
      ...store.disk,
      removeFile: (path) =>
        /artifacts\/.*/.test(path) ? Promise.reject(failure(code, path)) : store.disk.removeFile(path),
    });
    const removing = other.retention.remove(artifact!);
    if (outcome === undefined) await expect(removing).rejects.toMatchObject({ name: "IoError" });
    else expect(await removing).toBe(outcome);
  });
});

describe("what was set aside", () => {
  it("without a reason that can be read counts from when it was changed last", async () => {
    const { store, stores } = await setUp();
    const at = Date.UTC(2099, 0, 1);
    await store.disk.append(store.at("quarantine", "riddle"), Buffer.from("1234"));
    await store.disk.touch(store.at("quarantine", "riddle"), at);
    await store.disk.append(store.at("quarantine", "other"), Buffer.from("12"));
    await store.disk.append(store.at("quarantine", "other.json"), Buffer.from("{"));
    await store.disk.touch(store.at("quarantine", "other"), at + 1);
    expect(await collect(stores.retention.setAside())).toEqual([
      { name: "other", size: 2, since: at + 1 },
      { name: "riddle", size: 4, since: at },
    ]);
  });
});

describe("an id that is none", () => {
  it.each([
    [undefined, "undefined"],
    ["x", '"x"'],
    [{ a: "y".repeat(200) }, `{"a":"${"y".repeat(94)}`],
  ])("is quoted, no longer than a line: %j", async (id, quoted) => {
    const { stores } = await setUp();
    const error = (await stores.artifacts.get(id as ArtifactRef).catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).toContain(quoted);
    expect(error.message.length).toBeLessThan(300);
  });
});
