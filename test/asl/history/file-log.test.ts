import { appendFile, mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileHistoryLog, type HistoryBatch, HistoryError, Interpreter } from "../../../shared/asl/index.ts";
import { machineOf } from "../interpreter/running.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asl-history-"));
});
afterEach(() => rm(folder, { recursive: true }));

const machine = machineOf({ A: { Type: "Pass", Result: "é", Next: "B" }, B: { Type: "Succeed" } });

const batch: HistoryBatch = { records: [], events: [], lines: "", bytes: Buffer.from('{"id":1}\n') };

/** Only Linux shows which files a process has open. */
const SHOWS_OPEN_FILES = process.platform === "linux";

async function openFiles(): Promise<string[]> {
  const descriptors = await readdir("/proc/self/fd");
  return Promise.all(descriptors.map((each) => readlink(`/proc/self/fd/${each}`).catch(() => "")));
}

async function runTo(path: string) {
  const log = fileHistoryLog(path);
  const result = await new Interpreter().run(machine, {}, { name: "run", history: log });
  await log.close();
  return result;
}

describe("a history in a file", () => {
  it("is one event a line, in a folder that it makes", async () => {
    const path = join(folder, "deep", "er", "history.jsonl");
    const { history } = await runTo(path);
    const lines = (await readFile(path, "utf8")).split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => JSON.parse(line))).toEqual(history);
    expect(await fileHistoryLog(path).read()).toEqual(history);
  });

  it("is empty where there is no file", async () => {
    expect(await fileHistoryLog(join(folder, "none.jsonl")).read()).toEqual([]);
  });

  it.each(["{", '{"id":7,"type":"Pass', "é"])("loses a torn last line, and says how much: %s", async (torn) => {
    const path = join(folder, "history.jsonl");
    const { history } = await runTo(path);
    await appendFile(path, torn);
    const log = fileHistoryLog(path);
    expect(await log.read()).toEqual(history);
    expect(log.cutBytes).toBe(Buffer.byteLength(torn));
    expect(await fileHistoryLog(path).read()).toEqual(history);
  });

  it("may consist of a torn line alone", async () => {
    const path = join(folder, "history.jsonl");
    await writeFile(path, `{"id":1,"x":"${"y".repeat(100_000)}`);
    expect(await fileHistoryLog(path).read()).toEqual([]);
    expect(await readFile(path, "utf8")).toBe("");
  });

  it.skipIf(!SHOWS_OPEN_FILES)("is closed also while its first lines are written, which are kept", async () => {
    const path = join(folder, "history.jsonl");
    const log = fileHistoryLog(path);
    await Promise.all([log.append(batch), log.close()]);
    expect(await openFiles()).not.toContain(path);
    expect(await fileHistoryLog(path).read()).toEqual([{ id: 1 }]);
  });

  it("is made by a later batch where its folder could not be made for the first one", async () => {
    const path = join(folder, "deep", "history.jsonl");
    const log = fileHistoryLog(path);
    await writeFile(join(folder, "deep"), "");
    await expect(log.append(batch)).rejects.toThrow(/EEXIST|ENOTDIR/);
    await rm(join(folder, "deep"));
    await log.append(batch);
    await log.close();
    expect(await log.read()).toEqual([{ id: 1 }]);
  });

  it.skipIf(!SHOWS_OPEN_FILES).each(["all of it", "one event", "up to a damaged line"])(
    "is closed once it was read: %s",
    async (how) => {
      const path = join(folder, "history.jsonl");
      await runTo(path);
      if (how === "up to a damaged line") {
        await writeFile(path, (await readFile(path, "utf8")).replace('{"id":3', '{"id":'));
      }
      const read = async () => {
        for await (const _ of fileHistoryLog(path).stream()) if (how === "one event") return;
      };
      await read().catch(() => undefined);
      expect(await openFiles()).not.toContain(path);
    },
  );

  it("is refused if a line within it is damaged", async () => {
    const path = join(folder, "history.jsonl");
    await runTo(path);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace('{"id":2', '{"id":'));
    await expect(fileHistoryLog(path).read()).rejects.toThrow(HistoryError);
    await expect(fileHistoryLog(path).read()).rejects.toThrow(/line 2 is not JSON/);
  });

  it("opens a file for each Map Run in a folder beside it", async () => {
    const path = join(folder, "history.jsonl");
    const run = "arn:aws:states:us-east-1:1:mapRun:m/l:id";
    const log = fileHistoryLog(path);
    const child = log.open!(run);
    expect(log.open!(run)).toBe(child);
    await new Interpreter().run(machine, {}, { name: "child", history: child });
    await log.close();
    const lines = (await readFile(join(folder, "history", `${encodeURIComponent(run)}.jsonl`), "utf8"))
      .trim()
      .split("\n");
    expect(lines.length).toBeGreaterThan(3);
  });

  it("opens files of their own for names that are longer than a file's may be", async () => {
    const names = ["é".repeat(100), `${"é".repeat(100)}x`];
    const path = join(folder, "history.jsonl");
    const log = fileHistoryLog(path);
    for (const name of names) await new Interpreter().run(machine, name, { name: "child", history: log.open!(name) });
    await log.close();
    for (const name of names) {
      const [started] = await fileHistoryLog(path).open!(name).read();
      expect(started?.executionStartedEventDetails?.input).toBe(JSON.stringify(name));
    }
  });
});
