import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import type { BundleIndex } from "../../shared/contracts/program.ts";
import { putDocument } from "../../shared/kernel/documents.ts";
import type { Stage } from "../../shared/kernel/stage.ts";
import { verifyArtifacts } from "../../shared/stages/verify-artifacts.ts";
import { started, through } from "../kernel/run/events.ts";
import { createTestRun } from "../kernel/support.ts";
import { putBundle } from "./support.ts";

const BEGUN = [
  started(["intake", "plan", "package", "verify_artifacts", "publish", "attest", "complete"]),
  ...through("intake", "plan", "package"),
];

/** The gate before a bundle of three files, whose index says what `change` makes of it. */
async function setUp(change: (files: BundleIndex["files"]) => BundleIndex["files"] = (files) => files) {
  const run = await createTestRun({ begun: BEGUN });
  const { artifacts } = run.stores;
  const { index } = await putBundle(artifacts);
  const bundle = await putDocument(artifacts, "output", { ...index, files: change(index.files) });
  return {
    run,
    artifacts,
    bundle,
    index,
    gate: (of: ArtifactRef = bundle) => run.attempt(verifyArtifacts as unknown as Stage, { bundle: of }),
    /** How the gate stands in the record. */
    found: async () => (await run.record()).gates.get("verify_artifacts"),
  };
}

type File = BundleIndex["files"][number];
const where = (path: string, change: (file: File) => Partial<File>) => (files: readonly File[]) =>
  files.map((file) => (file.path === path ? { ...file, ...change(file) } : file));

describe("the gate before a publication", () => {
  it("lets a whole bundle pass, and counts its files and its index", async () => {
    const { gate, bundle, found } = await setUp();
    expect(await gate()).toEqual({ bundle, verified: 4 });
    expect(await found()).toBeUndefined();
  });

  it.each(["functions.json", "module.wasm", "validation.json"])(
    "fails on a wrong size of %s, either way",
    async (path) => {
      for (const by of [1, -1]) {
        const { gate, bundle, index, found, run } = await setUp(where(path, ({ size }) => ({ size: size + by })));
        const { size } = index.files.find((file) => file.path === path)!;
        const message = `bundle ${bundle}: file ${path}: expected ${size + by} bytes, found ${size}`;
        await expect(gate()).rejects.toMatchObject({ name: "HardGateFailed", message });
        expect(await found()).toMatchObject({ kind: "hard", state: "failed", reason: message });
        expect(await run.names()).not.toContain("state_completed");
      }
    },
  );

  it.each([
    ["cut short", Uint8Array.of(0, 0x61, 0x73, 0x6d)],
    ["of another kind", new TextEncoder().encode("not a module")],
    ["empty", new Uint8Array()],
    ["with a broken section", Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 99)],
  ])("fails on a module that is %s", async (_what, bytes) => {
    const { run, artifacts, index, gate, found } = await setUp();
    const artifact = await artifacts.put("output", bytes);
    const files = where("module.wasm", () => ({ artifact, size: bytes.length }))(index.files);
    const bundle = await putDocument(artifacts, "output", { ...index, files });
    await expect(gate(bundle)).rejects.toMatchObject({
      name: "HardGateFailed",
      message: `bundle ${bundle}: file module.wasm: expected a valid WebAssembly module`,
    });
    expect(await found()).toMatchObject({ kind: "hard", state: "failed" });
    expect((await run.record()).phase).not.toBe("completed");
  });

  it("fails where a file is not in the store", async () => {
    const { run, gate, index, found } = await setUp();
    run.memory.artifacts.delete(index.files[2]!.artifact);
    await expect(gate()).rejects.toMatchObject({ name: "NotFoundError" });
    expect(await found()).toMatchObject({ state: "failed" });
  });

  it("fails where a file is damaged, and puts it aside", async () => {
    const { run, gate, index } = await setUp();
    run.memory.artifacts.get(index.files[0]!.artifact)!.bytes = Buffer.from("broken");
    await expect(gate()).rejects.toMatchObject({ name: "CorruptionError" });
    expect(await run.names()).toContain("recomp.artifact.quarantined");
  });

  it("fails where the bundle is none", async () => {
    const { gate, index } = await setUp();
    await expect(gate(index.files[0]!.artifact)).rejects.toMatchObject({
      name: "ContractInputMissing",
      message: expect.stringContaining("bundle index"),
    });
  });
});
