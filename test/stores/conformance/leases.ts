import { beforeEach, describe, expect, it } from "vitest";
import type { PrincipalId } from "../../../shared/contracts/ids.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { InvalidInputError, LeaseHeldError, LeaseLostError, NotFoundError } from "../../../shared/stores/errors.ts";
import { DEFAULT_LEASE_TIME } from "../../../shared/stores/lease-policy.ts";
import type { Client, Harness } from "../support/harness.ts";
import { ALICE, BOB, event, events, OTHER_RUN, RUN } from "../support/samples.ts";

export function leaseConformance(harness: () => Harness): void {
  describe("leases", () => {
    let alice: Client;
    let bob: Client;
    beforeEach(async () => {
      alice = await harness().open();
      bob = await harness().open();
      await alice.runs.create(RUN, {});
    });

    it("keep others out, who learn by whom and since when", async () => {
      await alice.leases.acquire(RUN, ALICE);
      const since = new Date(alice.clock.now()).toISOString();
      const error = await bob.leases.acquire(RUN, BOB).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LeaseHeldError);
      expect(error).toMatchObject({ since, code: "store_lease_held", details: { holder: ALICE } });
      expect((error as LeaseHeldError).place).not.toBe("");
      expect((error as Error).message).toContain(`(${(error as LeaseHeldError).place})`);
      expect((error as Error).message).toContain(since);
    });

    it("are not given twice to one client either", async () => {
      await alice.leases.acquire(RUN, ALICE);
      await expect(alice.leases.acquire(RUN, ALICE)).rejects.toThrow(LeaseHeldError);
    });

    it("go to one of several who ask at once", async () => {
      const asked = await Promise.allSettled([alice, bob, alice].map(({ leases }) => leases.acquire(RUN, ALICE)));
      expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const each of asked) if (each.status === "rejected") expect(each.reason).toBeInstanceOf(LeaseHeldError);
    });

    it("pass on when released, with a greater epoch", async () => {
      const first = await alice.leases.acquire(RUN, ALICE);
      await alice.events.append(RUN, 0, [event("e1")]);
      await first.release();
      await first.release();
      const second = await bob.leases.acquire(RUN, BOB);
      expect(second.epoch).toBeGreaterThan(first.epoch);
      expect(second.notices).toEqual([]);
      await bob.events.append(RUN, 1, [event("e2")]);
      expect(first.lost.aborted).toBe(false);
    });

    it.each<[string, (client: Client) => Promise<unknown>, number[]]>([
      ["events", ({ events }) => events.append(RUN, 0, [event("e1")]), [1, 0]],
      ["history", ({ history }) => history.append(RUN, ["h1"]), [0, 1]],
    ])("are released once all %s are written that were given before", async (_, append, expected) => {
      const lease = await alice.leases.acquire(RUN, ALICE);
      const appending = append(alice);
      await lease.release();
      await appending;
      const taken = await bob.leases.acquire(RUN, BOB);
      expect(taken.notices).toEqual([]);
      const written = [await collect(bob.events.read(RUN)), await collect(bob.history.read(RUN))];
      expect(written.map(({ length }) => length)).toEqual(expected);
    });

    it("of one run do not stand in the way of another", async () => {
      await alice.runs.create(OTHER_RUN, {});
      await alice.leases.acquire(RUN, ALICE);
      await bob.leases.acquire(OTHER_RUN, BOB);
      await bob.events.append(OTHER_RUN, 0, [event("e1")]);
    });

    it("are told of to whoever looks", async () => {
      expect(await bob.leases.inspect(RUN)).toBeUndefined();
      const lease = await alice.leases.acquire(RUN, ALICE);
      expect(await bob.leases.inspect(RUN)).toMatchObject({ holder: ALICE, epoch: lease.epoch, purpose: "run" });
      await lease.release();
      expect(await bob.leases.inspect(RUN)).toBeUndefined();
    });

    it("are all released on close", async () => {
      await alice.leases.acquire(RUN, ALICE);
      await alice.close();
      await bob.leases.acquire(RUN, BOB);
    });

    it("are not to be had of an unknown run, nor by a holder without a proper name", async () => {
      await expect(alice.leases.acquire(OTHER_RUN, ALICE)).rejects.toThrow(NotFoundError);
      await expect(alice.leases.inspect(OTHER_RUN)).rejects.toThrow(NotFoundError);
      await expect(alice.leases.acquire(RUN, "no spaces" as PrincipalId)).rejects.toThrow(InvalidInputError);
    });

    it("are taken for a single append by whoever has none", async () => {
      await alice.events.append(RUN, 0, [event("from_alice")]);
      await bob.events.append(RUN, 1, [event("from_bob")]);
      await alice.history.append(RUN, [1]);
      expect(await alice.leases.inspect(RUN)).toBeUndefined();
    });

    it("keep out appends of others", async () => {
      await alice.leases.acquire(RUN, ALICE);
      await expect(bob.events.append(RUN, 0, [event("e1")])).rejects.toThrow(LeaseHeldError);
      await expect(bob.history.append(RUN, [1])).rejects.toThrow(LeaseHeldError);
      await alice.events.append(RUN, 0, [event("e1")]);
    });

    it("stay with a holder that shows signs of life", async () => {
      await alice.leases.acquire(RUN, ALICE);
      for (let round = 0; round < 5; round += 1) {
        alice.clock.advance(DEFAULT_LEASE_TIME);
        bob.clock.advance(DEFAULT_LEASE_TIME);
        // The sign of life is under way: let it arrive.
        await alice.leases.inspect(RUN);
        await expect(bob.leases.acquire(RUN, BOB)).rejects.toThrow(LeaseHeldError);
      }
    });

    it("are not lost before the lease time is over", async () => {
      await alice.leases.acquire(RUN, ALICE);
      bob.clock.advance(DEFAULT_LEASE_TIME);
      await expect(bob.leases.acquire(RUN, BOB)).rejects.toThrow(LeaseHeldError);
    });

    describe("of a holder that fell silent", () => {
      beforeEach(async () => {
        await alice.leases.acquire(RUN, ALICE);
        await alice.events.append(RUN, 0, events(1, 2));
        await alice.history.append(RUN, ["h1"]);
        bob.clock.advance(DEFAULT_LEASE_TIME + 1);
      });

      it("are taken over with all that was acknowledged", async () => {
        const lease = await bob.leases.acquire(RUN, BOB);
        expect(lease.notices).toMatchObject([{ kind: "lease_taken_over", runId: RUN, from: { holder: ALICE } }]);
        expect(bob.notices).toEqual(lease.notices);
        expect(await collect(bob.events.read(RUN))).toHaveLength(2);
        expect(await collect(bob.history.read(RUN))).toEqual(["h1"]);
        await bob.events.append(RUN, 2, [event("from_bob")]);
      });

      it.each<[string, (client: Client) => Promise<unknown>]>([
        ["event", ({ events }) => events.append(RUN, 2, [event("from_alice")])],
        ["history entry", ({ history }) => history.append(RUN, ["from alice"])],
        ["status", ({ runs }) => runs.writeStatus(RUN, { by: "alice" })],
      ])("let the silent one write no %s any more", async (_, write) => {
        await bob.leases.acquire(RUN, BOB);
        await bob.runs.writeStatus(RUN, { by: "bob" });
        for (let attempt = 0; attempt < 3; attempt += 1) await expect(write(alice)).rejects.toThrow(LeaseLostError);
        expect(await collect(bob.events.read(RUN))).toHaveLength(2);
        expect(await collect(bob.history.read(RUN))).toEqual(["h1"]);
        expect(await bob.runs.readStatus(RUN)).toEqual({ by: "bob" });
        await bob.events.append(RUN, 2, [event("from_bob")]);
        await bob.history.append(RUN, ["h2"]);
      });
    });

    it("that were lost say so", async () => {
      const lease = await alice.leases.acquire(RUN, ALICE);
      await lease.check();
      bob.clock.advance(DEFAULT_LEASE_TIME + 1);
      await bob.leases.acquire(RUN, BOB);
      await expect(lease.check()).rejects.toThrow(LeaseLostError);
      expect(lease.lost.aborted).toBe(true);
      expect(lease.lost.reason).toBeInstanceOf(LeaseLostError);
    });

    it("that were lost say so at the holder's next sign of life", async () => {
      const lease = await alice.leases.acquire(RUN, ALICE);
      bob.clock.advance(DEFAULT_LEASE_TIME + 1);
      await bob.leases.acquire(RUN, BOB);
      expect(lease.lost.aborted).toBe(false);
      const lost = new Promise((resolve) => lease.lost.addEventListener("abort", resolve));
      alice.clock.advance(DEFAULT_LEASE_TIME / 3);
      await lost;
      expect(lease.lost.reason).toBeInstanceOf(LeaseLostError);
    });

    it("that were lost keep the loser out even after it released and the winner is gone", async () => {
      const lost = await alice.leases.acquire(RUN, ALICE);
      bob.clock.advance(DEFAULT_LEASE_TIME + 1);
      const won = await bob.leases.acquire(RUN, BOB);
      await expect(alice.events.append(RUN, 0, [event("e1")])).rejects.toThrow(LeaseLostError);
      await lost.release();
      await won.release();
      await expect(alice.events.append(RUN, 0, [event("e1")])).rejects.toThrow(LeaseLostError);
      await alice.leases.acquire(RUN, ALICE);
      await alice.events.append(RUN, 0, [event("e1")]);
    });

    it("that were lost leave the winner's in place when released", async () => {
      const lost = await alice.leases.acquire(RUN, ALICE);
      bob.clock.advance(DEFAULT_LEASE_TIME + 1);
      const won = await bob.leases.acquire(RUN, BOB);
      await lost.release();
      await won.check();
      await bob.events.append(RUN, 0, [event("e1")]);
    });
  });
}
