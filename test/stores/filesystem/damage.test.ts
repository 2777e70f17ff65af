import { beforeEach, describe, expect, it, vi } from "vitest";
import { collect } from "../../../shared/stores/collect.ts";
import { CorruptionError } from "../../../shared/stores/errors.ts";
import type { Stores } from "../../../shared/stores/ports.ts";
import { oneIn } from "../../support/scale.ts";
import { type PlayedStore, playedStore } from "../support/played-store.ts";
import { ALICE, BOB, event, events, RUN } from "../support/samples.ts";

/** How far the bytes lie apart that are cut or changed. */
const STEP = oneIn(7);

// Every byte is quick, but there are thousands.
vi.setConfig({ testTimeout: 180_000 });

describe("a log whose last bytes a crash cut off", () => {
  /** A run with two single events and a batch of two, whose holder died. */
  async function crashed(): Promise<{ store: PlayedStore; whole: Buffer; path: string }> {
    const store = playedStore();
    const first = await store.open();
    await first.runs.create(RUN, {});
    await first.leases.acquire(RUN, ALICE);
    await first.events.append(RUN, 0, [event("e1")]);
    await first.events.append(RUN, 1, [event("e2", { text: "ü €" })]);
    await first.events.append(RUN, 2, [event("e3"), event("e4")]);
    first.process.die();
    const path = store.at("runs", RUN, "events.jsonl");
    return { store, whole: await store.read(path), path };
  }

  it("keeps the whole batches, says what was cut, and goes on, wherever the cut is", async () => {
    const { whole } = await crashed();
    const ends = [...whole.keys()].filter((at) => whole[at] === 0x0a).map((at) => at + 1);
    const [one = 0, two = 0] = ends;
    for (let length = 0; length < whole.length; length += STEP) {
      const { store, path } = await crashed();
      store.disk.damage(path, (content) => content.subarray(0, length));
      const [kept = 0, keptBytes = 0] = length < one ? [0, 0] : length < two ? [1, one] : [2, two];

      const what = `${length - keptBytes} bytes after line ${kept}`;
      const unfinished = length === keptBytes ? {} : { unfinished: what };

      const reader = await store.open();
      const names = (await collect(reader.events.read(RUN))).map(({ name }) => name);
      expect({ length, names }).toEqual({ length, names: events(1, kept).map(({ name }) => name) });
      expect(await reader.events.verifyChain(RUN)).toEqual({
        entries: kept,
        ...unfinished,
        sealed: expect.any(Number),
      });
      expect((await store.read(path)).length).toBe(length);

      const next = await store.open();
      const { notices } = await next.leases.acquire(RUN, ALICE);
      const cut = { kind: "unfinished_append_removed", where: path, after: kept, what };
      expect(notices.slice(1)).toEqual(length === keptBytes ? [] : [cut]);
      await next.events.append(RUN, kept, [event("after")]);
      expect(await next.events.verifyChain(RUN)).toEqual({ entries: kept + 1, sealed: expect.any(Number) });
    }
  });

  it("is damaged, not torn, when what is missing had been sealed", async () => {
    const { store, path, whole } = await crashed();
    const second = await store.open();
    await (await second.leases.acquire(RUN, ALICE)).release();
    store.disk.damage(path, (content) => content.subarray(0, -1));
    await expect(second.events.verifyChain(RUN)).rejects.toThrow(/as sealed at the last release/);
    await expect(second.leases.acquire(RUN, ALICE)).rejects.toThrow(CorruptionError);
    store.disk.damage(path, () => whole);
    await second.leases.acquire(RUN, ALICE);
  });
});

describe("a finished run", () => {
  let store: PlayedStore;
  let stores: Stores;
  let verify: () => Promise<void>;
  beforeEach(async () => {
    store = playedStore();
    stores = await store.open();
    await stores.runs.create(RUN, { name: "ü", list: [1, { a: null }] });
    const lease = await stores.leases.acquire(RUN, ALICE);
    await stores.events.append(RUN, 0, [event("e1", { text: "\ufffd" })]);
    await stores.events.append(RUN, 1, [event("e2"), event("e3")]);
    await stores.history.append(RUN, [{ id: 1 }, { id: 2 }]);
    await stores.history.append(RUN, ["last"]);
    await lease.release();
    const ref = await stores.artifacts.put("output", Buffer.from("bytes of an artifact"));
    verify = async () => {
      await stores.runs.get(RUN);
      await stores.events.verifyChain(RUN);
      await stores.history.verify(RUN);
      await stores.artifacts.get(ref);
    };
  });

  it("verifies", async () => {
    await verify();
    expect(await stores.events.verifyChain(RUN)).toEqual({ entries: 3, sealed: 3 });
  });

  it("does not verify with any single byte of it changed", async () => {
    const vouchedFor = [/events\.jsonl$/, /history\.jsonl$/, /run\.json$/, /seal\.json$/, /artifacts\/[0-9a-f]{2}\/./];
    const files = store.disk.paths().filter((path) => vouchedFor.some((pattern) => pattern.test(path)));
    expect(files).toHaveLength(5);
    let flips = 0;
    for (const path of files) {
      const whole = await store.read(path);
      for (let at = 0; at < whole.length; at += STEP) {
        for (const bits of [0x01, 0x20, 0x80, 0xff]) {
          store.disk.damage(path, (content) => content.with(at, content[at]! ^ bits));
          const found = await verify().then(
            () => "nothing",
            (error: unknown) => (error instanceof CorruptionError ? "damage" : error),
          );
          expect({ path, at, bits, found }).toEqual({ path, at, bits, found: "damage" });
          // The damaged artifact was set aside, and comes back as a new file.
          if (path.includes("/artifacts/")) await stores.artifacts.put("output", whole);
          else store.disk.damage(path, () => whole);
          flips += 1;
        }
      }
    }
    expect(flips).toBeGreaterThan(4000 / STEP);
    await verify();
  });

  it("does not verify with its last lines missing", async () => {
    const path = store.at("runs", RUN, "events.jsonl");
    store.disk.damage(path, (content) => content.subarray(0, content.indexOf(0x0a) + 1));
    await expect(verify()).rejects.toThrow(CorruptionError);
  });

  it.each(["events.jsonl", "history.jsonl", "run.json"])("does not verify without its %s", async (name) => {
    await store.disk.removeFile(store.at("runs", RUN, name));
    await expect(verify()).rejects.toThrow(CorruptionError);
    await expect(verify()).rejects.toThrow(name);
  });

  it("says what to do when who wants it cancelled cannot be read", async () => {
    await stores.cancellations.request(RUN, { by: BOB, reason: "too slow" });
    store.disk.damage(store.at("runs", RUN, "cancel", "request.json"), (content) => content.subarray(1));
    await expect(stores.cancellations.find(RUN)).rejects.toThrow(/cancel\/request\.json.*remove the file/);
  });

  it("says what to do when its status is not JSON", async () => {
    await stores.runs.writeStatus(RUN, { state: "succeeded" });
    store.disk.damage(store.at("runs", RUN, "status.json"), () => Buffer.from("{"));
    await expect(stores.runs.readStatus(RUN)).rejects.toThrow(/rebuilt from the event log/);
  });
});
