import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeFileSystem as fs } from "../../../shared/stores/filesystem/node-file-system.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "restep-disk-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** More than is read or written without going to another thread. */
const MUCH = 3 * 1024 * 1024;

describe("this machine's disk", () => {
  it.each([0, 10, MUCH])("gives back the %d bytes that were written, from anywhere", async (length) => {
    const bytes = Buffer.alloc(length, "abcdefg");
    const file = await fs.open(join(root, "file"), "create");
    await file.write(0, bytes);
    await file.write(length, Buffer.from("end"));
    await file.sync();
    expect((await file.stat()).size).toBe(length + 3);
    expect(Buffer.compare(await file.read(0, length), bytes)).toBe(0);
    expect(Buffer.from(await file.read(length, 3)).toString()).toBe("end");
    // Behind the end there is nothing, and no more is given than there is.
    expect(Buffer.from(await file.read(length + 1, MUCH + 1)).toString()).toBe("nd");
    expect(await file.read(length + 3, 10)).toHaveLength(0);
    await file.truncate(length);
    expect((await file.stat()).size).toBe(length);
    await file.close();
  });

  it("opens what is there, and makes what is not", async () => {
    const path = join(root, "file");
    for (const mode of ["read", "write"] as const) {
      await expect(fs.open(path, mode)).rejects.toMatchObject({ code: "ENOENT" });
    }
    await (await fs.open(path, "create")).close();
    await expect(fs.open(path, "create")).rejects.toMatchObject({ code: "EEXIST" });
    const reading = await fs.open(path, "read");
    await expect(reading.write(0, Buffer.from("x"))).rejects.toMatchObject({ code: "EBADF" });
    await reading.close();
    const writing = await fs.open(path, "write");
    await writing.write(0, Buffer.from("x"));
    expect(Buffer.from(await writing.read(0, 9)).toString()).toBe("x");
    await writing.close();
  });

  it("adds to the end of a file, and makes it", async () => {
    const path = join(root, "file");
    await fs.append(path, Buffer.from("one"));
    await fs.append(path, Buffer.from("two"));
    const file = await fs.open(path, "read");
    expect(Buffer.from(await file.read(0, 9)).toString()).toBe("onetwo");
    await file.close();
  });

  it.runIf(existsSync("/proc/self/fd"))("leaves no file open that was appended to or closed", async () => {
    const path = join(root, "file");
    await fs.append(path, Buffer.from("one"));
    await (await fs.open(path, "read")).close();
    await fs.syncFolder(root);
    const open = readdirSync("/proc/self/fd").filter((fd) => {
      const target = `/proc/self/fd/${fd}`;
      return existsSync(target) && readlinkSync(target).startsWith(root);
    });
    expect(open).toEqual([]);
  });

  it("tells what stands at a path, and one file from another of its name", async () => {
    const path = join(root, "file");
    expect(await fs.stat(path)).toBeUndefined();
    writeFileSync(path, "abc");
    const first = await fs.stat(path);
    expect(first).toMatchObject({ kind: "file", size: 3 });
    expect((await fs.stat(root))?.kind).toBe("folder");
    writeFileSync(join(root, "other"), "abc");
    const same = await fs.open(path, "read");
    expect((await same.stat()).identity).toBe(first?.identity);
    await same.close();
    await fs.rename(join(root, "other"), path);
    expect((await fs.stat(path))?.identity).not.toBe(first?.identity);
    symlinkSync("/dev/null", join(root, "device"));
    expect((await fs.stat(join(root, "device")))?.kind).toBe("other");
  });

  it("sets the time of a change to the millisecond, in both of a file's times", async () => {
    const path = join(root, "file");
    writeFileSync(path, "");
    const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    await fs.touch(path, at);
    expect(Math.round((await fs.stat(path))?.modified ?? 0)).toBe(at);
    expect(Math.round(statSync(path).atimeMs)).toBe(at);
    await expect(fs.touch(join(root, "none"), at)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("lists, makes and removes", async () => {
    for (const name of ["b", "a", "c"]) await fs.makeFolder(join(root, name));
    await fs.append(join(root, "b", "file"), Buffer.from("x"));
    expect(await fs.readFolder(root)).toEqual(["a", "b", "c"]);
    await fs.syncFolder(root);
    await expect(fs.removeFolder(join(root, "b"))).rejects.toMatchObject({ code: "ENOTEMPTY" });
    await fs.removeFile(join(root, "b", "file"));
    await fs.removeFolder(join(root, "b"));
    expect(await fs.readFolder(root)).toEqual(["a", "c"]);
    await expect(fs.makeFolder(join(root, "a"))).rejects.toMatchObject({ code: "EEXIST" });
    await expect(fs.syncFolder(join(root, "none"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("tells whoever watches a folder of a change in it, until it is stopped; a folder that cannot be watched is none", async () => {
    const changed = new Promise<void>((resolve) => {
      const stop = fs.watch(root, () => {
        stop();
        resolve();
      });
    });
    await fs.append(join(root, "file"), Buffer.from("x"));
    await changed;
    expect(fs.watch(join(root, "none"), () => undefined)()).toBeUndefined();
  });
});
