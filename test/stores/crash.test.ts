import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { oneIn } from "../support/scale.ts";
import { openPlayed, problemsAfter, type Witness, witness, workload } from "./support/crash-scenario.ts";
import { FAULTS, type Fault, faultyFileSystem } from "./support/faulty-file-system.ts";
import { playedProcesses } from "./support/processes.ts";
import { type SimulatedDisk, simulatedDisk } from "./support/simulated-disk.ts";

// Every case is quick, but there are thousands.
vi.setConfig({ testTimeout: 180_000 });

/** How far the points that are tried lie apart. */
const STEP = oneIn(23);

const NEVER = Number.POSITIVE_INFINITY;

interface Ended {
  readonly disk: SimulatedDisk;
  readonly seen: Witness;
  readonly hasStruck: boolean;
  readonly operations: number;
  reopen(): ReturnType<typeof openPlayed>;
}

/** Lets a process work until its `at`th file operation fails, and then dies. */
async function runUntil(fault: Fault, at: number): Promise<Ended> {
  const disk = simulatedDisk();
  const machine = playedProcesses();
  const first = machine.start();
  const faulty = faultyFileSystem(disk, fault, at);
  const seen = witness();
  await workload(faulty, first, seen);
  first.die();
  if (!faulty.isKilled()) expect(faulty.openFiles(), `open after ${fault} at ${at}`).toEqual([]);
  return {
    disk,
    seen,
    hasStruck: faulty.hasStruck(),
    operations: faulty.operations(),
    reopen: () => openPlayed(disk, machine.start()),
  };
}

/** Files that only make sense while someone works, and things that were set aside without a reason. */
function leftovers(disk: SimulatedDisk): string[] {
  const paths = disk.paths();
  const unexplained = paths.filter((path) => {
    const [, item] = /^(.*\/quarantine\/[^/]+?)\/?$/.exec(path) ?? [];
    return item !== undefined && !item.endsWith(".json") && !paths.includes(`${item}.json`);
  });
  return [...paths.filter((path) => /\/(tmp|removing|lease\/[^/]+)\/./.test(path)), ...unexplained];
}

async function checkReopened({ disk, seen, reopen }: Ended, label: string, wasPowerCut = false): Promise<void> {
  const stores = await reopen();
  expect({ label, problems: await problemsAfter(stores, seen, wasPowerCut) }).toEqual({ label, problems: [] });
  expect({ label, leftovers: leftovers(disk) }).toEqual({ label, leftovers: [] });
  await stores.close();
}

describe("a process that is left alone", () => {
  it("keeps every promise and leaves nothing behind", async () => {
    const ended = await runUntil("kill", NEVER);
    expect(ended.seen.batches.every(({ isPromised }) => isPromised)).toBe(true);
    expect(ended.seen.history.every(({ isPromised }) => isPromised)).toBe(true);
    expect(ended.seen.lastStatus).toBe(2);
    expect([...ended.seen.publications.values()].map((states) => [...states.values()])).toEqual([
      ["withdrawn", "published"],
      ["withdrawn", "withdrawn"],
    ]);
    expect(ended.seen.removed.size).toBe(2);
    expect(leftovers(ended.disk)).toEqual([]);
    await checkReopened(ended, "no fault");
  });
});

describe.each(FAULTS)("a process whose Nth file operation meets the fault %j, for every N", (fault) => {
  it("has lost nothing it promised when the stores are opened again", async () => {
    let tried = 0;
    for (let at = 1; ; at += STEP) {
      const ended = await runUntil(fault, at);
      if (at > ended.operations) break;
      if (!ended.hasStruck) continue;
      tried += 1;
      await checkReopened(ended, `${fault} at ${at}`);
    }
    expect(tried).toBeGreaterThan(60 / STEP);
  });
});

describe("a power cut at the Nth file operation, for every N", () => {
  it.each(["kill", "torn"] as const)(
    "loses nothing promised although all that was not synced is gone (%s)",
    async (fault) => {
      for (let at = 1; ; at += STEP) {
        const ended = await runUntil(fault, at);
        ended.disk.cutPower();
        await checkReopened(ended, `power cut, ${fault} at ${at}`, true);
        if (!ended.hasStruck) break;
      }
    },
  );

  it("loses nothing promised, whatever part of the rest the disk had written", async () => {
    const { operations } = await runUntil("kill", NEVER);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: operations }),
        fc.infiniteStream(fc.nat(1000)),
        async (at, choices) => {
          const ended = await runUntil("torn", at);
          ended.disk.cutPower((n) => (choices.next().value as number) % (n + 1));
          await checkReopened(ended, `power cut at ${at}`, true);
        },
      ),
      { numRuns: 300 / oneIn(20) },
    );
  });
});

describe("a crash while the stores recover from a crash", () => {
  it.each(["killed", "without power"])("loses nothing promised, for every N of the recovery (%s)", async (end) => {
    for (let at = 1; ; at += STEP) {
      const disk = simulatedDisk();
      const machine = playedProcesses();
      const first = machine.start();
      const seen = witness();
      // Dies in the middle of things: the lease held, a batch half written.
      await workload(faultyFileSystem(disk, "torn", MIDDLE), first, seen);
      first.die();
      const second = machine.start();
      const faulty = faultyFileSystem(disk, "torn", at);
      await workload(faulty, second, seen);
      second.die();
      if (end === "without power") disk.cutPower();
      const ended = { disk, seen, hasStruck: true, operations: 0, reopen: () => openPlayed(disk, machine.start()) };
      await checkReopened(ended, `second crash at ${at}`, end === "without power");
      if (!faulty.hasStruck()) break;
    }
  });
});

/** An operation well inside the first lease of the workload. */
const MIDDLE = 130;
