import { describe, expect, it } from "vitest";
import { sha256 } from "../../../shared/stores/digest.ts";
import type { FileSystem } from "../../../shared/stores/filesystem/file-system.ts";
import { openLogEnds } from "../../../shared/stores/filesystem/log-ends.ts";
import { failure } from "../support/failing.ts";
import { simulatedDisk } from "../support/simulated-disk.ts";

const FILE = "/ends.jsonl";
const end = (lines: number) => ({ lines, sha256: sha256(`line ${lines}`) });

function setUp() {
  const disk = simulatedDisk();
  let staged = 0;
  const said: string[] = [];
  return {
    disk,
    said,
    open: (fs: FileSystem = disk) =>
      openLogEnds({ fs, root: "/", stage: () => `/staged.${++staged}` }, (notice) => said.push(notice)),
    async lines() {
      const file = await disk.open(FILE, "read");
      const text = Buffer.from(await file.read(0, (await file.stat()).size)).toString();
      return text.split("\n").slice(0, -1);
    },
  };
}

describe("how far logs go", () => {
  it("is known in groups: a log, and those below it", async () => {
    const ends = await setUp().open();
    const logs = ["history/a.jsonl", "history/a/b.jsonl", "history/ab.jsonl", "other/a.jsonl"];
    for (const [index, log] of logs.entries()) ends.note(log, end(index + 1));
    expect(logs.map((log) => ends.of(log)?.lines)).toEqual([1, 2, 3, 4]);
    expect(ends.of("history/c.jsonl")).toBeUndefined();
    const group = [
      ["history/a.jsonl", end(1)],
      ["history/a/b.jsonl", end(2)],
    ];
    expect(ends.ofGroup("history/a.jsonl")).toEqual(group);
    expect(ends.ofGroup("history\\a\\c.jsonl")).toEqual(group);
    ends.forgetGroup("history/a.jsonl");
    expect(logs.map((log) => ends.of(log)?.lines)).toEqual([undefined, undefined, 3, 4]);
  });

  it("is read back by who opens next, and only of logs that have not ended", async () => {
    const { open, lines, said } = setUp();
    const first = await open();
    first.note("history/a.jsonl", end(1));
    first.note("history/a.jsonl", end(2));
    first.note("history/b.jsonl", end(1));
    first.forgetGroup("history/b.jsonl");
    await first.close();
    expect(await lines()).toHaveLength(4);
    const second = await open();
    expect([second.of("history/a.jsonl"), second.of("history/b.jsonl")]).toEqual([end(2), undefined]);
    expect(await lines()).toHaveLength(1);
    expect(said).toEqual([]);
  });

  it("outlives a power cut once it is synced", async () => {
    const { open, disk } = setUp();
    const ends = await open();
    await disk.syncFolder("/");
    ends.note("history/a.jsonl", end(1));
    await ends.sync();
    disk.cutPower();
    expect((await open()).of("history/a.jsonl")).toEqual(end(1));
  });

  it("is written anew where most of a large file is of the past", async () => {
    const { open, lines } = setUp();
    const ends = await open();
    for (let n = 1; n <= 25_000; n++) ends.note("history/a.jsonl", end(1));
    await ends.sync();
    expect(await lines()).toHaveLength(1);
    ends.note("history/a.jsonl", end(2));
    await ends.close();
    expect(await lines()).toHaveLength(2);
    expect((await open()).of("history/a.jsonl")).toEqual(end(2));
  });

  it("is not written anew where most of a large file still counts", async () => {
    const { open, lines } = setUp();
    const ends = await open();
    for (let n = 1; n <= 25_000; n++) ends.note(`history/${n}.jsonl`, end(1));
    ends.forgetGroup("history/1.jsonl");
    await ends.close();
    expect(await lines()).toHaveLength(25_001);
  });

  it("is as before where a note could not be written, whole or in part", async () => {
    const { open, disk } = setUp();
    let isFull = false;
    const filling: FileSystem = {
      ...disk,
      async open(path, mode) {
        const file = await disk.open(path, mode);
        return {
          ...file,
          async write(at, bytes) {
            if (!isFull) return file.write(at, bytes);
            await file.write(at, bytes.subarray(0, 10));
            throw failure("ENOSPC", path);
          },
        };
      },
    };
    const ends = await open(filling);
    ends.note("history/a.jsonl", end(1));
    await ends.sync();
    isFull = true;
    ends.note("history/a.jsonl", end(2));
    await ends.sync();
    isFull = false;
    ends.note("history/b.jsonl", end(3));
    await ends.close();
    const next = await open();
    expect([next.of("history/a.jsonl"), next.of("history/b.jsonl")]).toEqual([end(1), end(3)]);
  });

  it("is said not to be known where its file is damaged, from the damage on", async () => {
    const { open, disk, said } = setUp();
    const ends = await open();
    ends.note("history/a.jsonl", end(1));
    ends.note("history/b.jsonl", end(2));
    await ends.close();
    disk.damage(FILE, (bytes) => Buffer.from(Buffer.from(bytes).toString().replace('"lines":2', '"lines":3')));
    const next = await open();
    expect([next.of("history/a.jsonl"), next.of("history/b.jsonl")]).toEqual([end(1), undefined]);
    expect(said).toEqual([
      expect.stringMatching(/ends\.jsonl.*; without it, logs that were cut short at their ends are not found out$/),
    ]);
  });
});
