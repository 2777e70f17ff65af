import { describe, expect, it } from "vitest";
import type { FileSystem } from "../../../shared/stores/filesystem/file-system.ts";
import { jointFolderSync } from "../../../shared/stores/filesystem/joint-sync.ts";
import { nodeFileSystem } from "../../../shared/stores/filesystem/node-file-system.ts";

/** A disk that syncs when it is told to, and how each sync ends. */
function slowDisk() {
  const begun: { readonly folder: string; end(error?: Error): void }[] = [];
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    syncFolder: (folder) =>
      new Promise((resolve, reject) => {
        begun.push({ folder, end: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
  };
  return { begun, sync: jointFolderSync(fileSystem) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("folders that many want synced", () => {
  it("are synced once for all who asked before the sync began, and again for those who asked later", async () => {
    const { begun, sync } = slowDisk();
    const ended: string[] = [];
    const ask = (who: string) => void sync("a").then(() => ended.push(who));
    for (const who of ["first", "second", "third"]) ask(who);
    await settled();
    expect(begun).toHaveLength(1);
    begun[0]!.end();
    await settled();
    expect([begun.length, ended]).toEqual([2, ["first"]]);
    ask("late");
    begun[1]!.end();
    await settled();
    expect([begun.length, ended]).toEqual([3, ["first", "second", "third"]]);
    begun[2]!.end();
    await settled();
    expect(ended.at(-1)).toBe("late");
    ask("alone");
    expect(begun).toHaveLength(4);
  });

  it("do not wait for each other", async () => {
    const { begun, sync } = slowDisk();
    void sync("a");
    void sync("b");
    expect(begun.map(({ folder }) => folder)).toEqual(["a", "b"]);
  });

  it("are synced again after a sync that failed, which fails whom it was for alone", async () => {
    const { begun, sync } = slowDisk();
    const first = sync("a");
    const second = sync("a");
    begun[0]!.end(new Error("bad disk"));
    await expect(first).rejects.toThrow("bad disk");
    await settled();
    begun[1]!.end();
    await second;
  });
});
