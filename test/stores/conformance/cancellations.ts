import { beforeEach, describe, expect, it } from "vitest";
import { NotFoundError } from "../../../shared/stores/errors.ts";
import type { Client, Harness } from "../support/harness.ts";
import { ALICE, BOB, OTHER_RUN, RUN } from "../support/samples.ts";

const byAlice = { by: ALICE, reason: "wrong binary" };
const byBob = { by: BOB, reason: "too slow" };

export function cancellationConformance(harness: () => Harness): void {
  describe("requests to cancel a run", () => {
    let client: Client;
    let other: Client;
    beforeEach(async () => {
      client = await harness().open();
      other = await harness().open();
      await client.runs.create(RUN, {});
    });

    it("are there for everyone once they were made, and not before", async () => {
      expect(await other.cancellations.find(RUN)).toBeUndefined();
      expect(await client.cancellations.request(RUN, byAlice)).toEqual(byAlice);
      expect(await other.cancellations.find(RUN)).toEqual(byAlice);
    });

    it("stand: who asks again is told who asked first", async () => {
      await client.cancellations.request(RUN, byAlice);
      expect(await other.cancellations.request(RUN, byBob)).toEqual(byAlice);
      expect(await client.cancellations.find(RUN)).toEqual(byAlice);
    });

    it("stand: of several who ask at once, one, and all are told which", async () => {
      const told = await Promise.all(
        [client, other, client, other].map(({ cancellations }, n) =>
          cancellations.request(RUN, { by: n % 2 === 0 ? ALICE : BOB, reason: `reason ${n}` }),
        ),
      );
      const stands = await client.cancellations.find(RUN);
      expect(stands).toBeDefined();
      expect(told).toEqual([stands, stands, stands, stands]);
      expect(await other.cancellations.find(RUN)).toEqual(stands);
    });

    it.each([
      ["who", { by: "no spaces", reason: "wrong binary" }, /by/],
      ["why", { by: ALICE } as typeof byAlice, /reason/],
    ])("are refused that do not say %s", async (_, asked, message) => {
      await expect(client.cancellations.request(RUN, asked as typeof byAlice)).rejects.toThrow(message);
      expect(await other.cancellations.find(RUN)).toBeUndefined();
    });

    it("need no lease: another may hold the run", async () => {
      const lease = await other.leases.acquire(RUN, byBob.by);
      await client.cancellations.request(RUN, byAlice);
      await lease.check();
      expect(await other.cancellations.find(RUN)).toEqual(byAlice);
      await lease.release();
    });

    it("are heard of by who waits, within a second", async () => {
      const stop = new AbortController();
      const waiting = other.cancellations.wait(RUN, stop.signal);
      await client.cancellations.request(RUN, byAlice);
      other.clock.advance(1_000);
      expect(await waiting).toEqual(byAlice);
    });

    it("are heard of at once where they were made before", async () => {
      await client.cancellations.request(RUN, byAlice);
      expect(await other.cancellations.wait(RUN, new AbortController().signal)).toEqual(byAlice);
    });

    it("are waited for until the signal aborts", async () => {
      const stop = new AbortController();
      const waiting = other.cancellations.wait(RUN, stop.signal);
      stop.abort();
      expect(await waiting).toBeUndefined();
    });

    it("are refused for a run that is not there", async () => {
      const { request, find, wait } = client.cancellations;
      await expect(request(OTHER_RUN, byAlice)).rejects.toThrow(NotFoundError);
      await expect(find(OTHER_RUN)).rejects.toThrow(NotFoundError);
      await expect(wait(OTHER_RUN, new AbortController().signal)).rejects.toThrow(NotFoundError);
    });
  });
}
