import { beforeEach, describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { NotFoundError } from "../../../shared/stores/errors.ts";
import type { Client, Harness } from "../support/harness.ts";

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

    it("are found where they were published, also by another client", async () => {
      expect(await client.publications.find(bundle)).toBeUndefined();
      const place = await client.publications.publish(bundle, [{ path: "module.wasm", artifact: wasm }]);
      expect(await (await harness().open()).publications.find(bundle)).toBe(place);
    });

    it("may be made any number of times at once", async () => {
      const other = await harness().open();
      const publish = ({ publications }: Client) =>
        publications.publish(bundle, [{ path: "module.wasm", artifact: wasm }]);
      expect(new Set(await Promise.all([client, other, client].map(publish))).size).toBe(1);
    });

    it("hold all their files or do not happen", async () => {
      const absent = `artifact://${"0".repeat(64)}` as ArtifactRef;
      const files = [
        { path: "module.wasm", artifact: wasm },
        { path: "report.json", artifact: absent },
      ];
      await expect(client.publications.publish(bundle, files)).rejects.toThrow(NotFoundError);
      expect(await client.publications.find(bundle)).toBeUndefined();
    });
  });
}
