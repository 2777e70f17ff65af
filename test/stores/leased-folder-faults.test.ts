import { beforeEach, describe, expect, it } from "vitest";
import { collect } from "../../shared/stores/collect.ts";
import type { FileSystem } from "../../shared/stores/filesystem/file-system.ts";
import { openLeasedFolder } from "../../shared/stores/filesystem/leased-folder.ts";
import { failingAt, failure } from "./support/failing.ts";
import { faultyFileSystem } from "./support/faulty-file-system.ts";
import { manualClock } from "./support/manual-clock.ts";
import { playedProcesses } from "./support/processes.ts";
import { type SimulatedDisk, simulatedDisk } from "./support/simulated-disk.ts";

const ROOT = "/folder";
let disk: SimulatedDisk;
let machine: ReturnType<typeof playedProcesses>;
const clock = manualClock();

beforeEach(() => {
  disk = simulatedDisk();
  machine = playedProcesses();
});

const open = (fileSystem: FileSystem = disk, processes = machine.start()) =>
  openLeasedFolder(ROOT, { holder: "test", fileSystem, clock, processes });
const leases = () => disk.readFolder(`${ROOT}/lease`);
const log = `${ROOT}/logs/a.jsonl`;

describe("the lease of a folder", () => {
  it("is made with the folder, and taken on with each holder", async () => {
    const first = await open();
    expect(await leases()).toEqual([expect.stringMatching(/^000001\.held\.run\./)]);
    await first.release();
    expect(await leases()).toEqual(["000001.free"]);
    await (await open()).release();
    expect(await leases()).toEqual(["000002.free"]);
  });

  it("leaves what says the folder's format as it is, where that is of today", async () => {
    await (await open()).release();
    const renames: string[] = [];
    const watched: FileSystem = {
      ...disk,
      rename: (from, to) => {
        renames.push(to);
        return disk.rename(from, to);
      },
    };
    await (await open(watched)).release();
    expect(renames).toContain(`${ROOT}/ends.jsonl`);
    expect(renames).not.toContain(`${ROOT}/format.json`);
  });

  it("is made in a folder that stands without one", async () => {
    for (const folder of [ROOT, `${ROOT}/lease`]) await disk.makeFolder(folder);
    await (await open()).release();
    expect(await leases()).toEqual(["000001.free"]);
  });

  it.each(["ENOTEMPTY", "EEXIST", "EPERM"])("is the one that another process made first (%s)", async (code) => {
    await disk.makeFolder(ROOT);
    const late: FileSystem = {
      ...disk,
      async rename(from, to) {
        if (!to.endsWith("/lease")) return disk.rename(from, to);
        await (await open()).release();
        throw failure(code, to);
      },
    };
    const folder = await open(late);
    expect(await leases()).toEqual([expect.stringMatching(/^000002\.held\./)]);
    await folder.release();
    expect((await disk.readFolder(ROOT)).toSorted()).toEqual(["ends.jsonl", "format.json", "lease"]);
  });

  it("that cannot be made leaves nothing behind, and the reason is told", async () => {
    const failing = failingAt(disk, "rename", (_, to) => (to.endsWith("/lease") ? "EIO" : undefined));
    await expect(open(failing)).rejects.toMatchObject({ name: "IoError" });
    expect(await disk.readFolder(ROOT)).toEqual([]);
  });

  it("is given back where the folder cannot be opened, for whoever comes next", async () => {
    const failing = failingAt(disk, "rename", (_, to) => (to.endsWith("format.json") ? "EIO" : undefined));
    await expect(open(failing)).rejects.toMatchObject({ name: "IoError" });
    expect(await leases()).toEqual(["000001.dirty"]);
    await (await open()).release();
  });

  it("takes along what a dead process left as it made one, and leaves what a living one makes", async () => {
    await (await open()).release();
    const [dead, alive] = [machine.start(), machine.start()];
    const name = ({ self }: typeof dead) => `${self.host}.${self.pid}.${self.started}.00000000-1`;
    for (const each of [dead, alive]) {
      await disk.makeFolder(`${ROOT}/${name(each)}`);
      await disk.makeFolder(`${ROOT}/${name(each)}/000000.dirty`);
    }
    await disk.makeFolder(`${ROOT}/notes`);
    dead.die();
    await (await open()).release();
    const names = await disk.readFolder(ROOT);
    expect(names).toContain(name(alive));
    expect(names).toContain("notes");
    expect(names).not.toContain(name(dead));
  });

  it("is given back as in doubt where a log could not be written", async () => {
    let isFull = false;
    const filling: FileSystem = {
      ...disk,
      async open(path, mode) {
        const file = await disk.open(path, mode);
        return { ...file, write: (at, bytes) => (isFull ? Promise.reject(failure("ENOSPC")) : file.write(at, bytes)) };
      },
    };
    const folder = await open(filling);
    const kept = folder.logs("logs").open("a.jsonl");
    await kept.append('{"n":1}\n');
    isFull = true;
    await expect(kept.append('{"n":2}\n')).rejects.toMatchObject({ name: "NoSpaceError" });
    isFull = false;
    await folder.release();
    expect(await leases()).toEqual(["000001.dirty"]);
    const again = await open();
    expect((await collect(again.logs("logs").lines("a.jsonl"))).map(({ text }) => text)).toEqual(['{"n":1}']);
  });

  it("is given back as in doubt where what is noted of its logs cannot be made durable", async () => {
    let isAway = false;
    const failing: FileSystem = {
      ...disk,
      async open(path, mode) {
        const file = await disk.open(path, mode);
        return { ...file, sync: () => (isAway ? Promise.reject(failure("EIO")) : file.sync()) };
      },
    };
    const folder = await open(failing);
    isAway = true;
    await folder.release();
    expect(await leases()).toEqual(["000001.dirty"]);
  });
});

describe("records and logs of a folder", () => {
  it("are durable when they were put or appended, and gone for good when they were removed", async () => {
    const folder = await open();
    await disk.syncFolder("/");
    await folder.records("records").put("one", '{"n":1}');
    await folder.records("records").put("two", '{"n":2}');
    await folder.records("records").remove("two");
    const kept = folder.logs("logs").open("a.jsonl");
    await kept.append('{"n":1}\n');
    await folder.logs("logs").open("b.jsonl").append('{"n":1}\n');
    await folder.logs("logs").remove("b.jsonl");
    disk.cutPower();
    machine = playedProcesses();
    const later = await open();
    expect(await collect(later.records("records").read())).toEqual([
      { name: "one", text: '{"n":1}', damage: undefined },
    ]);
    expect(await later.logs("logs").names()).toEqual(["a.jsonl"]);
    expect((await collect(later.logs("logs").lines("a.jsonl"))).map(({ text }) => text)).toEqual(['{"n":1}']);
  });

  it("that are not there are read as empty, and reading makes none", async () => {
    const folder = await open();
    const kept = folder.logs("logs").open("a.jsonl");
    expect(await collect(kept.read())).toEqual([]);
    expect(await collect(folder.logs("logs").lines("a.jsonl"))).toEqual([]);
    expect(await collect(folder.records("records").read())).toEqual([]);
    await kept.close();
    expect(disk.paths()).not.toContain(log);
    await folder.release();
  });

  it("are written in the order in which they were given, one record's puts and removals too", async () => {
    const folder = await open();
    const records = folder.records("records");
    const kept = folder.logs("logs").open("a.jsonl");
    await Promise.all([
      records.put("one", '{"n":1}'),
      records.put("one", '{"n":2}'),
      records.remove("two"),
      records.put("two", '{"n":1}'),
      ...[1, 2, 3].map((n) => kept.append(`{"n":${n}}\n`)),
    ]);
    expect(await collect(records.read())).toEqual([
      { name: "one", text: '{"n":2}', damage: undefined },
      { name: "two", text: '{"n":1}', damage: undefined },
    ]);
    expect(await collect(kept.read())).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
    await folder.release();
  });

  it("are all written when the folder was given back, and nothing is written after", async () => {
    const folder = await open();
    const kept = folder.logs("logs").open("a.jsonl");
    const appended = kept.append('{"n":1}\n');
    const put = folder.records("records").put("one", '{"n":1}');
    await folder.release();
    await Promise.all([appended, put]);
    expect(await leases()).toEqual(["000001.free"]);
    await expect(folder.records("records").put("two", '{"n":2}')).rejects.toMatchObject({ name: "LeaseLostError" });
    expect(await disk.readFolder(`${ROOT}/records`)).toEqual(["one.json"]);
  });

  it("show which line of a log is damaged, and what is expected", async () => {
    const folder = await open();
    const kept = folder.logs("logs").open("a.jsonl");
    for (const n of [1, 2, 3]) await kept.append(`{"n":${n}}\n`);
    await kept.close();
    disk.damage(log, (content) => Buffer.from(content.toString().replace('"n":2', '"n":7')));
    await expect(collect(folder.logs("logs").lines("a.jsonl"))).rejects.toMatchObject({
      message: expect.stringMatching(/line 2 .*expected a line whose sha256 follows from it and from the line before/),
    });
    await folder.release();
  });

  it("show where a log was cut, and that another stands in its place", async () => {
    const folder = await open();
    const logs = folder.logs("logs");
    for (const name of ["a.jsonl", "b.jsonl"]) {
      const kept = logs.open(name);
      for (const n of [1, 2]) await kept.append(`{"of":"${name}","n":${n}}\n`);
      await kept.close();
    }
    const ends = logs.ends("a.jsonl")["a.jsonl"]!;
    const shorter = collect(logs.lines("b.jsonl", undefined, ends));
    await expect(shorter).rejects.toMatchObject({ message: expect.stringMatching(/found sha256 [0-9a-f]{64}/) });
    disk.damage(log, (content) => content.subarray(0, content.indexOf("\n") + 1));
    const cut = collect(logs.lines("a.jsonl"));
    await expect(cut).rejects.toMatchObject({ message: expect.stringMatching(/at least 2 lines.*found 1 lines/) });
    await folder.release();
  });

  it("of the first format without any file are taken in without a word", async () => {
    await disk.makeFolder(ROOT);
    await disk.makeFolder(`${ROOT}/logs`);
    const folder = await open();
    expect(folder.notices).toEqual([]);
    await folder.release();
  });
});

describe("what is noted of a folder's logs", () => {
  const notes = async () => {
    const file = await disk.open(`${ROOT}/ends.jsonl`, "read");
    return Buffer.from(await file.read(0, 10_000_000)).toString();
  };

  it("is kept over holders, without the logs that have ended", async () => {
    const first = await open();
    for (const name of ["a.jsonl", "b.jsonl", "b/child.jsonl", "c.jsonl"]) {
      await first.logs("logs").open(name).append('{"n":1}\n');
    }
    first.logs("logs").ended("b.jsonl");
    expect(Object.keys(first.logs("logs").ends("b.jsonl"))).toEqual([]);
    await first.release();
    const again = await open();
    expect((await notes()).match(/logs[^"]*/g)).toEqual(["logs/a.jsonl", "logs/c.jsonl"]);
    expect(again.logs("logs").ends("a.jsonl")).toMatchObject({ "a.jsonl": { lines: 1 } });
    await again.release();
    expect(again.notices).toEqual([]);
    expect((await open()).notices).toEqual([]);
  });

  it("is added to, a line for each append, and not written anew while it is small", async () => {
    const folder = await open();
    const kept = folder.logs("logs").open("a.jsonl");
    for (const n of [1, 2, 3]) await kept.append(`{"n":${n}}\n`);
    await folder.release();
    expect((await notes()).trimEnd().split("\n")).toHaveLength(3);
  });
});

describe("what goes or is kept away while it is read", () => {
  it("leaves no file open, be it read to its end, or no further than somebody wants, or damaged", async () => {
    const counted = faultyFileSystem(disk, "kill", Number.POSITIVE_INFINITY);
    const folder = await open(counted);
    const writer = folder.logs("logs").open("a.jsonl");
    await writer.append('{"n":1}\n{"n":2}\n');
    await writer.close();
    const before = counted.openFiles();
    expect(before).not.toContain(log);
    const lines = () => folder.logs("logs").lines("a.jsonl");
    expect(await collect(lines())).toHaveLength(2);
    for await (const { text } of lines()) {
      expect(text).toBe('{"n":1}');
      break;
    }
    disk.damage(log, () => Buffer.from("{}\n"));
    await expect(collect(lines())).rejects.toMatchObject({ name: "CorruptionError" });
    expect(counted.openFiles()).toEqual(before);
    await folder.release();
    expect(counted.openFiles()).toEqual([]);
  });

  it.each([
    ["EACCES", "AccessDeniedError"],
    ["ENOENT", "CorruptionError"],
  ])("a log whose file cannot be opened to go on with it: %s is %s", async (code, name) => {
    const first = await open();
    const lines = first.logs("logs").open("a.jsonl");
    await lines.append('{"n":1}\n');
    await lines.close();
    await first.release();
    const failing = failingAt(disk, "open", (path, mode) => (path === log && mode === "write" ? code : undefined));
    const again = await open(failing);
    await expect(again.logs("logs").open("a.jsonl").append('{"n":2}\n')).rejects.toMatchObject({ name });
  });

  it("a record that is removed between the look and the read is none", async () => {
    const first = await open();
    for (const name of ["one", "two"]) await first.records("records").put(name, "{}");
    await first.release();
    const failing = failingAt(disk, "open", (path) => (path.includes("/records/one") ? "ENOENT" : undefined));
    const records = (await open(failing)).records("records");
    expect(await collect(records.read())).toMatchObject([{ name: "two" }]);
    expect(await records.find("one")).toBeUndefined();
  });
});
