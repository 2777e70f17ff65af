import { describe, expect, it } from "vitest";
import {
  beat,
  checkLease,
  emptyLeaseFolder,
  giveBack,
  inspectLease,
  takeLease,
} from "../../../shared/stores/filesystem/lease.ts";
import { temporaryFiles } from "../../../shared/stores/filesystem/temporary-files.ts";
import { failingAt } from "../support/failing.ts";
import { manualClock } from "../support/manual-clock.ts";
import { playedProcesses } from "../support/processes.ts";
import { RUN } from "../support/samples.ts";
import { simulatedDisk } from "../support/simulated-disk.ts";

const ROOT = "/run";
const TIME = 1_000;

/** A folder with a lease that nobody holds, seen by as many processes as one wants. */
async function setUp(first = "000000.free") {
  const disk = simulatedDisk();
  for (const folder of ["/tmp", ROOT, `${ROOT}/lease`, `${ROOT}/lease/${first}`]) await disk.makeFolder(folder);
  const machine = playedProcesses();
  const clock = manualClock();
  const pauses: number[] = [];
  const pausing = {
    ...clock,
    async delay(milliseconds: number) {
      pauses.push(milliseconds);
      return clock.delay(milliseconds);
    },
  };
  return {
    disk,
    clock,
    pauses,
    join: (process = machine.start(), fs = disk as Parameters<typeof failingAt>[0]) => ({
      fs,
      clock: pausing,
      processes: process,
      leaseTime: TIME,
      temporary: temporaryFiles("/tmp", process.self),
    }),
    machine,
  };
}
const RUNNING = { holder: "alice", purpose: "run" } as const;
const APPENDING = { holder: "bob", purpose: "append" } as const;

describe("a lease", () => {
  it("goes from one holder to the next, each of a later epoch", async () => {
    const { disk, join } = await setUp();
    const around = join();
    const first = await takeLease(around, RUN, ROOT, RUNNING);
    expect(first).toMatchObject({ epoch: 1, isClean: true, takenOver: undefined });
    await giveBack(disk, ROOT, first, "dirty");
    const second = await takeLease(around, RUN, ROOT, RUNNING);
    expect(second).toMatchObject({ epoch: 2, isClean: false, takenOver: undefined });
    await giveBack(disk, ROOT, second, "free");
    expect(await inspectLease(around, RUN, ROOT)).toBeUndefined();
    expect((await takeLease(around, RUN, ROOT, RUNNING)).isClean).toBe(true);
  });

  it("is refused while a run holds it, without any wait", async () => {
    const { join, pauses } = await setUp();
    await takeLease(join(), RUN, ROOT, RUNNING);
    await expect(takeLease(join(), RUN, ROOT, RUNNING)).rejects.toMatchObject({ name: "LeaseHeldError" });
    expect(pauses).toEqual([]);
  });

  it("is waited for while somebody only appends, longer each time up to a bound, and not for ever", async () => {
    const { clock, disk, join, pauses, machine } = await setUp();
    const holder = machine.start();
    const held = await takeLease(join(holder), RUN, ROOT, APPENDING);
    const alive = {
      ...disk,
      // A sign of life each time that somebody looks.
      async readFolder(path: string) {
        if (path.endsWith("/lease")) await disk.touch(held.folder, clock.now());
        return disk.readFolder(path);
      },
    };
    const asked = takeLease(join(machine.start(), alive), RUN, ROOT, RUNNING);
    await expect(asked).rejects.toMatchObject({ name: "LeaseHeldError" });
    expect(pauses.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 16, 16]);
    const waited = pauses.reduce((sum, pause) => sum + pause, 0);
    expect(waited).toBeGreaterThan(TIME);
    expect(waited).toBeLessThanOrEqual(TIME + 16);
  });

  it("is had once whoever appended gives it back", async () => {
    const { disk, join, pauses, machine } = await setUp();
    const held = await takeLease(join(machine.start()), RUN, ROOT, APPENDING);
    let looks = 0;
    const watching = {
      ...disk,
      async readFolder(path: string) {
        if (++looks === 3) await giveBack(disk, ROOT, held, "free");
        return disk.readFolder(path);
      },
    };
    expect(await takeLease(join(machine.start(), watching), RUN, ROOT, RUNNING)).toMatchObject({ epoch: 2 });
    expect(pauses).toEqual([1, 2]);
  });

  it.each([
    ["is gone", 0, /^process \d+ is gone$/],
    ["was silent for longer than a lease lasts", TIME + 1, /^process \d+ was silent for 1001 ms$/],
  ])("is taken over from a process that %s, which is said", async (_, silence, why) => {
    const { clock, join, machine } = await setUp();
    const holder = machine.start();
    await takeLease(join(holder), RUN, ROOT, RUNNING);
    if (silence === 0) holder.die();
    clock.advance(silence);
    const taken = await takeLease(join(), RUN, ROOT, RUNNING);
    expect(taken).toMatchObject({ epoch: 2, isClean: false });
    expect(taken.takenOver?.why).toMatch(why);
    expect(taken.takenOver?.from).toMatchObject({ epoch: 1, holder: "alice", purpose: "run" });
  });

  it("is not taken over from a process whose last sign of life is as old as a lease lasts", async () => {
    const { clock, disk, join } = await setUp();
    const around = join();
    const held = await takeLease(around, RUN, ROOT, RUNNING);
    clock.advance(TIME);
    await beat(disk, clock, RUN, held);
    clock.advance(TIME);
    await expect(takeLease(join(), RUN, ROOT, RUNNING)).rejects.toMatchObject({ name: "LeaseHeldError" });
    const facts = await inspectLease(around, RUN, ROOT);
    expect(Date.parse(facts!.lastSeen) - Date.parse(facts!.since)).toBe(TIME);
  });

  it("is lost once another has it, and a beat or a look says so", async () => {
    const { clock, disk, join, machine } = await setUp();
    const holder = machine.start();
    const held = await takeLease(join(holder), RUN, ROOT, RUNNING);
    await checkLease(disk, RUN, held);
    holder.die();
    await takeLease(join(), RUN, ROOT, RUNNING);
    const lost = { name: "LeaseLostError" };
    await expect(checkLease(disk, RUN, held)).rejects.toMatchObject(lost);
    await expect(beat(disk, clock, RUN, held)).rejects.toMatchObject(lost);
    // To give back what one no longer has changes nothing.
    await giveBack(disk, ROOT, held, "free");
    expect(await inspectLease(join(), RUN, ROOT)).toMatchObject({ epoch: 2 });
  });

  it("is not lost where a sign of life could not be given for another reason", async () => {
    const { clock, disk, join } = await setUp();
    const held = await takeLease(join(), RUN, ROOT, RUNNING);
    await expect(
      beat(
        failingAt(disk, "touch", () => "EIO"),
        clock,
        RUN,
        held,
      ),
    ).rejects.toMatchObject({ code: "EIO" });
  });

  it("begins with nothing of the holder before in its folder", async () => {
    const { disk, join, machine } = await setUp();
    const holder = machine.start();
    const held = await takeLease(join(holder), RUN, ROOT, RUNNING);
    await disk.append(`${held.folder}/1.events.jsonl`, Buffer.from("half"));
    await disk.makeFolder(`${held.folder}/more`);
    await disk.append(`${held.folder}/more/file`, Buffer.from("x"));
    holder.die();
    const next = await takeLease(join(), RUN, ROOT, RUNNING);
    await emptyLeaseFolder(disk, next);
    expect(await disk.readFolder(next.folder)).toEqual([]);
  });

  it("is the newest of those that a listing shows while names change, and no other name", async () => {
    const { disk, join } = await setUp("000009.free");
    for (const name of ["000008.dirty", "000010.dirty", "README", "1.free"])
      await disk.makeFolder(`${ROOT}/lease/${name}`);
    expect(await takeLease(join(), RUN, ROOT, RUNNING)).toMatchObject({ epoch: 11, isClean: false });
  });

  it("that is not there is damage to whoever only looks, and is made in doubt by whoever goes on", async () => {
    for (const remove of [[`${ROOT}/lease/000000.free`], [`${ROOT}/lease/000000.free`, `${ROOT}/lease`]]) {
      const { disk, join } = await setUp();
      for (const folder of remove) await disk.removeFolder(folder);
      await expect(inspectLease(join(), RUN, ROOT)).rejects.toMatchObject({
        name: "CorruptionError",
        message: expect.stringContaining("expected one folder that says who holds it, found none"),
      });
      expect(await takeLease(join(), RUN, ROOT, RUNNING)).toMatchObject({ epoch: 1, isClean: false });
      expect(await disk.readFolder("/tmp")).toEqual([]);
    }
  });

  it("of a run or a folder that is not there is not found", async () => {
    const { disk, join } = await setUp();
    for (const folder of [`${ROOT}/lease/000000.free`, `${ROOT}/lease`, ROOT]) await disk.removeFolder(folder);
    await expect(takeLease(join(), RUN, ROOT, RUNNING)).rejects.toMatchObject({
      name: "NotFoundError",
      message: expect.stringContaining(`run ${RUN}`),
    });
    await expect(takeLease(join(), { folder: "/a/folder" }, ROOT, RUNNING)).rejects.toMatchObject({
      message: expect.stringMatching(/^\/a\/folder not found/),
    });
  });

  it("is not made where its folder cannot be read", async () => {
    const { disk, join, machine } = await setUp();
    const failing = failingAt(disk, "readFolder", () => "EIO");
    await expect(takeLease(join(machine.start(), failing), RUN, ROOT, RUNNING)).rejects.toMatchObject({ code: "EIO" });
  });
});
