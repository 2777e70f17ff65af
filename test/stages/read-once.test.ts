import { describe, expect, it } from "vitest";
import * as z from "zod";
import { artifactId } from "../../shared/contracts/ids.ts";
import { putDocument } from "../../shared/kernel/documents.ts";
import { ContractInputMissing } from "../../shared/kernel/errors.ts";
import { loadConfig, loadModule } from "../../shared/stages/manifests.ts";
import { once, readDocument, type Source } from "../../shared/stages/read-once.ts";
import { CorruptionError } from "../../shared/stores/errors.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import type { ArtifactStore } from "../../shared/stores/ports.ts";
import { playedStore } from "../stores/support/played-store.ts";
import { putExample, submission } from "./example.ts";

/** Artifacts that count how often each is read. */
function counted(): { source: Source; artifacts: ArtifactStore; reads: () => number } {
  const { artifacts } = createMemoryStores();
  let reads = 0;
  const counting: ArtifactStore = {
    ...artifacts,
    get: (ref) => {
      reads++;
      return artifacts.get(ref);
    },
  };
  return { source: { artifacts: counting, cache: new Map() }, artifacts, reads: () => reads };
}

const Schema = z.strictObject({ list: z.array(z.object({ n: z.int() })) });
const document = { list: [{ n: 1 }, { n: 2 }] };

describe("what a process reads for a run", () => {
  it("is read and checked once, also when two ask at the same time", async () => {
    const { source, artifacts, reads } = counted();
    const ref = await putDocument(artifacts, "output", document);
    const [first, second] = await Promise.all([1, 2].map(() => readDocument(source, ref, Schema, "list")));
    expect(first).toEqual(document);
    expect(second).toBe(first);
    expect(await readDocument(source, ref, Schema, "list")).toBe(first);
    expect(reads()).toBe(1);
  });

  it("cannot be changed by one for another", async () => {
    const { source, artifacts } = counted();
    const read = await readDocument(source, await putDocument(artifacts, "output", document), Schema, "list");
    expect(() => read.list.push({ n: 3 })).toThrow(TypeError);
    expect(() => Object.assign(read.list[0]!, { n: 3 })).toThrow(TypeError);
  });

  it("is read anew by a run, or a retry, whose cache is empty", async () => {
    const { source, artifacts, reads } = counted();
    const ref = await putDocument(artifacts, "output", document);
    await readDocument(source, ref, Schema, "list");
    await readDocument({ ...source, cache: new Map() }, ref, Schema, "list");
    expect(reads()).toBe(2);
  });

  it("is what was read, also when its artifact is damaged since; a retry finds the damage", async () => {
    const store = playedStore();
    const { artifacts } = await store.open();
    const source: Source = { artifacts, cache: new Map() };
    const ref = await putDocument(artifacts, "output", document);
    const read = await readDocument(source, ref, Schema, "list");
    const digits = artifactId(ref);
    store.disk.damage(store.at("artifacts", digits.slice(0, 2), digits.slice(2)), (bytes) => bytes.with(0, 0));
    expect(await readDocument(source, ref, Schema, "list")).toBe(read);
    const ofRetry: Source = { artifacts, cache: new Map() };
    await expect(readDocument(ofRetry, ref, Schema, "list")).rejects.toThrow(CorruptionError);
    // What failed is not kept: once the artifact is whole again, so is what the retry reads.
    await putDocument(artifacts, "output", document);
    expect(await readDocument(ofRetry, ref, Schema, "list")).toEqual(document);
  });

  it("is not read at all where it is the config manifest that the attempt has read", async () => {
    const { source, artifacts, reads } = counted();
    await putExample(artifacts);
    const config = await loadConfig(source, submission);
    expect(reads()).toBe(1);
    const configManifest = { ref: submission.config_manifest, document: { ...config } };
    const attempt = { ...source, cache: new Map(), configManifest };
    expect(await loadConfig(attempt, submission)).toBe(configManifest.document);
    expect(reads()).toBe(1);
    const ofAnother = { ...configManifest, ref: submission.module_manifest };
    expect(await loadConfig({ ...attempt, configManifest: ofAnother }, submission)).toEqual(config);
    expect(reads()).toBe(2);
  });

  it("is tried again where it failed", async () => {
    const { source, artifacts, reads } = counted();
    const ref = await putDocument(artifacts, "output", { other: 1 });
    for (const _ of [1, 2]) {
      await expect(readDocument(source, ref, Schema, "list")).rejects.toThrow(ContractInputMissing);
    }
    expect(reads()).toBe(2);
    let tries = 0;
    const flaky = async () => {
      if (++tries === 1) throw new Error("not yet");
      return { value: "made", bytes: 1 };
    };
    await expect(once(source, "flaky", flaky)).rejects.toThrow("not yet");
    expect(await once(source, "flaky", flaky)).toBe("made");
  });

  it("is let go, what was not asked for longest first, when it was made from more than 128 MiB", async () => {
    const { source } = counted();
    const made: string[] = [];
    const ask = (key: string) =>
      once(source, key, async () => {
        made.push(key);
        return { value: key, bytes: 60 << 20 };
      });
    for (const key of ["a", "b", "a", "c", "a", "c", "b"]) await ask(key);
    expect(made).toEqual(["a", "b", "c", "b"]);
  });

  it("is a binary's image as well", async () => {
    const { source, artifacts, reads } = counted();
    await putExample(artifacts);
    const { image } = await loadModule(source, submission);
    expect((await loadModule(source, submission)).image).toBe(image);
    expect(reads()).toBe(2);
  });
});
