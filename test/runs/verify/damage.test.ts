import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { someOf } from "../../support/scale.ts";
import { filesOf, finishedRun, type StoredRun, withChanged } from "./finished-run.ts";

let run: StoredRun;
beforeAll(async () => {
  run = await finishedRun();
}, 120_000);
afterAll(() => run.remove());

/** Tries something on every file, in `npm test` on some: it is found on all of them but those that are named. */
async function expectFound(attempt: (path: string) => Promise<boolean>, ...excepted: string[]): Promise<void> {
  const missed: string[] = [];
  const tried = someOf(filesOf(run.store), 4);
  for (const path of tried) {
    const isFound = await attempt(path);
    if (!isFound) missed.push(path);
  }
  expect((await run.verify()).problems).toEqual([]);
  const expected = excepted.map((name) => join(run.store, name)).filter((path) => tried.includes(path));
  expect(missed).toEqual(expected);
}

const isFound = async () => !(await run.verify()).ok;

describe("a finished run does not verify", () => {
  it("without any one of its files", async () => {
    await expectFound(async (path) => {
      renameSync(path, `${run.store}.aside`);
      const found = await isFound();
      renameSync(`${run.store}.aside`, path);
      return found;
      // A store without it is one of the first format: early releases made no such file.
    }, "store.json");
  });

  it.each<[string, (content: Buffer) => Uint8Array]>([
    ["one byte shorter", (content) => content.subarray(0, -1)],
    ["without its first byte", (content) => content.subarray(1)],
    ["empty", () => Buffer.alloc(0)],
    ["with a newline behind it", (content) => Buffer.concat([content, Buffer.from("\n")])],
    ["with a space behind it", (content) => Buffer.concat([content, Buffer.from(" ")])],
    ["with a zero behind it", (content) => Buffer.concat([content, Buffer.alloc(1)])],
    ["written twice", (content) => Buffer.concat([content, content])],
  ])("with any one of its files %s", async (name, change) => {
    // Entries of the index of kinds may stand there more than once.
    const excepted = name === "written twice" ? [join("artifacts", "kinds.txt")] : [];
    await expectFound(
      async (path) => {
        const content = readFileSync(path);
        // An empty file cannot be shorter, and stays what it is.
        return content.equals(change(content)) || withChanged(path, change, isFound);
      },
      ...excepted,
    );
  });

  it("with any file in the place of its neighbour", async () => {
    let last: string | undefined;
    await expectFound(async (path) => {
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
