import { describe, expect, it } from "vitest";
import { type ArtifactId, artifactRef } from "../../shared/contracts/ids.ts";
import { putDocument } from "../../shared/kernel/documents.ts";
import { guardedArtifacts } from "../../shared/kernel/guarded-artifacts.ts";
import { createGuard } from "../../shared/kernel/secrets-guard.ts";
import { canonicalBytes, canonicalHash } from "../../shared/stores/digest.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";

/** Artifacts behind a guard that only notes what it is shown. */
function guarded() {
  const seen: { what: string; value: unknown }[] = [];
  const guard = {
    refuse: (what: string, value: unknown) => void seen.push({ what, value }),
    redact: <T>(value: T) => value,
  };
  return { artifacts: guardedArtifacts(createMemoryStores().artifacts, guard), seen };
}

describe("what is put behind a guard", () => {
  it("is looked at as the document it was written from, where that comes along", async () => {
    const { artifacts, seen } = guarded();
    const document = { list: [1, { two: "three" }] };
    await putDocument(artifacts, "output", document);
    expect(seen).toEqual([{ what: "output artifact", value: document }]);
    expect(seen[0]!.value).toBe(document);
  });

  it("is read back where it comes as bytes", async () => {
    const { artifacts, seen } = guarded();
    const document = { list: [1, { two: "three" }] };
    await artifacts.put("output", canonicalBytes(document));
    await artifacts.put("other", new TextEncoder().encode("[no json"));
    expect(seen).toEqual([
      { what: "output artifact", value: document },
      { what: "other artifact", value: "[no json" },
    ]);
    expect(seen[0]!.value).not.toBe(document);
  });

  it("is not looked at where it is no document", async () => {
    const { artifacts, seen } = guarded();
    await artifacts.put("output", Uint8Array.of(0, 0x61, 0x73, 0x6d));
    expect(seen).toEqual([]);
  });
});

describe("a document with a secret in it", () => {
  const SECRET = "correct-horse-battery";
  const stores = () => {
    const { artifacts } = createMemoryStores();
    return { artifacts, guarded: guardedArtifacts(artifacts, createGuard([SECRET])) };
  };
  it.each<[what: string, document: unknown, pointer: string]>([
    ["an object", { a: { b: SECRET } }, "/a/b"],
    ["an array", ["first", SECRET], "/1"],
    ["an array of objects", [{}, { password: "hV7+q2LxPz9/RkT4wYb1Nc8s" }], "/1/password"],
    ["an array of arrays", [[], [["--token", "dGhlIHNlY3JldCBvZiBpdA"]]], "/1/0/1"],
  ])("is refused: %s", async (_what, document, pointer) => {
    for (const put of [
      ({ guarded }: ReturnType<typeof stores>) => putDocument(guarded, "output", document),
      ({ guarded }: ReturnType<typeof stores>) => guarded.put("output", canonicalBytes(document)),
    ]) {
      const set = stores();
      await expect(put(set)).rejects.toMatchObject({
        name: "SecretRefused",
        message: expect.stringContaining(`output artifact: expected no secrets, found 1: ${pointer} (`),
      });
      expect(await set.artifacts.has(artifactRef(canonicalHash(document) as ArtifactId))).toBe(false);
    }
  });

  it("is not kept as a sealed one where it is not sealed", async () => {
    const { guarded } = stores();
    await expect(guarded.put("secret_payload", canonicalBytes(["open"]))).rejects.toMatchObject({
      name: "ValidationFailed",
      message: "secret_payload artifact: expected sealed bytes, found others; seal them first",
    });
  });
});
