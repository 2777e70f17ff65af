import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../../shared/stores/errors.ts";
import { toStoreError, translated, translatedItems } from "../../../shared/stores/filesystem/os-errors.ts";

/** As Node.js gives it. */
const osError = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: it went wrong`), { code, ...(path === undefined ? {} : { path }) });

describe("an error of the operating system", () => {
  it.each([
    ["ENOSPC", "NoSpaceError", ""],
    ["EDQUOT", "NoSpaceError", ""],
    ["EACCES", "AccessDeniedError", "permission denied"],
    ["EPERM", "AccessDeniedError", "operation not permitted"],
    ["EROFS", "AccessDeniedError", "the file system is read-only"],
    ["ENOTDIR", "LayoutError", "a file stands where a folder belongs"],
    ["EISDIR", "LayoutError", "a folder stands where a file belongs"],
    ["ENOENT", "LayoutError", "something is missing"],
    ["EEXIST", "LayoutError", "something is in the way"],
    ["ENOTEMPTY", "LayoutError", "something is in the way"],
    ["ELOOP", "LayoutError", "links point in a circle"],
    ["EIO", "IoError", "EIO: it went wrong"],
    ["EMFILE", "IoError", "EMFILE: it went wrong"],
  ])("%s is a %s that says why", (code, name, why) => {
    const cause = osError(code, "/store/events.jsonl");
    const error = toStoreError(cause, "append events", "/store");
    expect(error).toMatchObject({ name, cause });
    for (const told of ["append events", "/store/events.jsonl", why]) expect(error.message).toContain(told);
  });

  it("that names no path is told of where it was met", () => {
    expect(toStoreError(osError("EIO"), "read", "/store/runs").message).toContain("/store/runs");
    expect(toStoreError(Object.assign(osError("EIO"), { path: 7 }), "read", "/store/runs").message).toContain(
      "/store/runs",
    );
    expect(toStoreError(osError("EIO"), "read", "/store/runs").message).not.toContain("Error: EIO");
    expect(toStoreError("a word", "read", "/store/runs")).toMatchObject({
      name: "IoError",
      message: expect.stringContaining("a word"),
    });
  });

  it("is translated once: an error of the store goes through as it is", async () => {
    const own = new InvalidInputError("run id", "a UUID", "nothing");
    expect(toStoreError(own, "read", "/store")).toBe(own);
    await expect(translated("read", "/store", () => Promise.reject(own))).rejects.toBe(own);
  });

  it("is translated wherever it comes up, and nothing else changes", async () => {
    expect(await translated("read", "/store", async () => 7)).toBe(7);
    await expect(translated("read", "/store", () => Promise.reject(osError("EACCES")))).rejects.toMatchObject({
      name: "AccessDeniedError",
    });
    const seen: number[] = [];
    const items = async function* () {
      yield 1;
      yield 2;
      throw osError("ENOENT");
    };
    const reading = async () => {
      for await (const item of translatedItems("list", "/store", items())) seen.push(item);
    };
    await expect(reading()).rejects.toMatchObject({ name: "LayoutError" });
    expect(seen).toEqual([1, 2]);
  });
});
