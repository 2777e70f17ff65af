import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collect } from "../../shared/stores/collect.ts";
import { inspectStore, openStores } from "../../shared/stores/open.ts";
import type { StoreNotice } from "../../shared/stores/ports.ts";

describe("a store by its URL", () => {
  let root = "";
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "restep-open-"));
  });
  afterAll(() => rm(root, { recursive: true }));

  const urls: [string, (path: string) => string][] = [
    ["a plain path", (path) => path],
    ["file: and a path", (path) => `file:${path}`],
    ["a file URL", (path) => pathToFileURL(path).href],
    ["a scheme in capitals", (path) => `FILE:${path}`],
  ];
  it.each(urls)("is a folder: %s", async (what, urlOf) => {
    const path = join(root, `in a folder, ${what.replaceAll(":", "")}`);
    const stores = await openStores(urlOf(path));
    const ref = await stores.artifacts.put("other", Buffer.from("here"));
    await stores.close();
    expect(await readdir(path)).toContain("artifacts");
    expect(Buffer.from((await (await inspectStore(urlOf(path))).artifact(ref)) ?? []).toString()).toBe("here");
  });

  it("is a memory of its own each time", async () => {
    const [one, other] = [await openStores("memory:"), await openStores("memory:")];
    await one.artifacts.put("other", Buffer.from("one"));
    expect(await collect(one.artifacts.list())).toHaveLength(1);
    expect(await collect(other.artifacts.list())).toEqual([]);
  });

  it.each([
    ["gs://bucket/store", "gs://bucket/store"],
    ["constructor:x", "constructor:x"],
    ["", "nothing"],
  ])("with another scheme is refused, and the known ones are named: %s", async (url, found) => {
    const refusal = {
      name: "InvalidInputError",
      message: expect.stringContaining(
        `store: expected file:PATH, a plain path, s3://BUCKET/PREFIX, or memory:, found ${found}`,
      ),
    };
    await expect(openStores(url)).rejects.toMatchObject(refusal);
    await expect(inspectStore(url)).rejects.toMatchObject(refusal);
  });

  it.each(["file:", "file://elsewhere/share", "memory:name"])("is not where %s is", async (url) => {
    await expect(openStores(url)).rejects.toMatchObject({
      name: "InvalidInputError",
      message: expect.stringMatching(new RegExp(`^store: expected .*, found ${url}`)),
    });
  });

  it.each(["memory:", "file:/nowhere/at/all"])("that must exist is not found where there is none: %s", async (url) => {
    await expect(openStores(url, { mustExist: true })).rejects.toMatchObject({ name: "NotFoundError" });
    await expect(openStores(url, { asFound: true })).rejects.toMatchObject({ name: "NotFoundError" });
  });

  it("takes a drive of Windows for a path, and a name with a colon only behind ./", async () => {
    await expect(openStores("C:\\restep", { mustExist: true })).rejects.toMatchObject({ name: "NotFoundError" });
    await expect(openStores("./a:b", { mustExist: true })).rejects.toMatchObject({ name: "NotFoundError" });
    await expect(openStores("aa:b")).rejects.toMatchObject({ message: expect.stringContaining("./aa:b") });
  });

  it("hands options on", async () => {
    const notices: StoreNotice[] = [];
    const path = join(root, "options");
    const first = await openStores(path);
    const ref = await first.artifacts.put("other", Buffer.from("x"));
    await expect((await inspectStore(path)).kinds()).resolves.toMatchObject({ damaged: [] });
    const digits = ref.slice("artifact://".length);
    await writeFile(join(path, "artifacts", digits.slice(0, 2), digits.slice(2)), "y");
    const second = await openStores(`file:${path}`, { onNotice: (notice) => notices.push(notice) });
    await expect(second.artifacts.get(ref)).rejects.toMatchObject({ name: "CorruptionError" });
    expect(notices).toMatchObject([{ kind: "artifact_quarantined" }]);
  });
});
