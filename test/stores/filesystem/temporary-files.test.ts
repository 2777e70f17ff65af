import { describe, expect, it } from "vitest";
import { ownerOf, removeTree, temporaryFiles, treeSize } from "../../../shared/stores/filesystem/temporary-files.ts";
import { failingAt } from "../support/failing.ts";
import { simulatedDisk } from "../support/simulated-disk.ts";

const owner = { host: "0123456789ab", pid: 12, started: 345 };

async function tree() {
  const disk = simulatedDisk();
  for (const folder of ["/a", "/a/b", "/a/c"]) await disk.makeFolder(folder);
  await disk.append("/a/one", Buffer.from("12"));
  await disk.append("/a/b/two", Buffer.from("345"));
  return disk;
}

describe("the name of a temporary file", () => {
  it("is one of its own, and tells its owner", () => {
    const [one, other] = [temporaryFiles("/tmp", owner), temporaryFiles("/tmp", owner)];
    const names = [one.next(), one.next(), other.next()];
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(ownerOf(name.slice("/tmp/".length))).toEqual(owner);
    expect(ownerOf(`${"0".repeat(64)}.${names[0]!.slice("/tmp/".length)}`)).toEqual(owner);
  });

  it.each(["README", "0123456789ab.12.345", "0123456789ab.12.345.0000000-1", "0123456789AB.12.345.00000000-1", ""])(
    "is not %j",
    (name) => expect(ownerOf(name)).toBeUndefined(),
  );
});

describe("a tree of files", () => {
  it("is as large as all that it holds; what is not there has no size", async () => {
    const disk = await tree();
    expect(await treeSize(disk, "/a")).toBe(5);
    expect(await treeSize(disk, "/a/one")).toBe(2);
    expect(await treeSize(disk, "/a/c")).toBe(0);
    expect(await treeSize(disk, "/none")).toBe(0);
  });

  it("is removed with all that it holds, once", async () => {
    const disk = await tree();
    expect(await removeTree(disk, "/a")).toBe(true);
    expect(disk.paths()).toEqual([]);
    expect(await removeTree(disk, "/a")).toBe(false);
  });

  it.each(["ENOENT", "ENOTEMPTY"])("that another process removes or fills meanwhile (%s) stays to it", async (code) => {
    const disk = await tree();
    expect(
      await removeTree(
        failingAt(disk, "removeFolder", () => code),
        "/a/c",
      ),
    ).toBe(false);
  });

  it.each(["EACCES", "EIO"])("that cannot be removed is told of (%s)", async (code) => {
    const disk = await tree();
    await expect(
      removeTree(
        failingAt(disk, "removeFile", () => code),
        "/a",
      ),
    ).rejects.toMatchObject({ code });
    await expect(
      removeTree(
        failingAt(disk, "removeFolder", () => code),
        "/a/c",
      ),
    ).rejects.toMatchObject({ code });
  });
});
