import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filesOf, finishedRun, type StoredRun, withChanged } from "./finished-run.ts";

let run: StoredRun;
beforeAll(async () => {
  run = await finishedRun();
}, 120_000);
afterAll(() => run.remove());

/** Tries something on every file; gives back those for which it was not found. */
async function undetected(attempt: (path: string) => Promise<boolean>): Promise<string[]> {
  const missed: string[] = [];
  for (const path of filesOf(run.store)) {
    const isFound = await attempt(path);
    if (!isFound) missed.push(relative(run.store, path));
  }
  expect((await run.verify()).problems).toEqual([]);
  return missed;
}

const isFound = async () => !(await run.verify()).ok;

describe("a finished run does not verify", () => {
  it("without any one of its files", async () => {
    const missed = await undetected(async (path) => {
      renameSync(path, `${run.store}.aside`);
      const found = await isFound();
      renameSync(`${run.store}.aside`, path);
      return found;
    });
    // A store without it is one of the first format: early releases made no such file.
    expect(missed).toEqual(["store.json"]);
  });

  it.each<[string, (content: Buffer) => Uint8Array]>([
    ["one byte shorter", (content) => content.subarray(0, -1)],
    ["without its first byte", (content) => content.subarray(1)],
    ["empty", () => Buffer.alloc(0)],
    ["with a newline behind it", (content) => Buffer.concat([content, Buffer.from("\n")])],
    ["with a space behind it", (content) => Buffer.concat([content, Buffer.from(" ")])],
    ["with a zero behind it", (content) => Buffer.concat([content, Buffer.alloc(1)])],
    ["written twice", (content) => Buffer.concat([content, content])],
  ])("with any one of its files %s", async (_name, change) => {
    const kinds = join("artifacts", "kinds.txt");
    const missed = await undetected(async (path) => {
      const content = readFileSync(path);
      // An empty file cannot be shorter, and stays what it is.
      return content.equals(change(content)) || withChanged(path, change, isFound);
    });
    // Entries of the index of kinds may stand there more than once.
    expect(missed).toEqual(_name === "written twice" ? [kinds] : []);
  });

  it("with any file in the place of its neighbour", async () => {
    let last: string | undefined;
    const missed = await undetected(async (path) => {
      const before = last;
      last = path;
      if (before === undefined || readFileSync(before).equals(readFileSync(path))) return true;
      const own = readFileSync(path);
      return withChanged(
        before,
        () => own,
        () => withChanged(path, () => readFileSync(before), isFound),
      );
    });
    expect(missed).toEqual([]);
  });

  it("with something more in its bundle's folder, be it a file or a folder", async () => {
    const { problems } = await run.verify();
    expect(problems).toEqual([]);
    const folder = join(run.store, "bundles", bundleOf(run));
    writeFileSync(join(folder, "extra.txt"), "");
    expect((await run.verify()).problems).toEqual([
      {
        what: "published file",
        where: expect.stringMatching(/extra\.txt$/),
        expected: "nothing of that name",
        found: "something",
      },
    ]);
    rmSync(join(folder, "extra.txt"));
    mkdirSync(join(folder, "extra"));
    expect((await run.verify()).problems).toHaveLength(1);
    rmdirSync(join(folder, "extra"));
  });

  it("without its bundle's folder", async () => {
    const folder = join(run.store, "bundles", bundleOf(run));
    renameSync(folder, `${run.store}.aside`);
    expect((await run.verify()).problems).toMatchObject([
      { what: "published bundle", expected: "the folder that the run published", found: "nothing" },
    ]);
    renameSync(`${run.store}.aside`, folder);
  });
});

function bundleOf({ at }: StoredRun): string {
  const line = readFileSync(at("events.jsonl"), "utf8")
    .split("\n")
    .find((each) => each.includes('{"role":"bundle"}'));
  return /"payload_ref":"artifact:\/\/([0-9a-f]{64})"/.exec(line ?? "")![1]!;
}
