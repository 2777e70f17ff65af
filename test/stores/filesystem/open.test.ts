import { describe, expect, it } from "vitest";
import { collect } from "../../../shared/stores/collect.ts";
import { StoreError } from "../../../shared/stores/errors.ts";
import type { FileSystem } from "../../../shared/stores/filesystem/file-system.ts";
import { openFileSystemStores } from "../../../shared/stores/filesystem/open.ts";
import { manualClock } from "../support/manual-clock.ts";
import { playedStore } from "../support/played-store.ts";
import { playedProcesses } from "../support/processes.ts";
import { event, RUN } from "../support/samples.ts";
import { simulatedDisk } from "../support/simulated-disk.ts";

describe("opening a store", () => {
  it("makes its folder and those above it", async () => {
    const fileSystem = simulatedDisk();
    await openFileSystemStores("/deep/in/store", { fileSystem });
    fileSystem.cutPower();
    expect(fileSystem.paths()).toContain("/deep/in/store/runs/");
  });

  it("notes the format that it lays a store out in, and refuses a later one", async () => {
    const store = playedStore();
    await store.open();
    const path = store.at("store.json");
    expect(JSON.parse((await store.read(path)).toString())).toMatchObject({ format: 1 });
    store.disk.damage(path, () => Buffer.from('{"format":2}\n'));
    await expect(store.open()).rejects.toMatchObject({
      name: "UnsupportedFormatError",
      details: { what: "store", expected: 1, found: 2 },
    });
  });

  it("opens one as found without touching it, also when a part is missing that this version makes", async () => {
    const store = playedStore();
    const first = await store.open();
    await first.artifacts.put("other", Buffer.from("old"));
    await store.disk.removeFolder(store.at("removing"));
    await store.disk.append(store.at("tmp", "left"), Buffer.from("left"));
    const before = store.disk.paths();
    const { artifacts, retention } = await openFileSystemStores("/store", { fileSystem: store.disk, asFound: true });
    expect(await collect(retention.leftovers())).toEqual([{ name: "tmp/left", size: 4 }]);
    expect(store.disk.paths()).toEqual(before);
    for (const artifact of await collect(retention.artifacts())) {
      expect(await retention.remove(artifact)).toBe("removed");
    }
    await artifacts.put("other", Buffer.from("new"));
    const nowhere = openFileSystemStores("/nowhere", { fileSystem: store.disk, asFound: true });
    await expect(nowhere).rejects.toMatchObject({ name: "NotFoundError" });
  });

  it("as found moves no damage either: it is told, and stays where it is", async () => {
    const store = playedStore();
    const ref = await (await store.open()).artifacts.put("other", Buffer.from("old"));
    const path = store.disk.paths().find((one) => /artifacts\/..\/./.test(one))!;
    store.disk.damage(path, () => Buffer.from("OLD"));
    const before = store.disk.paths();
    const found = await openFileSystemStores("/store", { fileSystem: store.disk, asFound: true });
    await expect(found.artifacts.get(ref)).rejects.toMatchObject({
      name: "CorruptionError",
      message: expect.stringContaining("the file stays where it is"),
    });
    expect(store.disk.paths()).toEqual(before);
  });

  it("refuses a folder without a store when one must exist, and leaves it as it was", async () => {
    const fileSystem = simulatedDisk();
    await expect(openFileSystemStores("/store", { fileSystem, mustExist: true })).rejects.toMatchObject({
      name: "NotFoundError",
      message: expect.stringContaining("/store"),
    });
    expect(fileSystem.paths()).toEqual([]);
    await openFileSystemStores("/store", { fileSystem });
    await openFileSystemStores("/store", { fileSystem, mustExist: true });
  });

  it.each(["/store", "/store/runs", "/store/artifacts", "/store/tmp"])(
    "names %s when a file stands there",
    async (path) => {
      const fileSystem = simulatedDisk();
      if (path !== "/store") await fileSystem.makeFolder("/store");
      await fileSystem.append(path, Buffer.from("in the way"));
      await expect(openFileSystemStores("/store", { fileSystem })).rejects.toMatchObject({
        name: "LayoutError",
        message: expect.stringContaining(path),
      });
    },
  );

  it("removes what dead processes left, and only that", async () => {
    const { disk, at, open } = playedStore();
    const dead = await open();
    const living = await open();
    const name = ({ process: { self } }: typeof dead) => `${self.host}.${self.pid}.${self.started}.00000000-1`;
    await disk.append(at("tmp", name(dead)), Buffer.from("half"));
    await disk.makeFolder(at("tmp", name(dead).replace(/1$/, "2")));
    await disk.append(at("tmp", name(dead).replace(/1$/, "2"), "run.json"), Buffer.from("half"));
    await disk.append(at("tmp", name(living)), Buffer.from("in use"));
    dead.process.die();
    const { notices } = await open();
    expect(notices).toEqual([{ kind: "leftovers_removed", count: 2 }]);
    expect(disk.paths().filter((path) => path.startsWith(at("tmp/")))).toEqual([at("tmp/"), at("tmp", name(living))]);
  });

  it("leaves what another host made for a day", async () => {
    const { disk, at } = playedStore();
    const clock = manualClock();
    const open = () =>
      openFileSystemStores("/store", { fileSystem: disk, clock, processes: playedProcesses("ffffffffffff").start() });
    await open();
    const path = at("tmp", "0123456789ab.7.7.00000000-1");
    await disk.append(path, Buffer.from("in use"));
    await disk.touch(path, clock.now());
    clock.advance(23 * 60 * 60 * 1000);
    await open();
    expect(disk.paths()).toContain(path);
    clock.advance(2 * 60 * 60 * 1000);
    await open();
    expect(disk.paths()).not.toContain(path);
  });

  it("works on a store that may only be read", async () => {
    const { disk, at, open } = playedStore();
    const writer = await open();
    await writer.runs.create(RUN, {});
    await writer.events.append(RUN, 0, [event("e1")]);
    await disk.append(at("tmp", "0123456789ab.1.1.00000000-1"), Buffer.from("left by a crash"));
    const reader = await open({ ...disk, ...refusing(disk, "EROFS") });
    expect((await reader.events.head(RUN)).seq).toBe(1);
    await expect(reader.events.append(RUN, 1, [event("e2")])).rejects.toMatchObject({ name: "AccessDeniedError" });
  });
});

describe("what the operating system refuses", () => {
  it.each([
    ["ENOSPC", "NoSpaceError", false, /no space left.*free some space/],
    ["EDQUOT", "NoSpaceError", false, /no space left/],
    ["EACCES", "AccessDeniedError", false, /permission denied.*writable/],
    ["EPERM", "AccessDeniedError", false, /not permitted/],
    ["EROFS", "AccessDeniedError", false, /read-only/],
    ["EIO", "IoError", true, /try again/],
    ["EMFILE", "IoError", true, /EMFILE/],
  ])("as %s becomes %s, and nothing is half-written", async (code, name, retryable, message) => {
    const { disk, open } = playedStore();
    const good = await open();
    await good.runs.create(RUN, {});
    const before = disk.paths();
    const { artifacts, events, runs } = await open({ ...disk, ...refusing(disk, code) });
    const attempts = [
      artifacts.put("output", Buffer.from("bytes")),
      events.append(RUN, 0, [event("e1")]),
      runs.writeStatus(RUN, {}),
    ];
    for (const result of await Promise.allSettled(attempts)) {
      const error = (result as PromiseRejectedResult).reason;
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ name, retryable, category: "storage", message: expect.stringMatching(message) });
      expect(error.cause).toMatchObject({ code });
    }
    expect(disk.paths()).toEqual(before);
  });
});

/** Every operation that changes something fails. */
function refusing(disk: FileSystem, code: string): Partial<FileSystem> {
  const refuse = () => Promise.reject(Object.assign(new Error(`${code}: refused by the test`), { code }));
  const changing = ["append", "makeFolder", "rename", "removeFile", "removeFolder", "touch"] as const;
  return {
    ...Object.fromEntries(changing.map((name) => [name, refuse])),
    open: (path, mode) => (mode === "create" ? refuse() : disk.open(path, mode)),
  };
}
