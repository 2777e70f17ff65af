import { beforeEach, describe, expect, it } from "vitest";
import type { ArtifactRef, RunId } from "../../../shared/contracts/ids.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { CorruptionError, InvalidInputError, NotFoundError } from "../../../shared/stores/errors.ts";
import type { Client, Harness } from "../support/harness.ts";
import { OTHER_RUN, RUN } from "../support/samples.ts";

const absent = `artifact://${"0".repeat(64)}` as ArtifactRef;

export function publicationConformance(harness: () => Harness): void {
  describe("publications", () => {
    let client: Client;
    let bundle: ArtifactRef;
    let wasm: ArtifactRef;
    beforeEach(async () => {
      client = await harness().open();
      bundle = await client.artifacts.put("output", Buffer.from('{"files":[]}'));
      wasm = await client.artifacts.put("output", Buffer.from("\0asm"));
    });
    const publish = ({ publications }: Client, claimant = RUN) =>
      publications.publish(bundle, [{ path: "module.wasm", artifact: wasm }], claimant);

    it("are found where they were published, also by another client", async () => {
      expect(await client.publications.find(bundle)).toBeUndefined();
      const { location } = await publish(client);
      expect(await (await harness().open()).publications.find(bundle)).toBe(location);
    });

    it("may be made any number of times at once, and one of them made it", async () => {
      const other = await harness().open();
      const made = await Promise.all([client, other, client].map((one) => publish(one)));
      expect(new Set(made.map(({ location }) => location)).size).toBe(1);
      expect(made.filter(({ isNew }) => isNew)).toHaveLength(1);
    });

    it("say whether they were there before", async () => {
      expect((await publish(client)).isNew).toBe(true);
      expect((await publish(await harness().open())).isNew).toBe(false);
    });

    it("are confirmed to whom they are of, wherever they were made", async () => {
      const confirm = async (claimant: RunId) => (await harness().open()).publications.confirm(bundle, claimant);
      expect(await confirm(RUN)).toBe(false);
      await publish(client);
      expect(await confirm(RUN)).toBe(true);
      expect(await confirm(OTHER_RUN)).toBe(false);
      await publish(client, OTHER_RUN);
      await client.publications.withdraw(bundle, RUN, "no");
      expect(await confirm(RUN)).toBe(false);
      expect(await confirm(OTHER_RUN)).toBe(true);
      await expect(confirm("alice" as RunId)).rejects.toThrow(InvalidInputError);
    });

    it.each(["artifact://../../etc/passwd", "", `artifact://${"g".repeat(64)}`])(
      "are of no bundle named %j",
      async (name) => {
        const { publish, find, confirm, withdraw } = client.publications;
        const none = name as ArtifactRef;
        await expect(publish(none, [], RUN)).rejects.toThrow(InvalidInputError);
        await expect(find(none)).rejects.toThrow(InvalidInputError);
        await expect(confirm(none, RUN)).rejects.toThrow(InvalidInputError);
        await expect(withdraw(none, RUN, "no")).rejects.toThrow(InvalidInputError);
      },
    );

    it("are not confirmed that were claimed and never made", async () => {
      const files = [{ path: "report.json", artifact: absent }];
      await expect(client.publications.publish(bundle, files, RUN)).rejects.toThrow(NotFoundError);
      expect(await client.publications.confirm(bundle, RUN)).toBe(false);
    });

    it.each(["../module.wasm", "a/b", "", ".", "bundle.json", ".hidden"])("have no file named %j", async (path) => {
      const files = [{ path, artifact: wasm }];
      await expect(client.publications.publish(bundle, files, RUN)).rejects.toThrow(InvalidInputError);
      expect(await client.publications.find(bundle)).toBeUndefined();
    });

    describe("of which an artifact is missing or damaged", () => {
      const files = () => [
        { path: "module.wasm", artifact: wasm },
        { path: "report.json", artifact: absent },
      ];

      it("do not happen", async () => {
        await expect(client.publications.publish(bundle, files(), RUN)).rejects.toThrow(NotFoundError);
        expect(await client.publications.find(bundle)).toBeUndefined();
      });

      it("are set aside with the reason", async () => {
        await expect(client.publications.publish(bundle, files(), RUN)).rejects.toThrow(NotFoundError);
        const why = expect.stringContaining(absent);
        expect(client.notices).toMatchObject([{ kind: "bundle_set_aside", bundle, why }]);
        expect(await collect(client.retention.setAside())).toMatchObject([{ since: client.clock.now() }]);
        expect(await collect(client.retention.leftovers())).toEqual([]);
      });

      it("are set aside beside the damaged artifact", async () => {
        await harness().damageArtifact(wasm, Buffer.from("\0ASM"));
        await expect(publish(client)).rejects.toThrow(CorruptionError);
        expect(client.notices.map(({ kind }) => kind)).toEqual(["artifact_quarantined", "bundle_set_aside"]);
        expect(await collect(client.retention.setAside())).toHaveLength(2);
      });

      it("may be made once it is there", async () => {
        await expect(client.publications.publish(bundle, files(), RUN)).rejects.toThrow(NotFoundError);
        expect((await publish(client)).isNew).toBe(true);
      });
    });

    it.each(["../claims", "", "AAAAAAAA-1111-4111-8111-111111111111"])(
      "are claimed by no run named %j",
      async (name) => {
        const claimant = name as RunId;
        await expect(publish(client, claimant)).rejects.toThrow(InvalidInputError);
        await expect(client.publications.withdraw(bundle, claimant, "no run")).rejects.toThrow(InvalidInputError);
        expect(await client.publications.find(bundle)).toBeUndefined();
      },
    );

    describe("that several runs stand behind", () => {
      let other: Client;
      beforeEach(async () => {
        other = await harness().open();
        await publish(client, RUN);
        expect(await publish(other, OTHER_RUN)).toMatchObject({ isNew: false });
      });

      it.each([
        ["the first", RUN, OTHER_RUN],
        ["the second", OTHER_RUN, RUN],
      ])("stay when %s withdraws, and go with the last", async (_, one, last) => {
        const { location } = await publish(client);
        for (let times = 0; times < 2; times += 1) {
          expect(await client.publications.withdraw(bundle, one, "it failed")).toBeUndefined();
          expect(await client.publications.find(bundle)).toBe(location);
        }
        expect(await other.publications.withdraw(bundle, last, "so did the last")).toEqual(expect.any(String));
        expect(await client.publications.find(bundle)).toBeUndefined();
        expect(await collect(client.retention.setAside())).toHaveLength(1);
      });

      it("go, once, when all withdraw at the same time", async () => {
        const moved = await Promise.all([
          client.publications.withdraw(bundle, RUN, "it failed"),
          other.publications.withdraw(bundle, OTHER_RUN, "it failed too"),
        ]);
        expect(moved.filter((place) => place !== undefined)).toHaveLength(1);
        expect(await client.publications.find(bundle)).toBeUndefined();
      });

      it("count a run once, however often it published", async () => {
        await publish(other, OTHER_RUN);
        await client.publications.withdraw(bundle, RUN, "it failed");
        expect(await client.publications.withdraw(bundle, OTHER_RUN, "it failed too")).toEqual(expect.any(String));
      });

      it("stay when a run withdraws that never published them", async () => {
        const third = "33333333-3333-4333-8333-333333333333" as RunId;
        expect(await client.publications.withdraw(bundle, third, "it failed early")).toBeUndefined();
        expect(await client.publications.find(bundle)).toEqual(expect.any(String));
      });
    });

    it("are claimed by a run whose publication failed, until it withdraws", async () => {
      const missing = [{ path: "report.json", artifact: absent }];
      await expect(client.publications.publish(bundle, missing, OTHER_RUN)).rejects.toThrow(NotFoundError);
      await publish(client, RUN);
      expect(await client.publications.withdraw(bundle, RUN, "it failed")).toBeUndefined();
      expect(await client.publications.withdraw(bundle, OTHER_RUN, "it failed")).toEqual(expect.any(String));
    });

    describe("that were withdrawn", () => {
      it("are served no more, by any client, and stand in quarantine with the reason", async () => {
        await publish(client);
        const movedTo = await client.publications.withdraw(bundle, RUN, "the run failed afterwards");
        expect(await (await harness().open()).publications.find(bundle)).toBeUndefined();
        expect(client.notices).toEqual([
          { kind: "bundle_set_aside", bundle, movedTo, why: "the run failed afterwards" },
        ]);
        expect(await collect(client.retention.setAside())).toMatchObject([{ since: client.clock.now() }]);
        expect(movedTo).toContain(bundle.slice("artifact://".length));
      });

      it("cannot be withdrawn again", async () => {
        expect(await client.publications.withdraw(bundle, RUN, "too early")).toBeUndefined();
        await publish(client);
        const other = await harness().open();
        const withdraw = ({ publications }: Client) => publications.withdraw(bundle, RUN, "twice at once");
        const moved = await Promise.all([client, other].map(withdraw));
        expect(moved.filter((place) => place !== undefined)).toHaveLength(1);
        expect(await client.publications.withdraw(bundle, RUN, "too late")).toBeUndefined();
        expect(await collect(client.retention.setAside())).toHaveLength(1);
      });

      it("may be published again, as new", async () => {
        await publish(client);
        await client.publications.withdraw(bundle, RUN, "the run failed afterwards");
        const { location, isNew } = await publish(client);
        expect(isNew).toBe(true);
        expect(await client.publications.find(bundle)).toBe(location);
      });

      it("leave the artifacts they were made of", async () => {
        await publish(client);
        await client.publications.withdraw(bundle, RUN, "the run failed afterwards");
        expect(Buffer.from(await client.artifacts.get(wasm)).toString()).toBe("\0asm");
      });
    });
  });
}
