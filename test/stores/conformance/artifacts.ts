import { createHash } from "node:crypto";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { CorruptionError, InvalidInputError, NotFoundError } from "../../../shared/stores/errors.ts";
import type { ArtifactKind } from "../../../shared/stores/ports.ts";
import type { Client, Harness } from "../support/harness.ts";

const bytes = Buffer.from("the bytes of an artifact");
const absent = `artifact://${"0".repeat(64)}` as ArtifactRef;

export function artifactConformance(harness: () => Harness): void {
  describe("artifacts", () => {
    let client: Client;
    beforeEach(async () => {
      client = await harness().open();
    });

    it("are named by the SHA-256 of their bytes", async () => {
      const ref = await client.artifacts.put("output", bytes);
      expect(ref).toBe(`artifact://${createHash("sha256").update(bytes).digest("hex")}`);
    });

    it("come back as they were put, also to another client", async () => {
      const other = await harness().open();
      const anyBytes = fc.uint8Array({ maxLength: 3000 });
      await fc.assert(
        fc.asyncProperty(anyBytes, async (some) => {
          const ref = await client.artifacts.put("other", some);
          expect(Buffer.from(await other.artifacts.get(ref))).toEqual(Buffer.from(some));
        }),
        { numRuns: 25 },
      );
    });

    it("do not change when the caller reuses the buffer afterwards", async () => {
      const buffer = Buffer.from("first");
      const ref = await client.artifacts.put("other", buffer);
      buffer.write("later");
      const got = await client.artifacts.get(ref);
      got[0] = 0;
      expect(Buffer.from(await client.artifacts.get(ref)).toString()).toBe("first");
    });

    it("are what the buffer held when they were put, also where the caller reuses it before that is done", async () => {
      const buffer = Buffer.from("first");
      const putting = client.artifacts.put("other", buffer);
      buffer.write("later");
      expect(Buffer.from(await client.artifacts.get(await putting)).toString()).toBe("first");
    });

    it("may be put any number of times at once, by several clients", async () => {
      const other = await harness().open();
      const puts = [client, other, client, other].map(({ artifacts }) => artifacts.put("output", bytes));
      expect(new Set(await Promise.all(puts)).size).toBe(1);
      expect(await collect(client.artifacts.list())).toHaveLength(1);
    });

    it("keep every kind they were put as", async () => {
      const ref = await client.artifacts.put("output", bytes);
      await client.artifacts.put("manifest", bytes);
      await client.artifacts.put("output", bytes);
      const other = await harness().open();
      expect(await other.artifacts.stat(ref)).toEqual({ ref, size: bytes.length, kinds: ["manifest", "output"] });
    });

    it("are listed in order of address", async () => {
      const refs = [];
      for (let n = 0; n < 20; n += 1) refs.push(await client.artifacts.put("other", Buffer.from(`number ${n}`)));
      expect((await collect(client.artifacts.list())).map(({ ref }) => ref)).toEqual(refs.sort());
    });

    it("that were never put are not found", async () => {
      await expect(client.artifacts.get(absent)).rejects.toThrow(NotFoundError);
      expect(await client.artifacts.has(absent)).toBe(false);
      expect(await client.artifacts.stat(absent)).toBeUndefined();
    });

    it.each(["artifact://../../etc/passwd", "artifact://ABC", "", `artifact://${"g".repeat(64)}`])(
      "cannot be asked for as %j",
      async (ref) => {
        await expect(client.artifacts.get(ref as ArtifactRef)).rejects.toThrow(InvalidInputError);
        await expect(client.artifacts.has(ref as ArtifactRef)).rejects.toThrow(InvalidInputError);
        await expect(client.artifacts.stat(ref as ArtifactRef)).rejects.toThrow(InvalidInputError);
      },
    );

    it("of an unknown kind are refused", async () => {
      await expect(client.artifacts.put("nonsense" as ArtifactKind, bytes)).rejects.toThrow(/nonsense/);
      expect(await collect(client.artifacts.list())).toEqual([]);
    });

    describe("of secrets", () => {
      const part = (text: string) => Buffer.from(text).toString("base64url");
      const jwe = (header: string, key = part("key"), ciphertext = part("ciphertext")) =>
        Buffer.from([part(header), key, part("iv"), ciphertext, part("tag")].join("."));
      const header = '{"alg":"A256KW","enc":"A256GCM","kid":"k1"}';

      it.each([
        ["with a wrapped key", jwe(header)],
        ["with a key agreed on directly", jwe('{"alg":"dir","enc":"A256GCM"}', "")],
        ["of an empty text", jwe(header, undefined, "")],
      ])("are kept as ciphertext %s", async (_, sealed) => {
        const ref = await client.artifacts.put("secret_payload", sealed);
        expect(Buffer.from(await client.artifacts.get(ref))).toEqual(sealed);
      });

      it.each([
        ["plain text", Buffer.from("hunter2")],
        ["JSON", Buffer.from('{"token":"hunter2"}')],
        ["nothing", Buffer.alloc(0)],
        ["a signed token", Buffer.from([part(header), part("hunter2"), part("signature")].join("."))],
        ["four parts", Buffer.from([part(header), part("k"), part("iv"), part("hunter2")].join("."))],
        ["six parts", Buffer.from(`${jwe(header)}.${part("hunter2")}`)],
        ["five words", Buffer.from("my.pass.word.is.hunter2")],
        ["a header that is not JSON", jwe("alg=A256KW")],
        ["a header that is a list", jwe('["A256KW","A256GCM"]')],
        ["a header without enc", jwe('{"alg":"A256KW"}')],
        ["a header without alg", jwe('{"enc":"A256GCM"}')],
        ["a header with padding", Buffer.from(jwe(header).toString().replace(".", "==."))],
        ["a line end after it", Buffer.from(`${jwe(header)}\n`)],
        ["half a base64url digit group", Buffer.from(`${jwe(header)}x`)],
        ["no initialisation vector", Buffer.from([part(header), "", "", part("c"), part("tag")].join("."))],
      ])("are refused as %s, which the message does not repeat", async (_, open) => {
        const error: Error = await client.artifacts.put("secret_payload", open).then(
          () => expect.fail("it was kept"),
          (thrown) => thrown,
        );
        expect(error).toBeInstanceOf(InvalidInputError);
        expect(JSON.stringify([error.message, error])).not.toContain("hunter2");
        expect(await collect(client.artifacts.list())).toEqual([]);
      });

      it("may be anything when they are no secrets", async () => {
        await client.artifacts.put("fact_payload", Buffer.from("hunter2"));
      });
    });

    describe("that were damaged", () => {
      let ref: ArtifactRef;
      beforeEach(async () => {
        ref = await client.artifacts.put("output", bytes);
        await harness().damageArtifact(ref, Buffer.from("the bytes of an artifacT"));
      });

      it("are reported by name and never served", async () => {
        await expect(client.artifacts.get(ref)).rejects.toThrow(CorruptionError);
        await expect(client.artifacts.get(ref)).rejects.toThrow(NotFoundError);
        expect(await client.artifacts.has(ref)).toBe(false);
        expect(client.notices).toMatchObject([{ kind: "artifact_quarantined", ref }]);
      });

      it("are set aside each time, each in a place of its own", async () => {
        for (const text of ["the bytes of an artifacT", "other bytes"]) {
          await harness().damageArtifact(ref, Buffer.from(text));
          await expect(client.artifacts.get(ref)).rejects.toThrow(CorruptionError);
          await client.artifacts.put("output", bytes);
        }
        const sizes = (await collect(client.retention.setAside())).map(({ size }) => size);
        expect(sizes.toSorted((a, b) => a - b)).toEqual([11, 24]);
      });

      it.each<[string, (client: Client) => Promise<unknown>]>([
        ["got", ({ artifacts }) => artifacts.get(ref)],
        ["inspected", ({ retention }) => retention.inspect(ref)],
      ])(
        "say when they are %s who they are, what they hash to, and that the right bytes heal them",
        async (_, look) => {
          const error = (await look(client).catch((thrown: unknown) => thrown)) as Error;
          expect(error).toBeInstanceOf(CorruptionError);
          const found = createHash("sha256").update("the bytes of an artifacT").digest("hex");
          expect(error.message).toMatch(new RegExp(`^${ref} in \\S+ is damaged: `));
          expect(error.message).toContain(
            `expected SHA-256 ${ref.slice("artifact://".length)}, found SHA-256 ${found}; `,
          );
          expect(error.message).toMatch(/; .*\bthe right\b/);
        },
      );

      it("are listed in order of name once they are set aside, under the place that was told", async () => {
        for (const text of ["other bytes", "and others", "one more", "the last"]) {
          await expect(client.artifacts.get(ref)).rejects.toThrow(CorruptionError);
          await client.artifacts.put("output", bytes);
          await harness().damageArtifact(ref, Buffer.from(text));
        }
        await expect(client.artifacts.get(ref)).rejects.toThrow(CorruptionError);
        const names = (await collect(client.retention.setAside())).map(({ name }) => name);
        expect(names).toHaveLength(5);
        expect(names).toEqual(names.toSorted());
        const places = client.notices.map((notice) => ("movedTo" in notice ? notice.movedTo : ""));
        for (const name of names) expect(places.filter((place) => place.endsWith(name))).toHaveLength(1);
      });

      it("are healed by putting the right bytes after the damage was found", async () => {
        await expect(client.artifacts.get(ref)).rejects.toThrow(CorruptionError);
        await client.artifacts.put("output", bytes);
        expect(Buffer.from(await client.artifacts.get(ref))).toEqual(bytes);
      });

      it("are healed by putting the right bytes before anyone noticed", async () => {
        await client.artifacts.put("output", bytes);
        expect(Buffer.from(await client.artifacts.get(ref))).toEqual(bytes);
        expect(client.notices).toMatchObject([{ kind: "artifact_quarantined", ref }]);
      });
    });
  });
}
