import { beforeEach, describe, expect, it } from "vitest";
import type { RunId } from "../../../shared/contracts/ids.ts";
import { ConflictError, InvalidInputError, NotFoundError } from "../../../shared/stores/errors.ts";
import type { Client, Harness } from "../support/harness.ts";
import { OTHER_RUN, RUN } from "../support/samples.ts";

const submission = { priority: 1, requested_by: "alice", selector: { a: 1, b: [true, null] } };

export function runConformance(harness: () => Harness): void {
  describe("runs", () => {
    let client: Client;
    beforeEach(async () => {
      client = await harness().open();
    });

    it("keep their submission and its canonical hash", async () => {
      const { record, isNew } = await client.runs.create(RUN, submission);
      expect(isNew).toBe(true);
      expect(record).toMatchObject({ run_id: RUN, submission });
      expect(await (await harness().open()).runs.get(RUN)).toEqual(record);
    });

    it("are the same when created again from the same content, in whatever order its keys stand", async () => {
      const first = await client.runs.create(RUN, submission);
      client.clock.advance(1000);
      const { requested_by, selector, priority } = submission;
      const again = await client.runs.create(RUN, { selector: { b: selector.b, a: 1 }, requested_by, priority });
      expect(again).toEqual({ record: first.record, isNew: false });
    });

    it("refuse other content under the same id, and stay as they were", async () => {
      await client.runs.create(RUN, submission);
      await expect(client.runs.create(RUN, { ...submission, priority: 2 })).rejects.toThrow(ConflictError);
      expect((await client.runs.get(RUN)).submission).toEqual(submission);
    });

    it("are made once when two clients create them at once", async () => {
      const other = await harness().open();
      const made = await Promise.all([client, other, client].map(({ runs }) => runs.create(RUN, submission)));
      expect(made.filter(({ isNew }) => isNew)).toHaveLength(1);
      expect(new Set(made.map(({ record }) => JSON.stringify(record))).size).toBe(1);
    });

    it("are listed in order of id", async () => {
      await client.runs.create(OTHER_RUN, submission);
      await client.runs.create(RUN, submission);
      expect(await client.runs.list()).toEqual([RUN, OTHER_RUN]);
      expect(await client.runs.has(RUN)).toBe(true);
    });

    it("that were never made are not found", async () => {
      expect(await client.runs.has(RUN)).toBe(false);
      await expect(client.runs.get(RUN)).rejects.toThrow(NotFoundError);
      await expect(client.runs.readStatus(RUN)).rejects.toThrow(NotFoundError);
      await expect(client.runs.writeStatus(RUN, {})).rejects.toThrow(NotFoundError);
      expect(await client.runs.list()).toEqual([]);
    });

    it.each(["../escape", "RUN", ""])("cannot have the id %j", async (id) => {
      await expect(client.runs.create(id as RunId, submission)).rejects.toThrow(InvalidInputError);
      await expect(client.runs.get(id as RunId)).rejects.toThrow(InvalidInputError);
    });

    it("have no status at first, then the one written last", async () => {
      await client.runs.create(RUN, submission);
      expect(await client.runs.readStatus(RUN)).toBeUndefined();
      await client.runs.writeStatus(RUN, { state: "running" });
      await client.runs.writeStatus(RUN, { state: "succeeded", count: 3 });
      expect(await (await harness().open()).runs.readStatus(RUN)).toEqual({ state: "succeeded", count: 3 });
    });
  });
}
