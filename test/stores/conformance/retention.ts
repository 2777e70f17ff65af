import { beforeEach, describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { CorruptionError, InvalidInputError, NotFoundError } from "../../../shared/stores/errors.ts";
import type { AgedArtifact, RemovalEntry } from "../../../shared/stores/retention.ts";
import type { Client, Harness } from "../support/harness.ts";

const bytes = Buffer.from("bytes that go");
const absent = `artifact://${"0".repeat(64)}` as ArtifactRef;

export function retentionConformance(harness: () => Harness): void {
  describe("retention", () => {
    let client: Client;
    let other: Client;
    beforeEach(async () => {
      client = await harness().open();
      other = await harness().open();
    });

    const only = async (): Promise<AgedArtifact> => {
      const all = await collect(client.retention.artifacts());
      expect(all).toHaveLength(1);
      return all[0]!;
    };

    it("lists artifacts in order of address, with when they were put", async () => {
      const put: AgedArtifact[] = [];
      for (let n = 0; n < 10; n += 1) {
        client.clock.advance(1234 * n);
        const ref = await client.artifacts.put("other", Buffer.from(`no ${n}`));
        put.push({ ref, size: 4, lastPut: client.clock.now() });
      }
      const inOrder = put.toSorted((a, b) => (a.ref < b.ref ? -1 : 1));
      expect(await collect(other.retention.artifacts())).toEqual(inOrder);
    });

    it("counts a put of what is there as a put", async () => {
      await client.artifacts.put("other", bytes);
      other.clock.advance(5000);
      await other.artifacts.put("output", bytes);
      expect((await only()).lastPut).toBe(other.clock.now());
    });

    it("does not count looking at an artifact", async () => {
      const ref = await client.artifacts.put("other", bytes);
      const before = await only();
      client.clock.advance(5000);
      await client.artifacts.get(ref);
      await client.artifacts.has(ref);
      await client.artifacts.stat(ref);
      await client.retention.inspect(ref);
      expect(await only()).toEqual(before);
    });

    it("removes an artifact for every client", async () => {
      const ref = await client.artifacts.put("other", bytes);
      expect(await client.retention.remove(await only())).toBe("removed");
      expect(await other.artifacts.has(ref)).toBe(false);
      await expect(client.artifacts.get(ref)).rejects.toThrow(NotFoundError);
      expect(await collect(other.artifacts.list())).toEqual([]);
    });

    it("keeps an artifact that was put since", async () => {
      const ref = await client.artifacts.put("other", bytes);
      const seen = await only();
      other.clock.advance(1);
      await other.artifacts.put("other", bytes);
      expect(await client.retention.remove(seen)).toBe("put_since");
      expect(Buffer.from(await client.artifacts.get(ref))).toEqual(bytes);
    });

    it("keeps an artifact that was put since by someone whose clock is behind", async () => {
      client.clock.advance(60_000);
      await client.artifacts.put("other", bytes);
      const seen = await only();
      await other.artifacts.put("other", bytes);
      expect(await client.retention.remove(seen)).toBe("put_since");
    });

    it("finds nothing to remove where there is nothing", async () => {
      expect(await client.retention.remove({ ref: absent, lastPut: 0 })).toBe("gone");
      await client.artifacts.put("other", bytes);
      const seen = await only();
      const outcomes = await Promise.all([client, other].map(({ retention }) => retention.remove(seen)));
      expect(outcomes.toSorted()).toEqual(["gone", "removed"]);
    });

    it("can remove only what has the name of an artifact", async () => {
      const ref = "artifact://../../etc/passwd" as ArtifactRef;
      await expect(client.retention.remove({ ref, lastPut: 0 })).rejects.toThrow(InvalidInputError);
    });

    it("lets removed bytes be put again, with the kinds they had", async () => {
      const ref = await client.artifacts.put("manifest", bytes);
      await client.retention.remove(await only());
      await client.artifacts.put("output", bytes);
      expect(await other.artifacts.stat(ref)).toEqual({ ref, size: bytes.length, kinds: ["manifest", "output"] });
      expect(Buffer.from(await other.artifacts.get(ref))).toEqual(bytes);
    });

    it("inspects artifacts, and leaves damage as it found it", async () => {
      const ref = await client.artifacts.put("other", bytes);
      expect(Buffer.from(await client.retention.inspect(ref))).toEqual(bytes);
      await harness().damageArtifact(ref, Buffer.from("bytes that gO"));
      await expect(client.retention.inspect(ref)).rejects.toThrow(CorruptionError);
      await expect(client.retention.inspect(ref)).rejects.toThrow(ref);
      expect(client.notices).toEqual([]);
      await expect(client.retention.inspect(absent)).rejects.toThrow(NotFoundError);
    });

    it("removes what was set aside", async () => {
      const ref = await client.artifacts.put("other", bytes);
      await harness().damageArtifact(ref, Buffer.from("damaged"));
      client.clock.advance(5000);
      await expect(client.artifacts.get(ref)).rejects.toThrow(CorruptionError);
      const [item, ...more] = await collect(other.retention.setAside());
      expect(item).toMatchObject({ size: 7, since: client.clock.now() });
      expect(more).toEqual([]);
      expect(await other.retention.removeSetAside(item!)).toBe(true);
      expect(await other.retention.removeSetAside(item!)).toBe(false);
      expect(await collect(client.retention.setAside())).toEqual([]);
    });

    it("keeps a record of removals, in order, for every client", async () => {
      const entry = (outcome: RemovalEntry["outcome"]): RemovalEntry => {
        return { at: "2026-01-01T00:00:00.000Z", artifact: absent, size: 3, why: "unreferenced", outcome };
      };
      expect(await collect(client.retention.removals())).toEqual([]);
      await client.retention.record([entry("removed"), entry("kept")]);
      await other.retention.record([]);
      await other.retention.record([entry("removed")]);
      const recorded = await collect(client.retention.removals());
      expect(recorded).toEqual([entry("removed"), entry("kept"), entry("removed")]);
      const many = Array.from({ length: 12 }, (_, size) => ({ ...entry("kept"), size }));
      await client.retention.record(many);
      expect((await collect(other.retention.removals())).slice(3)).toEqual(many);
    });
  });
}
