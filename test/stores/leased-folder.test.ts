import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collect } from "../../shared/stores/collect.ts";
import { openLeasedFolder } from "../../shared/stores/filesystem/leased-folder.ts";
import type { FoundRecord, LeasedFolder } from "../../shared/stores/leased-folder.ts";
import { vouch } from "../../shared/stores/vouched-text.ts";
import { manualClock } from "./support/manual-clock.ts";
import { playedProcesses } from "./support/processes.ts";

let root: string;
let processes: ReturnType<typeof playedProcesses>;
const clock = manualClock();
const opened: LeasedFolder[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "restep-leased-"));
  processes = playedProcesses();
});
afterEach(async () => {
  for (const folder of opened.splice(0)) await folder.release().catch(() => undefined);
  rmSync(root, { recursive: true });
});

async function open(process = processes.start()): Promise<LeasedFolder> {
  const folder = await openLeasedFolder(root, { holder: "test", clock, processes: process });
  opened.push(folder);
  return folder;
}

const linesOf = async (folder: LeasedFolder, path = "a.jsonl") =>
  (await collect(folder.logs("logs").lines(path))).map(({ text }) => text);
const recordsOf = async (folder: LeasedFolder) =>
  (await collect(folder.records("records").read())) as readonly FoundRecord[];
const logFile = (path = "a.jsonl") => join(root, "logs", path);

/** A folder with one record and a log of three lines, given back, or left by a process that died. */
async function filled(end: "released" | "died"): Promise<void> {
  const process = processes.start();
  const folder = await open(process);
  await folder.records("records").put("one", '{"n":1}');
  const log = folder.logs("logs").open("a.jsonl");
  await log.append('{"n":1}\n{"n":2}\n');
  await log.append('{"n":3}\n');
  await log.close();
  if (end === "released") await folder.release();
  else process.die();
}

describe("records that were summed up", () => {
  const records = (folder: LeasedFolder) => folder.records("records");
  const index = () => join(root, "records.index.jsonl");
  const all = (folder: LeasedFolder) => collect(records(folder).read());
  const one = { name: "one", text: '{"n":1}', damage: undefined };
  const two = { name: "two", text: '{"n":2}', damage: undefined };

  /** Two records, both summed up, of a folder that was given back. */
  async function summedUp(): Promise<void> {
    const folder = await open();
    await records(folder).put("one", one.text);
    await records(folder).put("two", two.text);
    await records(folder).sumUp("one", "the first");
    await records(folder).sumUp("two", "the second");
    await folder.release();
  }

  it("are given by that, as long as they are as they were then", async () => {
    await summedUp();
    const folder = await open();
    expect(await all(folder)).toEqual([
      { name: "one", summary: "the first" },
      { name: "two", summary: "the second" },
    ]);
    await records(folder).put("one", '{"n":3}');
    await records(folder).remove("two");
    expect(await all(folder)).toEqual([{ ...one, text: '{"n":3}' }]);
    await records(folder).sumUp("one", "anew");
    await folder.release();
    expect(await all(await open())).toEqual([{ name: "one", summary: "anew" }]);
  });

  it("are given by that where several were summed up together", async () => {
    const folder = await open();
    for (const { name, text } of [one, two]) await records(folder).put(name, text);
    await Promise.all([records(folder).sumUp("one", "the first"), records(folder).sumUp("two", "the second")]);
    await folder.release();
    expect((await all(await open())).toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: "one", summary: "the first" },
      { name: "two", summary: "the second" },
    ]);
  });

  it("are read and found damaged where their files were changed", async () => {
    await summedUp();
    const file = join(root, "records", "one.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"n":1', '"n":9'));
    expect(await all(await open())).toMatchObject([
      { name: "two", summary: "the second" },
      { name: "one", damage: { name: "CorruptionError" } },
    ]);
  });

  it.each([
    ["is gone", () => undefined],
    ["is cut off within a line", (text: string) => text.slice(0, text.length - 10)],
    ["is no text", () => "\0\n\n{}\n"],
    ["has a summary that was changed", (text: string) => text.replace("the second", "the socond")],
    ["has a line of another kind of records", () => `${vouch("others.index.jsonl", '{"name":"two"}').text}\n`],
  ])("are read where the index %s", async (_, spoil) => {
    await summedUp();
    const text = spoil(readFileSync(index(), "utf8"));
    if (text === undefined) rmSync(index());
    else writeFileSync(index(), text);
    const found = await all(await open());
    expect(found).toContainEqual(two);
    expect([one, { name: "one", summary: "the first" }]).toContainEqual(found.find(({ name }) => name === "one"));
    expect(found).toHaveLength(2);
  });

  it("are noted anew once most notes are of no use", async () => {
    let folder = await open();
    await records(folder).put("one", one.text);
    for (let note = 0; note < 1001; note++) await records(folder).sumUp("one", String(note));
    await folder.release();
    folder = await open();
    expect(await all(folder)).toEqual([{ name: "one", summary: "0" }]);
    expect(existsSync(index())).toBe(false);
    await folder.release();
    expect(await all(await open())).toEqual([one]);
  });
});

describe("a leased folder", () => {
  it("finds one record as reading all of them does", async () => {
    const records = (await open()).records("records");
    expect(await records.find("one")).toBeUndefined();
    await records.put("one", '{"n":1}');
    expect(await records.find("one")).toEqual({ name: "one", text: '{"n":1}', damage: undefined });
    writeFileSync(join(root, "records", "one.json"), '{"n":2}');
    expect(await records.find("one")).toMatchObject({ text: '{"n":2}', damage: { name: "CorruptionError" } });
  });

  it("gives back what was put and appended, also what a process left that died", async () => {
    for (const end of ["released", "died"] as const) {
      await filled(end);
      const folder = await open();
      expect(await recordsOf(folder)).toEqual([{ name: "one", text: '{"n":1}', damage: undefined }]);
      expect(await linesOf(folder)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
      await folder.records("records").remove("one");
      await folder.logs("logs").remove("a.jsonl");
      expect([await recordsOf(folder), await linesOf(folder)]).toEqual([[], []]);
      await folder.release();
    }
  });

  it("is refused to a second process, with who holds it and since when", async () => {
    const first = await open();
    await expect(open()).rejects.toMatchObject({
      name: "LeaseHeldError",
      message: expect.stringMatching(/is held by test \(process \d+\) since \d{4}-.*; wait for it to end, or stop it/),
    });
    await first.release();
    await open();
  });

  it("lets nobody write whose place another has taken", async () => {
    const process = processes.start();
    const first = await open(process);
    const log = first.logs("logs").open("a.jsonl");
    await log.append('{"n":1}\n');
    await first.records("records").put("one", '{"n":1}');
    process.die();
    const second = await open();
    expect(second.notices[0]).toMatch(/was taken over from test: process \d+ is gone/);
    await expect(log.append('{"n":2}\n')).rejects.toMatchObject({ name: "LeaseLostError" });
    await expect(first.records("records").put("one", '{"n":2}')).rejects.toMatchObject({ name: "LeaseLostError" });
    await expect(first.records("records").remove("one")).rejects.toMatchObject({ name: "LeaseLostError" });
    await expect(first.records("records").remove("none")).rejects.toMatchObject({ name: "LeaseLostError" });
    await expect(first.logs("logs").open("b.jsonl").append('{"n":1}\n')).rejects.toMatchObject({
      name: "LeaseLostError",
    });
    expect(first.lost.aborted).toBe(true);
    const again = second.logs("logs").open("a.jsonl");
    expect(await collect(again.read())).toEqual(['{"n":1}']);
    await again.append('{"n":2}\n');
    expect(await linesOf(second)).toEqual(['{"n":1}', '{"n":2}']);
    expect((await recordsOf(second)).map(({ text }) => text)).toEqual(['{"n":1}']);
  });

  it("makes its lease anew where that was removed, and whoever held it writes nothing more", async () => {
    const first = await open();
    rmSync(join(root, "lease"), { recursive: true });
    const second = await open();
    await expect(first.records("records").put("one", '{"n":1}')).rejects.toMatchObject({ name: "LeaseLostError" });
    await second.records("records").put("one", '{"n":2}');
  });

  it("cuts off a torn last line, which is no damage", async () => {
    await filled("died");
    appendFileSync(logFile(), '{"n":4,"sha2');
    const folder = await open();
    expect(await linesOf(folder)).toHaveLength(3);
    const log = folder.logs("logs").open("a.jsonl");
    expect(await collect(log.read())).toHaveLength(3);
    await log.append('{"n":4}\n');
    expect(await linesOf(folder)).toHaveLength(4);
  });

  it.each([
    ["a changed byte", (text: string) => text.replace('"n":2', '"n":9')],
    ["a line that is missing", (text: string) => `${text.split("\n").toSpliced(1, 1).join("\n")}`],
    ["a line twice", (text: string) => text.replace(/^(.*\n)/, "$1$1")],
    ["lines in another order", (text: string) => text.replace(/^(.*\n)(.*\n)/, "$2$1")],
    ["its last line taken off", (text: string) => text.replace(/[^\n]*\n$/, "")],
    ["its last newline changed, as if a crash had torn it", (text: string) => text.replace(/\n$/, "x")],
    ["its last bracket changed, as if its batch went on", (text: string) => text.replace(/\}\n$/, " \n")],
    ["nothing in it", () => ""],
    ["lines of no hash", (text: string) => text.replaceAll(/,"sha256":"[0-9a-f]*"/g, "")],
  ])("finds a log with %s, whether its process died or not, and leaves it as it is", async (_, change) => {
    for (const end of ["released", "died"] as const) {
      await filled(end);
      const text = change(readFileSync(logFile(), "utf8"));
      writeFileSync(logFile(), text);
      const folder = await open();
      const damaged = { name: "CorruptionError", message: expect.stringContaining(logFile()) };
      await expect(linesOf(folder)).rejects.toMatchObject(damaged);
      const log = folder.logs("logs").open("a.jsonl");
      await expect(collect(log.read())).rejects.toMatchObject(damaged);
      await expect(log.append('{"n":4}\n')).rejects.toMatchObject(damaged);
      await log.close();
      expect(readFileSync(logFile(), "utf8")).toBe(text);
      expect(await linesOf(folder, "b.jsonl")).toEqual([]);
      await folder.logs("logs").remove("a.jsonl");
      await folder.release();
    }
  });

  it("finds a log that is gone, or stands in the place of another", async () => {
    await filled("died");
    const text = readFileSync(logFile());
    rmSync(logFile());
    writeFileSync(logFile("b.jsonl"), text);
    const folder = await open();
    await expect(linesOf(folder)).rejects.toMatchObject({ name: "CorruptionError" });
    await expect(linesOf(folder, "b.jsonl")).rejects.toMatchObject({ name: "CorruptionError" });
  });

  it("knows no more of a log that has ended than what is asked of it", async () => {
    const folder = await open();
    const log = folder.logs("logs").open("a.jsonl");
    await log.append('{"n":1}\n{"n":2}\n');
    const { "a.jsonl": end } = folder.logs("logs").ends("a.jsonl");
    expect(end).toMatchObject({ lines: 2 });
    await log.close();
    folder.logs("logs").ended("a.jsonl");
    await folder.release();
    writeFileSync(logFile(), readFileSync(logFile(), "utf8").replace(/[^\n]*\n$/, ""));
    const again = await open();
    expect(await linesOf(again)).toEqual(['{"n":1}']);
    const asked = collect(again.logs("logs").lines("a.jsonl", undefined, end));
    await expect(asked).rejects.toMatchObject({
      message: expect.stringMatching(/expected at least 2 lines.*found 1 lines; restore the file from a copy/),
    });
  });

  it("reads a log on from where it was read", async () => {
    await filled("released");
    const folder = await open();
    const [first] = await collect(folder.logs("logs").lines("a.jsonl"));
    const rest = await collect(folder.logs("logs").lines("a.jsonl", first!.end));
    expect(rest.map(({ text }) => text)).toEqual(['{"n":2}', '{"n":3}']);
  });

  it.each([
    ["changed", (file: string) => writeFileSync(file, readFileSync(file, "utf8").replace(":1,", ":2,"))],
    ["cut short", (file: string) => writeFileSync(file, "")],
    ["no JSON", (file: string) => writeFileSync(file, "x".repeat(200))],
  ])("shows a record that was %s as damaged, and the others", async (_, damage) => {
    await filled("released");
    damage(join(root, "records", "one.json"));
    const folder = await open();
    await folder.records("records").put("two", '{"n":2}');
    expect(await recordsOf(folder)).toEqual([
      expect.objectContaining({
        name: "one",
        damage: expect.objectContaining({
          name: "CorruptionError",
          message: expect.stringMatching(
            /^the record in .*one\.json is damaged: expected .*, found .*; .* do without it$/,
          ),
        }),
      }),
      { name: "two", text: '{"n":2}', damage: undefined },
    ]);
  });

  it("finds a record in the place of another", async () => {
    await filled("released");
    writeFileSync(join(root, "records", "two.json"), readFileSync(join(root, "records", "one.json")));
    expect((await recordsOf(await open())).map(({ damage }) => damage?.name)).toEqual([undefined, "CorruptionError"]);
  });

  it("goes on where what it notes of its logs is damaged, and says so", async () => {
    await filled("died");
    writeFileSync(join(root, "ends.jsonl"), readFileSync(join(root, "ends.jsonl"), "utf8").replace("lines", "linen"));
    const folder = await open();
    expect(folder.notices).toContainEqual(expect.stringMatching(/ends\.jsonl is damaged/));
    expect(await linesOf(folder)).toHaveLength(3);
    await folder.release();
    expect((await open()).notices).toEqual([]);
  });

  it("goes on where its format is damaged, and refuses one of a later version in one sentence", async () => {
    await filled("released");
    const file = join(root, "format.json");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("2", "3"));
    const folder = await open();
    expect(folder.notices).toEqual([expect.stringMatching(/format\.json is damaged/)]);
    expect(await linesOf(folder)).toHaveLength(3);
    await folder.release();
    expect(readFileSync(file, "utf8")).toBe(text);
    writeFileSync(file, vouch("format.json", '{"format":3}').text);
    await expect(open()).rejects.toMatchObject({
      name: "UnsupportedFormatError",
      message: `${root} has format 3, and this version reads formats up to 2: use the version that wrote it, or a later one`,
    });
  });

  it("takes in a folder of the first format, whose files have no hashes", async () => {
    mkdirSync(join(root, "records"), { recursive: true });
    mkdirSync(join(root, "logs", "a"), { recursive: true });
    writeFileSync(join(root, "records", "one.json"), '{"n":1}');
    writeFileSync(join(root, "records", "bad.json"), "{");
    writeFileSync(join(root, "records", "two.json.new"), "{");
    writeFileSync(logFile(), '{"n":1}\n{"n":2}\n{"torn');
    writeFileSync(logFile("a/child.jsonl"), '{"n":1}\n');
    writeFileSync(logFile("bad.jsonl"), '{"n":1}\nnone\n');
    const folder = await open();
    expect(folder.notices).toEqual([expect.stringMatching(/earlier version: 3 files were given hashes/)]);
    expect((await recordsOf(folder)).map(({ name, damage }) => [name, damage?.name])).toEqual([
      ["bad", "CorruptionError"],
      ["one", undefined],
    ]);
    expect(await linesOf(folder)).toEqual(['{"n":1}', '{"n":2}']);
    expect(await linesOf(folder, "a/child.jsonl")).toEqual(['{"n":1}']);
    await expect(linesOf(folder, "bad.jsonl")).rejects.toMatchObject({ name: "CorruptionError" });
    await folder.release();
    expect((await open()).notices).toEqual([]);
    expect(readdirSync(join(root, "records"))).toEqual(["bad.json", "one.json"]);
  });

  it("says so of a single file too, and leaves JSON that is no object as it is", async () => {
    mkdirSync(join(root, "records"), { recursive: true });
    const others = { "text.json": '"text"', "none.json": "null", "empty.json": "{}", "list.json": "[]" };
    writeFileSync(join(root, "records", "one.json"), '{"n":1}');
    for (const [name, text] of Object.entries(others)) writeFileSync(join(root, "records", name), text);
    expect((await open()).notices).toEqual([expect.stringMatching(/earlier version: 1 files were given hashes/)]);
    for (const [name, text] of Object.entries(others)) {
      expect(readFileSync(join(root, "records", name), "utf8")).toBe(text);
    }
  });
});
