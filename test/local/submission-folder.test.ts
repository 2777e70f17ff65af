import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { artifactId } from "../../shared/contracts/ids.ts";
import { isBundleFolder, readBundleFolder } from "../../shared/local/bundle-folder.ts";
import { folderSubmission, readInput, writePackage } from "../../shared/local/submission-folder.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import type { Stores } from "../../shared/stores/ports.ts";
import { temporaryFolder } from "../e2e/cli.ts";
import { packedExit } from "../runs/exit-program.ts";
import { putBundle } from "../stages/support.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

describe("a submission in a folder", () => {
  it("is named by the folder as by the manifest in it", async () => {
    const path = join(folder.path, "packed");
    const manifest = await writePackage(path, packedExit());
    for (const source of [folderSubmission(path), folderSubmission(manifest)]) {
      expect(source.name).toBe(manifest);
      expect(Buffer.from(await source.manifest())).toEqual(readFileSync(manifest));
      expect(await source.artifacts.has(packedExit().submission.config_manifest)).toBe(true);
    }
  });

  it.each([
    ["a circle of links", "circle", "ELOOP"],
    ["a name that is too long", "n".repeat(300), "ENAMETOOLONG"],
  ])("is no %s, which is said of the manifest as of any file", async (_, name, code) => {
    const path = join(folder.path, name);
    if (code === "ELOOP") symlinkSync(path, path);
    await expect(folderSubmission(path).manifest()).rejects.toMatchObject({
      name: "ContractInputMissing",
      message: expect.stringContaining(`cannot read the manifest (${code})`),
    });
  });

  it("begins with a brace, whatever blanks stand before it", async () => {
    const path = join(folder.path, "blanks.json");
    writeFileSync(path, ' \t\r\n{"run_id":""}');
    expect(Buffer.from(await folderSubmission(path).manifest()).toString()).toBe(' \t\r\n{"run_id":""}');
    writeFileSync(path, "[]");
    await expect(folderSubmission(path).manifest()).rejects.toThrow(/expected JSON, found a text file; give the path/);
    writeFileSync(path, Buffer.from([1, 2, 3]));
    await expect(folderSubmission(path).manifest()).rejects.toThrow(
      /expected JSON, found a binary file; give the path/,
    );
  });
});

describe.skipIf(process.platform === "win32")("what is no file is not waited for", () => {
  const fifo = (path: string): string => {
    execFileSync("mkfifo", [path]);
    return path;
  };

  it("in the place of a manifest", async () => {
    const path = fifo(join(folder.path, "fifo.json"));
    await expect(folderSubmission(path).manifest()).rejects.toThrow(
      /fifo\.json: cannot read the manifest \(EFTYPE\): it is no file but a FIFO or a device; give the path/,
    );
    await expect(folderSubmission("/dev/zero").manifest()).rejects.toThrow(/EFTYPE/);
  });

  it("in the place of an artifact beside it", async () => {
    const path = join(folder.path, "with-fifo");
    await writePackage(path, packedExit());
    const ref = packedExit().submission.config_manifest;
    const id = artifactId(ref);
    const place = join(path, "artifacts", id.slice(0, 2), id.slice(2));
    rmSync(place);
    fifo(place);
    await expect(folderSubmission(path).artifacts.get(ref)).rejects.toMatchObject({ name: "NotFoundError" });
  });

  it("in the place of a file that is packed", async () => {
    const path = fifo(join(folder.path, "fifo.elf"));
    await expect(readInput(path, "binary")).rejects.toThrow(/cannot read the binary \(EFTYPE\): it is no file/);
  });

  it.each(["bundle.json", "module.wasm"])("in the place of a bundle's %s", async (name) => {
    const { path } = await published(`fifo-${name}`);
    rmSync(join(path, name));
    fifo(join(path, name));
    await expect(readBundleFolder(path)).rejects.toMatchObject({ name: "LayoutError" });
  });

  it("nor is more of a bundle's module read than its index says", async () => {
    const { path, index } = await published("grown");
    const module = join(path, "module.wasm");
    truncateSync(module, 2 ** 40);
    const { size } = index.files.find((file) => file.path === "module.wasm")!;
    await expect(readBundleFolder(path)).rejects.toMatchObject({
      cause: { code: "EFBIG", message: expect.stringContaining(`expected at most ${size}`) },
    });
  });
});

/** A published bundle's files, as they lie in a store. */
async function published(name: string, stores: Stores = createMemoryStores()) {
  const path = join(folder.path, name);
  const { bundle, index } = await putBundle(stores.artifacts);
  mkdirSync(path);
  writeFileSync(join(path, "bundle.json"), await stores.artifacts.get(bundle));
  for (const file of index.files) writeFileSync(join(path, file.path), await stores.artifacts.get(file.artifact));
  return { path, index };
}

describe("a bundle in a folder", () => {
  it("is told by its index, and its program read without a store", async () => {
    const { path, index } = await published("bundle");
    expect(isBundleFolder(path)).toBe(true);
    expect(isBundleFolder(join(path, ".."))).toBe(false);
    const program = await readBundleFolder(path);
    expect(program.index).toEqual(index);
    expect(Buffer.from(program.module)).toEqual(readFileSync(join(path, "module.wasm")));
  });

  it("with a module that was changed is damaged", async () => {
    const { path } = await published("changed");
    writeFileSync(join(path, "module.wasm"), Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 1));
    await expect(readBundleFolder(path)).rejects.toMatchObject({
      name: "CorruptionError",
      message: expect.stringMatching(
        /^module\.wasm in .*changed is damaged: expected SHA-256 \w{64}, found SHA-256 \w{64}; copy it/,
      ),
    });
  });

  it("is what its name says, where that is the hash of a bundle", async () => {
    const { path, index } = await published("named");
    const hash = createHash("sha256")
      .update(readFileSync(join(path, "bundle.json")))
      .digest("hex");
    const named = join(path, "..", hash);
    renameSync(path, named);
    expect((await readBundleFolder(named)).index).toEqual(index);
    writeFileSync(join(named, "bundle.json"), JSON.stringify({ ...index, name: "another" }));
    await expect(readBundleFolder(named)).rejects.toMatchObject({
      name: "CorruptionError",
      details: { what: "bundle.json", expected: `SHA-256 ${hash}` },
    });
    renameSync(named, path);
    expect((await readBundleFolder(path)).index.name).toBe("another");
  });

  it("without its module, or with another index, is refused", async () => {
    const { path } = await published("without");
    rmSync(join(path, "module.wasm"));
    await expect(readBundleFolder(path)).rejects.toMatchObject({ name: "LayoutError" });
    writeFileSync(join(path, "bundle.json"), '{"schema_version":1}');
    await expect(readBundleFolder(path)).rejects.toMatchObject({ name: "ContractInputMissing" });
  });
});
