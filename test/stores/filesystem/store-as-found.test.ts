import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { sha256 } from "../../../shared/stores/digest.ts";
import { readWholeFile, replaceFile, writeNewFile } from "../../../shared/stores/filesystem/durable-file.ts";
import { errnoOf, isMissing, renameIfThere } from "../../../shared/stores/filesystem/file-system.ts";
import { folderArtifacts } from "../../../shared/stores/filesystem/folder-artifacts.ts";
import { inspectFolder } from "../../../shared/stores/filesystem/inspection.ts";
import { takeLease } from "../../../shared/stores/filesystem/lease.ts";
import { watchLease } from "../../../shared/stores/filesystem/lease-watch.ts";
import { openFileSystemStores } from "../../../shared/stores/filesystem/open.ts";
import { temporaryFiles } from "../../../shared/stores/filesystem/temporary-files.ts";
import { DEFAULT_LEASE_TIME } from "../../../shared/stores/lease-policy.ts";
import { failingAt, failure } from "../support/failing.ts";
import { manualClock } from "../support/manual-clock.ts";
import { playedStore } from "../support/played-store.ts";
import { playedProcesses } from "../support/processes.ts";
import { ALICE, BOB, event, OTHER_RUN, RUN } from "../support/samples.ts";
import { simulatedDisk } from "../support/simulated-disk.ts";

const bytes = Buffer.from("some bytes");
const digits = sha256(bytes);
const ref = `artifact://${digits}` as ArtifactRef;

async function setUp() {
  const store = playedStore();
  const stores = await store.open();
  return { store, stores, inspection: inspectFolder("/store", store.disk) };
}

describe("what a store holds, as it is found", () => {
  it("is every artifact by its place, whatever is in it, and what else stands among them", async () => {
    const { store, stores, inspection } = await setUp();
    await stores.artifacts.put("output", bytes);
    const folder = store.at("artifacts", digits.slice(0, 2));
    await store.disk.append(`${folder}/notes`, bytes);
    await store.disk.append(`${folder}/${"0".repeat(61)}`, bytes);
    await store.disk.append(store.at("artifacts", "ff"), bytes);
    await store.disk.makeFolder(store.at("artifacts", "other"));
    expect(await inspection.stored()).toEqual({
      refs: [ref],
      others: [
        ...[
          `${folder}/${"0".repeat(61)}`,
          `${folder}/notes`,
          store.at("artifacts", "ff"),
          store.at("artifacts", "other"),
        ],
      ].sort(),
    });
  });

  it("is every bundle that is there or claimed, once, in order", async () => {
    const { store, stores, inspection } = await setUp();
    const wasm = await stores.artifacts.put("output", Buffer.from("\0asm"));
    const made = await stores.artifacts.put("output", Buffer.from("{}"));
    await stores.publications.publish(made, [{ path: "module.wasm", artifact: wasm }], RUN);
    const claimed = "0".repeat(64);
    await store.disk.makeFolder(store.at("claims", claimed));
    await store.disk.makeFolder(store.at("bundles", "f".repeat(64)));
    await store.disk.makeFolder(store.at("bundles", "notes"));
    expect(await inspection.bundles()).toEqual(
      [claimed, made.slice("artifact://".length), "f".repeat(64)].map((each) => `artifact://${each}`),
    );
  });

  it.each(["EISDIR", "ENOTDIR", "EFTYPE", "ENXIO"])(
    "has no artifact where something else stands (%s)",
    async (code) => {
      const { store } = await setUp();
      expect(
        await inspectFolder(
          "/store",
          failingAt(store.disk, "open", () => code),
        ).artifact(ref),
      ).toBeUndefined();
    },
  );

  it("has one that is larger than it is recorded with as damaged, unread; and no other reading fails for its size", async () => {
    const { stores, inspection } = await setUp();
    await stores.artifacts.put("output", bytes);
    expect(Buffer.from((await inspection.artifact(ref, bytes.length)) ?? [])).toEqual(bytes);
    await expect(inspection.artifact(ref, bytes.length - 1)).rejects.toMatchObject({
      name: "CorruptionError",
      message: expect.stringMatching(/expected 9 bytes, as it is recorded with, found 10 bytes, which were not read/),
    });
    expect(Buffer.from((await inspection.artifact(ref)) ?? [])).toEqual(bytes);
  });

  it("is a store where it has runs and artifacts, or runs and its format; runs alone are anybody's", async () => {
    const { store } = await setUp();
    const open = (root: string) => openFileSystemStores(root, { fileSystem: store.disk, mustExist: true });
    for (const folder of ["/others", "/others/runs", "/bare", "/bare/runs", "/bare/artifacts"]) {
      await store.disk.makeFolder(folder);
    }
    await expect(open("/others")).rejects.toMatchObject({ name: "NotFoundError" });
    await open("/bare");
    await store.disk.append("/others/store.json", Buffer.from("{}"));
    await expect(open("/others")).rejects.not.toMatchObject({ name: "NotFoundError" });
  });
});

describe("the names of what may be removed", () => {
  it.each(["runs/x", "tmp", "tmp/", "tmp/a/b", "tmp/..", "../tmp/x", "/tmp/x", ""])(
    "are those that were listed, not %j",
    async (name) => {
      const { stores } = await setUp();
      await expect(stores.retention.removeLeftover({ name })).rejects.toMatchObject({
        name: "InvalidInputError",
      });
    },
  );

  it.each(["a/b", "..", "", "a\\b"])("are of quarantine's own, not %j", async (name) => {
    const { stores } = await setUp();
    await expect(stores.retention.removeSetAside({ name })).rejects.toMatchObject({
      name: "InvalidInputError",
    });
  });

  it("lead to what is removed, once", async () => {
    const { store, stores } = await setUp();
    await store.disk.append(store.at("tmp", "left"), bytes);
    await store.disk.append(store.at("quarantine", "bad"), bytes);
    await store.disk.append(store.at("quarantine", "bad.json"), Buffer.from('{"why":"no time in it"}'));
    const [since] = await collect(stores.retention.setAside());
    expect(since).toEqual({ name: "bad", size: bytes.length, since: 0 });
    expect(await stores.retention.removeLeftover({ name: "tmp/left" })).toBe(true);
    expect(await stores.retention.removeLeftover({ name: "tmp/left" })).toBe(false);
    expect(await stores.retention.removeSetAside(since!)).toBe(true);
    expect(await stores.retention.removeSetAside(since!)).toBe(false);
    expect(store.disk.paths().filter((path) => /\/(tmp|quarantine)\/./.test(path))).toEqual([]);
  });
});

describe("a publication that another process makes first", () => {
  it.each(["EEXIST", "ENOTEMPTY"])("is that one (%s), and nothing is left of the other", async (code) => {
    const { store, stores } = await setUp();
    const wasm = await stores.artifacts.put("output", Buffer.from("\0asm"));
    const bundle = await stores.artifacts.put("output", Buffer.from("{}"));
    const files = [{ path: "module.wasm", artifact: wasm }];
    const late = await store.open({
      ...store.disk,
      async rename(from, to) {
        if (!to.includes("/bundles/")) return store.disk.rename(from, to);
        await stores.publications.publish(bundle, files, OTHER_RUN);
        throw failure(code, to);
      },
    });
    expect(await late.publications.publish(bundle, files, RUN)).toMatchObject({ isNew: false });
    expect(store.disk.paths().filter((path) => /\/tmp\/./.test(path))).toEqual([]);
    const alone = await store.open(
      failingAt(store.disk, "rename", (_, to) => (to.includes("/bundles/") ? code : undefined)),
    );
    const another = await stores.artifacts.put("output", Buffer.from("[]"));
    await expect(alone.publications.publish(another, files, RUN)).rejects.toMatchObject({ name: "LayoutError" });
  });
});

describe("a run that was given back clean", () => {
  it("and whose log has more than what was sealed, half a line, goes on without it, and says so", async () => {
    const { store, stores } = await setUp();
    await stores.runs.create(RUN, {});
    const lease = await stores.leases.acquire(RUN, ALICE);
    await stores.events.append(RUN, 0, [event("e1")]);
    await lease.release();
    const path = store.at("runs", RUN, "events.jsonl");
    await store.disk.append(path, Buffer.from('{"half'));
    const other = await store.open();
    const { notices } = await other.leases.acquire(RUN, BOB);
    expect(notices).toEqual([
      { kind: "unfinished_append_removed", where: path, after: 1, what: "6 bytes after line 1" },
    ]);
    await other.events.append(RUN, 1, [event("e2")]);
    expect((await collect(stores.events.read(RUN))).map(({ name }) => name)).toEqual(["e1", "e2"]);
  });

  it("after its lease was lost and taken anew, is written to without a lease as well", async () => {
    const { store, stores } = await setUp();
    await stores.runs.create(RUN, {});
    await stores.leases.acquire(RUN, ALICE);
    const thief = await store.open();
    thief.clock.advance(DEFAULT_LEASE_TIME + 1);
    await (await thief.leases.acquire(RUN, BOB)).release();
    await expect(stores.events.append(RUN, 0, [event("e1")])).rejects.toMatchObject({ name: "LeaseLostError" });
    await (await stores.leases.acquire(RUN, ALICE)).release();
    await stores.events.append(RUN, 0, [event("e1")]);
    expect((await collect(stores.events.read(RUN))).map(({ name }) => name)).toEqual(["e1"]);
  });
});

describe("a lease that is watched", () => {
  it("is looked at where something is missing, and another error is told as it is", async () => {
    const disk = simulatedDisk();
    for (const folder of ["/tmp", "/run", "/run/lease", "/run/lease/000000.free"]) await disk.makeFolder(folder);
    const process = playedProcesses().start();
    const around = {
      fs: disk,
      clock: manualClock(),
      processes: process,
      leaseTime: 1_000,
      temporary: temporaryFiles("/tmp", process.self),
    };
    const lease = await takeLease(around, RUN, "/run", { holder: "alice", purpose: "run" });
    const watch = watchLease(around, RUN, lease);
    const guard = (code: string) => watch.guard(() => Promise.reject(failure(code)));
    await expect(guard("ENOENT")).rejects.toMatchObject({ code: "ENOENT" });
    await disk.removeFolder(lease.folder);
    await expect(guard("EIO")).rejects.toMatchObject({ code: "EIO" });
    expect(watch.lost.aborted).toBe(false);
    await expect(guard("ENOENT")).rejects.toMatchObject({ name: "LeaseLostError" });
    expect(watch.lost.reason).toMatchObject({ name: "LeaseLostError" });
    expect(await watch.guard(async () => 7)).toBe(7);
  });
});

describe("a file", () => {
  it("is read whole up to the size that is asked for, and no larger one", async () => {
    const disk = simulatedDisk();
    await disk.append("/f", bytes);
    expect(Buffer.from(await readWholeFile(disk, "/f", bytes.length))).toEqual(bytes);
    await expect(readWholeFile(disk, "/f", bytes.length - 1)).rejects.toMatchObject({
      code: "EFBIG",
      path: "/f",
      message: "EFBIG: 10 bytes, expected at most 9, read '/f'",
    });
    const ofSize = (size: number) =>
      ({
        ...disk,
        open: async (path: string, mode: "read") => ({
          ...(await disk.open(path, mode)),
          stat: async () => ({ kind: "file" as const, size, modified: 0, identity: "" }),
        }),
      }) as unknown as typeof disk;
    expect(Buffer.from(await readWholeFile(ofSize(2 ** 30), "/f"))).toEqual(bytes);
    await expect(readWholeFile(ofSize(2 ** 30 + 1), "/f")).rejects.toMatchObject({ code: "EFBIG" });
  });

  it("is made or replaced durably, or not at all", async () => {
    const disk = simulatedDisk();
    await writeNewFile(disk, "/f", bytes);
    await disk.syncFolder("/");
    disk.cutPower();
    expect(Buffer.from(await readWholeFile(disk, "/f"))).toEqual(bytes);
    await expect(writeNewFile(disk, "/f", bytes)).rejects.toMatchObject({ code: "EEXIST" });
    await replaceFile(disk, "/staged", "/f", Buffer.from("other"));
    await disk.syncFolder("/");
    disk.cutPower();
    expect(Buffer.from(await readWholeFile(disk, "/f")).toString()).toBe("other");
    await expect(
      replaceFile(
        failingAt(disk, "rename", () => "EIO"),
        "/staged",
        "/f",
        bytes,
      ),
    ).rejects.toMatchObject({ code: "EIO" });
    expect(disk.paths()).toEqual(["/f"]);
  });

  it("that is renamed may be gone, and any other failure is told", async () => {
    const disk = simulatedDisk();
    expect(await renameIfThere(disk, "/none", "/other")).toBe(false);
    await disk.append("/f", bytes);
    expect(await renameIfThere(disk, "/f", "/other")).toBe(true);
    await expect(
      renameIfThere(
        failingAt(disk, "rename", () => "EIO"),
        "/other",
        "/f",
      ),
    ).rejects.toMatchObject({ code: "EIO" });
  });

  it("that is missing is known by its error alone", () => {
    expect(isMissing(failure("ENOENT"))).toBe(true);
    for (const other of [failure("EIO"), new Error("ENOENT"), { code: "ENOENT" }, "ENOENT", undefined]) {
      expect(isMissing(other)).toBe(false);
    }
    expect(errnoOf(Object.assign(new Error(), { code: 7 }))).toBeUndefined();
    expect(errnoOf(failure("EIO"))).toBe("EIO");
  });

  it("of someone else's folder that goes between the look and the read is not found", async () => {
    const disk = simulatedDisk();
    await disk.makeFolder("/given");
    await disk.append(`/given/${digits}`, bytes);
    const gone = folderArtifacts(
      "/given",
      failingAt(disk, "open", () => "ENOENT"),
    );
    await expect(gone.get(ref)).rejects.toMatchObject({ name: "NotFoundError" });
    const failing = folderArtifacts(
      "/given",
      failingAt(disk, "readFolder", () => "EIO"),
    );
    await expect(collect(failing.list())).rejects.toMatchObject({ name: "IoError" });
  });
});
