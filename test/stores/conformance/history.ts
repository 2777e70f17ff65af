import { beforeEach, describe, expect, it } from "vitest";
import { collect } from "../../../shared/stores/collect.ts";
import { CorruptionError, InvalidInputError, NotFoundError } from "../../../shared/stores/errors.ts";
import type { Json } from "../../../shared/stores/ports.ts";
import type { Client, Harness } from "../support/harness.ts";
import { ALICE, OTHER_RUN, RUN } from "../support/samples.ts";

export function historyConformance(harness: () => Harness): void {
  describe("history", () => {
    let client: Client;
    beforeEach(async () => {
      client = await harness().open();
      await client.runs.create(RUN, {});
    });

    it("keeps any JSON, in order, and counts it", async () => {
      const entries: Json[] = [
        { id: 1, type: "ExecutionStarted" },
        "text with\nnewline and \u2028",
        [1, null],
        0,
        "ends in ",
      ];
      expect(await client.history.append(RUN, entries.slice(0, 1))).toBe(1);
      expect(await client.history.append(RUN, entries.slice(1, 3))).toBe(3);
      expect(await client.history.append(RUN, entries.slice(3))).toBe(5);
      expect(await collect((await harness().open()).history.read(RUN))).toEqual(entries);
      expect(await client.history.verify(RUN)).toMatchObject({ entries: 5 });
    });

    it("keeps the order of appends that were not awaited", async () => {
      const lease = await client.leases.acquire(RUN, ALICE);
      await Promise.all(Array.from({ length: 30 }, (_, n) => client.history.append(RUN, [n, n + 0.5])));
      await lease.release();
      expect(await collect(client.history.read(RUN))).toEqual(
        Array.from({ length: 30 }, (_, n) => [n, n + 0.5]).flat(),
      );
    });

    it("refuses what JSON cannot say, with the whole batch", async () => {
      await expect(client.history.append(RUN, [1, undefined as unknown as Json])).rejects.toThrow(InvalidInputError);
      expect(await collect(client.history.read(RUN))).toEqual([]);
    });

    it("names the line that is damaged", async () => {
      await client.history.append(RUN, [1, 2, 3]);
      await harness().damageLog(RUN, "history", (lines) => lines.with(1, "{ "));
      const reader = await harness().open();
      await expect(collect(reader.history.read(RUN))).rejects.toThrow(CorruptionError);
      await expect(reader.history.verify(RUN)).rejects.toThrow("line 2");
    });

    it("of an unknown run is not found", async () => {
      await expect(client.history.append(OTHER_RUN, [1])).rejects.toThrow(NotFoundError);
      await expect(collect(client.history.read(OTHER_RUN))).rejects.toThrow(NotFoundError);
      await expect(client.history.verify(OTHER_RUN)).rejects.toThrow(NotFoundError);
    });
  });
}
