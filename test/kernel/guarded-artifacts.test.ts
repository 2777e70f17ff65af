import { describe, expect, it } from "vitest";
import { putDocument } from "../../shared/kernel/documents.ts";
import { guardedArtifacts } from "../../shared/kernel/guarded-artifacts.ts";
import { canonicalBytes } from "../../shared/stores/digest.ts";
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
