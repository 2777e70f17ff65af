import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { PrincipalId } from "../../shared/contracts/ids.ts";
import { collect } from "../../shared/stores/collect.ts";
import { LeaseHeldError, LeaseLostError } from "../../shared/stores/errors.ts";
import type { FileSystem } from "../../shared/stores/filesystem/file-system.ts";
import { openFileSystemStores } from "../../shared/stores/filesystem/open.ts";
import { DEFAULT_LEASE_TIME } from "../../shared/stores/lease-policy.ts";
import type { Stores } from "../../shared/stores/ports.ts";
import { oneIn } from "../support/scale.ts";
import { manualClock } from "./support/manual-clock.ts";
import { pausedFileSystem } from "./support/paused-file-system.ts";
import { playedProcesses } from "./support/processes.ts";
import { ALICE, BOB, event, RUN } from "./support/samples.ts";
import { schedule } from "./support/scheduled-file-system.ts";
import { type SimulatedDisk, simulatedDisk } from "./support/simulated-disk.ts";

// Every case is quick, but there are thousands.
vi.setConfig({ testTimeout: 180_000 });

/** How far the places lie apart at which the two are stopped. */
const STEP = oneIn(4);

const NEVER = Number.POSITIVE_INFINITY;

interface Writer {
  /** Opens the run, appends, and gives it back; resolves with what was acknowledged. */
  work(): Promise<{ readonly events: readonly string[]; readonly history: readonly string[]; readonly error: unknown }>;
}

function writer(stores: Stores, who: PrincipalId, name: string): Writer {
  return {
    async work() {
      const events: string[] = [];
      const history: string[] = [];
      const append = async (...names: string[]) => {
        const { seq } = await stores.events.head(RUN);
        await stores.events.append(
          RUN,
          seq,
          names.map((one) => event(one)),
        );
        events.push(...names);
      };
      try {
        const lease = await stores.leases.acquire(RUN, who);
        await append(`${name}_1`, `${name}_2`);
        await stores.history.append(RUN, [`${name}_h`]);
        history.push(`${name}_h`);
        await stores.runs.writeStatus(RUN, { by: name });
        await append(`${name}_3`);
        await lease.release();
        return { events, history, error: undefined };
      } catch (error) {
        return { events, history, error };
      }
    },
  };
}

/** A disk with one run on it that has been worked on before. */
async function preparedDisk(): Promise<{ disk: SimulatedDisk; open(fs: FileSystem, late: number): Promise<Stores> }> {
  const disk = simulatedDisk();
  const machine = playedProcesses();
  const open = async (fileSystem: FileSystem, late: number) => {
    const clock = manualClock();
    clock.advance(late);
    return openFileSystemStores("/store", { fileSystem, clock, processes: machine.start() });
  };
  const first = await open(disk, 0);
  await first.runs.create(RUN, {});
  await first.events.append(RUN, 0, [event("before")]);
  return { disk, open };
}

/**
 * One process stands still before its `stop`th file operation, until another, which takes it for dead, has taken over and
 * is itself before its `meeting`th operation (or through). Then the first goes on to its end, and after it the second.
 */
async function interleave(stop: number, meeting: number) {
  const { disk, open } = await preparedDisk();
  const stalling = pausedFileSystem(disk, stop);
  const alicesStores = await open(stalling.fileSystem, 0);
  stalling.arm();
  const alice = writer(alicesStores, ALICE, "alice").work();
  const aliceWasThrough = await Promise.race([stalling.standsStill.then(() => false), alice.then(() => true)]);

  const waiting = pausedFileSystem(disk, meeting);
  const bobsStores = await open(waiting.fileSystem, DEFAULT_LEASE_TIME + 1);
  waiting.arm();
  const bob = writer(bobsStores, BOB, "bob").work();
  const bobWasThrough = await Promise.race([waiting.standsStill.then(() => false), bob.then(() => true)]);

  stalling.goOn();
  const fromAlice = await alice;
  waiting.goOn();
  const fromBob = await bob;
  const reader = await open(disk, 0);
  return { reader, fromAlice, fromBob, aliceWasThrough, bobWasThrough };
}

describe("a writer that stalls anywhere, while another takes the run over", () => {
  it("loses nothing the other was promised, and is promised nothing that is lost", async () => {
    let met = 0;
    for (let stop = 1; ; stop += STEP) {
      let wasThrough = false;
      for (let meeting = 1; ; meeting += STEP) {
        const { reader, fromAlice, fromBob, aliceWasThrough, bobWasThrough } = await interleave(stop, meeting);
        const label = `alice stands before ${stop}, bob before ${meeting}`;
        met += 1;
        wasThrough = aliceWasThrough;

        const found = (await collect(reader.events.read(RUN))).map(({ name }) => name);
        const history = await collect(reader.history.read(RUN));
        await reader.events.verifyChain(RUN);
        await reader.history.verify(RUN);
        expect({ label, bob: fromBob.error }).toEqual({ label, bob: undefined });
        const isExpected = [undefined, LeaseHeldError, LeaseLostError].includes(fromAlice.error?.constructor as never);
        expect({ label, error: isExpected ? "as it should" : fromAlice.error }).toEqual({
          label,
          error: "as it should",
        });
        for (const { events, history: entries } of [fromAlice, fromBob]) {
          expect({ label, missing: events.filter((name) => !found.includes(name)) }).toEqual({ label, missing: [] });
          expect({ label, missing: entries.filter((one) => !history.includes(one)) }).toEqual({ label, missing: [] });
        }
        expect({ label, twice: found.length - new Set(found).size }).toEqual({ label, twice: 0 });
        if (fromAlice.error !== undefined) {
          expect({ label, status: await reader.runs.readStatus(RUN) }).toEqual({ label, status: { by: "bob" } });
        }
        if (bobWasThrough) break;
      }
      if (wasThrough) break;
    }
    expect(met).toBeGreaterThan(500 / STEP ** 2);
  });

  it("is told so at its next append, when it stood still in the middle of one", async () => {
    const { reader, fromAlice, fromBob } = await interleave(14, NEVER);
    expect(fromAlice.error).toBeInstanceOf(LeaseLostError);
    expect(fromBob.error).toBeUndefined();
    expect((await reader.events.head(RUN)).seq).toBeGreaterThanOrEqual(4);
  });
});

/** Who goes next, and for how many file operations: mostly few, sometimes many. */
const turns = fc.infiniteStream(
  fc.record({ who: fc.nat(), turns: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 40 })) }),
);

describe("three writers, each of which takes those before it for dead", () => {
  it("lose nothing they were promised, in whatever order their file operations come", async () => {
    await fc.assert(
      fc.asyncProperty(turns, async (order) => {
        const { disk, open } = await preparedDisk();
        const plan = schedule();
        const names = ["alice", "bob", "carol"];
        const working = [];
        for (const [late, name] of names.entries()) {
          const { fileSystem, start } = plan.join(disk);
          const stores = await open(fileSystem, late * (DEFAULT_LEASE_TIME + 1));
          working.push(start(writer(stores, PrincipalId.parse(name), name).work));
        }
        await plan.run((n) => {
          const { who, turns } = order.next().value as { who: number; turns: number };
          return { who: who % n, turns };
        });
        const outcomes = await Promise.all(working);

        const reader = await open(disk, 0);
        await reader.events.verifyChain(RUN);
        await reader.history.verify(RUN);
        const found = (await collect(reader.events.read(RUN))).map(({ name }) => name);
        const history = await collect(reader.history.read(RUN));
        expect(new Set(found).size).toBe(found.length);
        for (const { events, history: entries, error } of outcomes) {
          expect([undefined, LeaseHeldError, LeaseLostError]).toContain(error?.constructor);
          expect(events.filter((name) => !found.includes(name))).toEqual([]);
          expect(entries.filter((one) => !history.includes(one))).toEqual([]);
        }
        expect(outcomes.at(-1)?.error).toBeUndefined();
      }),
      { numRuns: 300 / oneIn(10) },
    );
  });
});
