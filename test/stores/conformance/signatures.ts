import { beforeEach, describe, expect, it } from "vitest";
import type { RunSignature } from "../../../shared/contracts/signature.ts";
import { NotFoundError } from "../../../shared/stores/errors.ts";
import type { Client, Harness } from "../support/harness.ts";
import { OTHER_RUN, RUN } from "../support/samples.ts";

const envelope = { payloadType: "text/plain", payload: "aGVsbG8=", signatures: [{ keyid: "a", sig: "AAAA" }] };
const by = (digit: string, more: Partial<RunSignature> = {}): RunSignature => ({
  schema_version: 1,
  kind: "restep.signature",
  run_id: RUN,
  keyid: `ed25519:${digit.repeat(64)}`,
  attestation: envelope,
  log: envelope,
  ...more,
});

export function signatureConformance(harness: () => Harness): void {
  describe("signatures of a run", () => {
    let client: Client;
    let other: Client;
    beforeEach(async () => {
      client = await harness().open();
      other = await harness().open();
      await client.runs.create(RUN, {});
    });

    it("are there for everyone once they were put, in order of their keys, and not before", async () => {
      expect(await other.signatures.list(RUN)).toEqual([]);
      await client.signatures.put(RUN, by("b"));
      await other.signatures.put(RUN, by("a"));
      expect(await client.signatures.list(RUN)).toEqual([by("a"), by("b")]);
    });

    it("stand once for each key: what it signs again takes the place of what it signed before", async () => {
      const again = by("a", { log: { ...envelope, payload: "" } });
      await client.signatures.put(RUN, by("a"));
      await client.signatures.put(RUN, again);
      expect(await other.signatures.list(RUN)).toEqual([again]);
    });

    it("are put while another holds the run", async () => {
      await other.leases.acquire(RUN, "alice" as never);
      await client.signatures.put(RUN, by("a"));
      expect(await other.signatures.list(RUN)).toEqual([by("a")]);
    });

    it("are those of a run that is there", async () => {
      await expect(client.signatures.put(OTHER_RUN, by("a"))).rejects.toThrow(NotFoundError);
      await expect(client.signatures.list(OTHER_RUN)).rejects.toThrow(NotFoundError);
    });
  });
}
