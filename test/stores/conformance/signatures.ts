import { beforeEach, describe, expect, it } from "vitest";
import { NotFoundError } from "../../../shared/stores/errors.ts";
import type { Client, Harness } from "../support/harness.ts";
import { ALICE, OTHER_RUN, RUN, signatureOf } from "../support/samples.ts";

const by = (digit: string, payload?: string) => signatureOf(RUN, digit, payload);

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
      const again = by("a", "Ynll");
      await client.signatures.put(RUN, by("a"));
      await client.signatures.put(RUN, again);
      expect(await other.signatures.list(RUN)).toEqual([again]);
    });

    it("are put while another holds the run", async () => {
      await other.leases.acquire(RUN, ALICE);
      await client.signatures.put(RUN, by("a"));
      expect(await other.signatures.list(RUN)).toEqual([by("a")]);
    });

    it.each([
      ["in another spelling of base64", "aGVsbG9="],
      ["not in base64", "hello!"],
      ["cut off", "aGVsbG"],
    ])("are kept in one spelling alone: none %s", async (_, payload) => {
      await expect(client.signatures.put(RUN, by("a", payload))).rejects.toThrow(/base64|Invalid string/);
      expect(await client.signatures.list(RUN)).toEqual([]);
    });

    it("are those of a run that is there", async () => {
      await expect(client.signatures.put(OTHER_RUN, by("a"))).rejects.toThrow(NotFoundError);
      await expect(client.signatures.list(OTHER_RUN)).rejects.toThrow(NotFoundError);
    });
  });
}
