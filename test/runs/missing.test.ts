import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import { sayingWhatIsMissing } from "../../shared/runs/missing.ts";
import { LayoutError, NotFoundError } from "../../shared/stores/errors.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import type { Stores } from "../../shared/stores/ports.ts";

const REF = `artifact://${"a".repeat(64)}` as ArtifactRef;
const AT = "2026-01-02T03:04:05.000Z";

/** A store in which nothing is, and what it knows of what was. */
function store(known: Partial<Stores["retention"]> = {}): Pick<Stores, "retention"> {
  return { retention: { ...createMemoryStores().retention, ...known } };
}
const missing = (ref: string) => () => Promise.reject(new NotFoundError(ref, "st"));

describe("an artifact that is not there", () => {
  it("any more, since retention removed it: when and why", async () => {
    const stores = store();
    await stores.retention.record([{ at: AT, artifact: REF, size: 7, why: "failed_run_expired", outcome: "removed" }]);
    await expect(sayingWhatIsMissing(stores, missing(REF))).rejects.toThrow(
      `${REF} not found in st; retention removed it at ${AT} (failed_run_expired); run its manifest again with --new, which makes it anew`,
    );
  });

  it("any more, since its bytes were damaged: when", async () => {
    const stores = store({
      async *setAside() {
        yield { name: `${"b".repeat(64)}.1`, size: 1, since: 0 };
        yield { name: `${"a".repeat(64)}.2`, size: 1, since: Date.parse(AT) };
      },
    });
    await expect(sayingWhatIsMissing(stores, missing(REF))).rejects.toThrow(
      `${REF} not found in st; its bytes were damaged, and it was set aside in quarantine at ${AT}; run its manifest again`,
    );
  });

  it("and never was: the error as it is", async () => {
    const error = new NotFoundError(REF, "st");
    await expect(sayingWhatIsMissing(store(), () => Promise.reject(error))).rejects.toBe(error);
  });
});

it("what is no missing artifact passes: another error, a run that is not there, an answer", async () => {
  const error = new LayoutError("read", "st", "a file");
  await expect(sayingWhatIsMissing(store(), () => Promise.reject(error))).rejects.toBe(error);
  await expect(sayingWhatIsMissing(store(), missing("run 7a"))).rejects.toThrow(
    /^run 7a not found in st; check the id/,
  );
  expect(await sayingWhatIsMissing(store(), async () => 7)).toBe(7);
});
