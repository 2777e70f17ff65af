import { describe, expect, it } from "vitest";
import { collect } from "../../../shared/stores/collect.ts";
import { IoError, NoSpaceError } from "../../../shared/stores/errors.ts";
import type { FileSystem, OpenFile } from "../../../shared/stores/filesystem/file-system.ts";
import { playedStore } from "../support/played-store.ts";
import { ALICE, event, RUN } from "../support/samples.ts";

/** A disk on which the files named `events.jsonl` do as they are told. */
function withLog(inner: FileSystem, change: (file: OpenFile) => Partial<OpenFile>): FileSystem {
  return {
    ...inner,
    async open(path, mode) {
      const file = await inner.open(path, mode);
      return path.endsWith("events.jsonl") ? { ...file, ...change(file) } : file;
    },
  };
}

describe("appends under way at the same time", () => {
  it("share a sync", async () => {
    const store = playedStore();
    let syncs = 0;
    const counting = withLog(store.disk, (file) => ({
      sync() {
        syncs += 1;
        return file.sync();
      },
    }));
    const stores = await store.open(counting);
    await stores.runs.create(RUN, {});
    await stores.leases.acquire(RUN, ALICE);
    syncs = 0;
    await Promise.all(Array.from({ length: 64 }, (_, seq) => stores.events.append(RUN, seq, [event(`e${seq}`)])));
    expect(syncs).toBe(1);
    const first = stores.events.append(RUN, 64, [event("e64")]);
    await new Promise((resolve) => setImmediate(resolve));
    const rest = Array.from({ length: 8 }, (_, n) => stores.events.append(RUN, 65 + n, [event(`e${65 + n}`)]));
    await Promise.all([first, ...rest]);
    expect(syncs).toBeLessThanOrEqual(3);
  });

  it("are not acknowledged before the sync is over", async () => {
    const store = playedStore();
    let finish: (() => void) | undefined;
    let isHolding = false;
    const holding = withLog(store.disk, (file) => ({
      async sync() {
        if (isHolding) {
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
        }
        return file.sync();
      },
    }));
    const stores = await store.open(holding);
    await stores.runs.create(RUN, {});
    await stores.leases.acquire(RUN, ALICE);
    isHolding = true;
    const order: string[] = [];
    const append = stores.events.append(RUN, 0, [event("e1")]).then(() => order.push("acknowledged"));
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    order.push("synced");
    finish?.();
    await append;
    expect(order).toEqual(["synced", "acknowledged"]);
  });
});

describe("an append that fails", () => {
  it("for want of space is undone, and the writer goes on once there is some", async () => {
    const store = playedStore();
    let isFull = false;
    const stores = await store.open(
      withLog(store.disk, (file) => ({
        async write(offset, bytes) {
          if (!isFull) return file.write(offset, bytes);
          await file.write(offset, bytes.subarray(0, 40));
          throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
        },
      })),
    );
    await stores.runs.create(RUN, {});
    const lease = await stores.leases.acquire(RUN, ALICE);
    await stores.events.append(RUN, 0, [event("e1")]);
    isFull = true;
    const failing = [1, 2].map((seq) => stores.events.append(RUN, seq, [event("lost")]));
    for (const result of await Promise.allSettled(failing)) {
      expect((result as PromiseRejectedResult).reason).toBeInstanceOf(NoSpaceError);
    }
    expect((await stores.events.head(RUN)).seq).toBe(1);
    isFull = false;
    await stores.events.append(RUN, 1, [event("e2")]);
    await lease.release();
    expect((await collect(stores.events.read(RUN))).map(({ name }) => name)).toEqual(["e1", "e2"]);
  });

  it("to sync closes the log to its writer; the next holder works on a copy", async () => {
    const store = playedStore();
    let isBroken = false;
    const stores = await store.open(
      withLog(store.disk, (file) => ({
        async sync() {
          if (isBroken) throw Object.assign(new Error("EIO"), { code: "EIO" });
          return file.sync();
        },
      })),
    );
    await stores.runs.create(RUN, {});
    const lease = await stores.leases.acquire(RUN, ALICE);
    await stores.events.append(RUN, 0, [event("e1")]);
    const path = store.at("runs", RUN, "events.jsonl");
    const before = await store.disk.stat(path);
    isBroken = true;
    await expect(stores.events.append(RUN, 1, [event("lost")])).rejects.toThrow(IoError);
    isBroken = false;
    await expect(stores.events.append(RUN, 1, [event("lost")])).rejects.toThrow(IoError);
    await lease.release();
    await stores.leases.acquire(RUN, ALICE);
    expect((await store.disk.stat(path))?.identity).not.toBe(before?.identity);
    await stores.events.append(RUN, 1, [event("e2")]);
    expect((await collect(stores.events.read(RUN))).map(({ name }) => name)).toEqual(["e1", "e2"]);
  });
});

describe("a log that was given back clean", () => {
  it("is not copied for the next holder", async () => {
    const store = playedStore();
    const stores = await store.open();
    await stores.runs.create(RUN, {});
    const path = store.at("runs", RUN, "events.jsonl");
    const before = (await store.disk.stat(path))?.identity;
    for (let seq = 0; seq < 3; seq += 1) await stores.events.append(RUN, seq, [event("e")]);
    expect((await store.disk.stat(path))?.identity).toBe(before);
  });
});
