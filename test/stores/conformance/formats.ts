import { beforeEach, describe, expect, it } from "vitest";
import { collect } from "../../../shared/stores/collect.ts";
import { RUN_FORMATS } from "../../../shared/stores/formats.ts";
import type { Client, Harness } from "../support/harness.ts";
import { ALICE, event, OTHER_RUN, RUN } from "../support/samples.ts";

const later = (part: string, found: number, known: number) => ({
  name: "UnsupportedFormatError",
  code: "store_unsupported_format",
  message: `run ${RUN} has ${part} of format ${found}, and this version reads formats up to ${known}: use the version that wrote it, or a later one`,
});

export function formatConformance(harness: () => Harness): void {
  describe("formats", () => {
    let client: Client;
    beforeEach(async () => {
      client = await harness().open();
      for (const id of [RUN, OTHER_RUN]) await client.runs.create(id, { n: 1 });
      await client.events.append(RUN, 0, [event("e1")]);
      await client.history.append(RUN, ["h1"]);
    });

    const writes = (by: Client): [string, () => Promise<unknown>][] => [
      ["event", () => by.events.append(RUN, 1, [event("e2")])],
      ["history entry", () => by.history.append(RUN, ["h2"])],
      ["lease", () => by.leases.acquire(RUN, ALICE)],
      ["request to cancel", () => by.cancellations.request(RUN, { by: ALICE, reason: "wrong binary" })],
    ];

    it("of a new run are told by its record", async () => {
      expect((await client.runs.get(RUN)).formats).toEqual(RUN_FORMATS);
      expect((await client.runs.create(RUN, { n: 1 })).record.formats).toEqual(RUN_FORMATS);
    });

    it("of a record that a later version wrote are refused, whatever is wanted of the run", async () => {
      await harness().reformat(RUN, { record: 3 });
      const other = await harness().open();
      const refusal = later("a record", 3, 2);
      await expect(other.runs.get(RUN)).rejects.toMatchObject(refusal);
      await expect(other.runs.create(RUN, { n: 1 })).rejects.toMatchObject(refusal);
      await expect(collect(other.events.read(RUN))).rejects.toMatchObject(refusal);
      await expect(collect(other.history.read(RUN))).rejects.toMatchObject(refusal);
      for (const [what, write] of writes(other)) await expect(write(), what).rejects.toMatchObject(refusal);
      expect(await other.runs.list()).toEqual([RUN, OTHER_RUN]);
      expect(await other.events.append(OTHER_RUN, 0, [event("e1")])).toMatchObject({ head: { seq: 1 } });
    });

    it("of events that a later version wrote are refused, and nothing is written", async () => {
      await harness().reformat(RUN, { events: 3 });
      const other = await harness().open();
      const refusal = later("an event log", 3, 2);
      await expect(collect(other.events.read(RUN))).rejects.toMatchObject(refusal);
      await expect(collect(other.events.follow(RUN, 1, AbortSignal.timeout(0)))).rejects.toMatchObject(refusal);
      await expect(other.events.head(RUN)).rejects.toMatchObject(refusal);
      await expect(other.events.verifyChain(RUN)).rejects.toMatchObject(refusal);
      for (const [what, write] of writes(other)) await expect(write(), what).rejects.toMatchObject(refusal);
      expect(await collect(other.history.read(RUN))).toEqual(["h1"]);
      expect(await other.leases.inspect(RUN)).toBeUndefined();
    });

    it("of a history that a later version wrote are refused", async () => {
      await harness().reformat(RUN, { history: 2 });
      const other = await harness().open();
      const refusal = later("an execution history", 2, 1);
      await expect(collect(other.history.read(RUN))).rejects.toMatchObject(refusal);
      await expect(other.history.verify(RUN)).rejects.toMatchObject(refusal);
      for (const [what, write] of writes(other)) await expect(write(), what).rejects.toMatchObject(refusal);
      expect(await collect(other.events.read(RUN))).toHaveLength(1);
    });

    it("of a run that an earlier version began are not written to, and it is left as it was", async () => {
      await harness().reformat(RUN, { record: 1, events: 1 });
      const other = await harness().open();
      const refusal = {
        name: "UnsupportedFormatError",
        message: `run ${RUN} was begun by an earlier version, with a record of format 1, and this version reads it but goes on only with format 2: end it with the version that began it, or submit its manifest anew with \`restep run <manifest> --new\``,
      };
      for (const [what, write] of writes(other)) await expect(write(), what).rejects.toMatchObject(refusal);
      expect(await other.leases.inspect(RUN)).toBeUndefined();
      expect(await other.cancellations.find(RUN)).toBeUndefined();
      expect((await other.runs.get(RUN)).formats).toEqual({ record: 1, events: 1, history: 1 });
      expect((await other.runs.create(RUN, { n: 1 })).isNew).toBe(false);
      expect(await collect(other.history.read(RUN))).toEqual(["h1"]);
    });

    it("of a run that is to be cancelled already matter no more to who wants that too", async () => {
      const asked = { by: ALICE, reason: "wrong binary" };
      const first = await client.cancellations.request(RUN, asked);
      await harness().reformat(RUN, { record: 1, events: 1 });
      const other = await harness().open();
      expect(await other.cancellations.request(RUN, { by: ALICE, reason: "another" })).toEqual(first);
    });
  });
}
