import { describe, expect, it } from "vitest";
import { sha256 } from "../../../shared/stores/digest.ts";
import { fileClaims } from "../../../shared/stores/filesystem/claims.ts";
import type { FileSystem } from "../../../shared/stores/filesystem/file-system.ts";
import { OTHER_RUN, RUN } from "../support/samples.ts";
import { simulatedDisk } from "../support/simulated-disk.ts";

const digits = sha256("a bundle");
const MOST_TRIES = 16;

/** A disk on which the first appends meet this error. */
function refusing(code: string, times: number) {
  const disk = simulatedDisk();
  let tries = 0;
  const fileSystem: FileSystem = {
    ...disk,
    async append(path, bytes) {
      tries += 1;
      if (tries <= times) throw Object.assign(new Error(`${code}: ${path}`), { code });
      return disk.append(path, bytes);
    },
  };
  return { claims: fileClaims(fileSystem, "/claims"), disk, tries: () => tries };
}

describe("a claim on a bundle", () => {
  it.each(["ENOENT", "EEXIST"])("is made anew while another process takes the folder away (%s)", async (code) => {
    const { claims, tries } = refusing(code, MOST_TRIES - 1);
    await claims.add(digits, RUN);
    expect(await claims.has(digits, RUN)).toBe(true);
    expect(tries()).toBe(MOST_TRIES);
  });

  it.each(["ENOENT", "EEXIST"])("is given up after %s so often in a row", async (code) => {
    const { claims, tries } = refusing(code, Number.POSITIVE_INFINITY);
    await expect(claims.add(digits, RUN)).rejects.toMatchObject({ code });
    expect(tries()).toBe(MOST_TRIES);
  });

  it("is given up at once where the disk is full", async () => {
    const { claims, tries } = refusing("ENOSPC", 1);
    await expect(claims.add(digits, RUN)).rejects.toMatchObject({ code: "ENOSPC" });
    expect(tries()).toBe(1);
  });

  it("outlives a power cut once it was made, and does not come back once it was removed", async () => {
    const { claims, disk } = refusing("", 0);
    await disk.syncFolder("/");
    await claims.add(digits, RUN);
    await disk.syncFolder("/");
    disk.cutPower();
    expect(await claims.has(digits, RUN)).toBe(true);
    await claims.add(digits, OTHER_RUN);
    await claims.remove(digits, RUN);
    disk.cutPower();
    expect([await claims.has(digits, RUN), await claims.hasAny(digits)]).toEqual([false, true]);
    await claims.remove(digits, OTHER_RUN);
    disk.cutPower();
    expect(disk.paths()).toEqual(["/claims/"]);
  });

  it.each(["EACCES", "EIO"])("stays in doubt where its folder cannot be taken away (%s)", async (code) => {
    const { disk } = refusing("", 0);
    const claims = fileClaims(
      { ...disk, removeFolder: (path) => Promise.reject(Object.assign(new Error(path), { code })) },
      "/claims",
    );
    await claims.add(digits, RUN);
    await expect(claims.remove(digits, RUN)).rejects.toMatchObject({ code });
  });

  it.each(["ENOTEMPTY", "EEXIST"])("goes alone where others claim the bundle too (%s)", async (code) => {
    const { disk } = refusing("", 0);
    const full = Object.assign(new Error(code), { code });
    const removeFolder = async (path: string) => {
      if ((await disk.readFolder(path)).length > 0) throw full;
      return disk.removeFolder(path);
    };
    const claims = fileClaims({ ...disk, removeFolder }, "/claims");
    for (const run of [RUN, OTHER_RUN]) await claims.add(digits, run);
    await disk.syncFolder("/");
    await claims.remove(digits, RUN);
    disk.cutPower();
    expect([await claims.has(digits, RUN), await claims.has(digits, OTHER_RUN)]).toEqual([false, true]);
  });

  it.each(["EACCES", "EIO"])("is not removed where its file cannot be (%s)", async (code) => {
    const { disk } = refusing("", 0);
    const claims = fileClaims(
      { ...disk, removeFile: (path) => Promise.reject(Object.assign(new Error(path), { code })) },
      "/claims",
    );
    await claims.add(digits, RUN);
    await expect(claims.remove(digits, RUN)).rejects.toMatchObject({ code });
    expect(await claims.has(digits, RUN)).toBe(true);
  });

  it("is of no run whose name is none", async () => {
    const { claims, disk } = refusing("", 0);
    await claims.add(digits, RUN);
    await disk.append(`/claims/${digits}/.DS_Store`, new Uint8Array());
    await claims.remove(digits, RUN);
    expect(await claims.hasAny(digits)).toBe(false);
  });
});
