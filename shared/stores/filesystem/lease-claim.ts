import { join } from "node:path";
import type { RunId } from "../../contracts/ids.ts";
import type { Clock } from "../clock.ts";
import { CorruptionError, LeaseHeldError, LeaseLostError, NotFoundError } from "../errors.ts";
import { type HolderFacts, holderOf, judgeHolder, type LeasePurpose } from "../lease-policy.ts";
import type { LeaseHolder, StoreNotice } from "../ports.ts";
import { type Baton, batonName, parseBaton } from "./baton.ts";
import { type FileSystem, isMissing } from "./file-system.ts";
import { type ProcessTable, placeOf } from "./processes.ts";
import { removeTree } from "./temporary-files.ts";

/**
 * At most one writer per run, over all processes, and none that was taken over writes again:
 *
 * 1. A lease changes hands by renaming the baton folder (`baton.ts`). Every name occurs once, for the epoch grows with each
 *    holder, so a claim made on an old view of things fails with ENOENT.
 * 2. Whoever did not get the baton back clean copies the logs to new files and renames those over the old. The copies are
 *    prepared inside the baton folder: once it has moved on, the paths of the holder before lead nowhere. A rename of his
 *    that was already past its path lookup either comes before the new holder empties the folder (and so before he reads
 *    the logs), or finds its source gone.
 * 3. A writer keeps the log open and acknowledges a line only when, after write and fsync, the baton still has his name.
 *    Then the write came before the rename of step 1, hence before the copy of step 2, which has the line. A line written
 *    later goes to a file that no longer has a name, and the look at the baton says so: LeaseLostError.
 * 4. A log that is not copied is opened before the baton is looked at again: it is the file of this epoch or an older one,
 *    never that of a later holder.
 *
 * Epochs need not survive a power cut, so none of this is synced: after one, every holder is dead.
 */
export interface Claim {
  readonly epoch: number;
  /** The baton's present path; files in it are the holder's to stage. */
  readonly folder: string;
  /** Whether the logs must be copied before they are written to. */
  readonly isClean: boolean;
  readonly notices: readonly StoreNotice[];
}

export interface LeaseSurroundings {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly processes: ProcessTable;
  /** Milliseconds. */
  readonly leaseTime: number;
}

/** Listing a folder while names in it change may show two or none of them. */
const LOOKS = 100;
const LONGEST_PAUSE = 16;

/** @throws LeaseHeldError, NotFoundError */
export async function claimLease(
  around: LeaseSurroundings,
  runId: RunId,
  runFolder: string,
  wanted: { readonly holder: string; readonly purpose: LeasePurpose },
): Promise<Claim> {
  const { fs, clock, processes, leaseTime } = around;
  const started = clock.now();
  let pause = 1;
  for (;;) {
    const current = await currentBaton(around, runId, runFolder);
    const facts = await factsOf(around, runFolder, current);
    const now = clock.now();
    const verdict = facts === undefined ? undefined : judgeHolder(facts, now, leaseTime);
    if (facts !== undefined && verdict?.kind !== "take_over") {
      const isWorthWaiting = verdict?.kind === "wait" && now - started <= leaseTime;
      if (!isWorthWaiting) throw new LeaseHeldError(runId, holderOf(facts));
      await clock.delay(pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
      continue;
    }
    const epoch = current.epoch + 1;
    const folder = batonPath(runFolder, {
      state: "held",
      epoch,
      since: Math.floor(now),
      owner: processes.self,
      ...wanted,
    });
    if (!(await renamed(fs, batonPath(runFolder, current), folder))) continue;
    return { epoch, folder, isClean: current.state === "free", notices: takeOverNotices(runId, facts, verdict) };
  }
}

/** Removes what the holder before left in the baton folder; must come before the logs are read. */
export async function emptyBaton(fs: FileSystem, claim: Claim): Promise<void> {
  for (const name of await fs.readFolder(claim.folder)) await removeTree(fs, join(claim.folder, name));
}

/** @throws LeaseLostError when the baton has moved on */
export async function checkClaim(fs: FileSystem, runId: RunId, claim: Claim): Promise<void> {
  if ((await fs.stat(claim.folder)) === undefined) throw new LeaseLostError(runId, claim.epoch);
}

/** A sign of life. @throws LeaseLostError when the baton has moved on */
export async function beat(fs: FileSystem, clock: Clock, runId: RunId, claim: Claim): Promise<void> {
  try {
    await fs.touch(claim.folder, clock.now());
  } catch (error) {
    if (isMissing(error)) throw new LeaseLostError(runId, claim.epoch);
    throw error;
  }
}

/** Gives the baton back; nothing happens when it has moved on already. */
export async function giveBack(
  fs: FileSystem,
  runFolder: string,
  claim: Claim,
  state: "free" | "dirty",
): Promise<void> {
  await renamed(fs, claim.folder, batonPath(runFolder, { state, epoch: claim.epoch }));
}

/** @throws NotFoundError */
export async function inspectLease(
  around: LeaseSurroundings,
  runId: RunId,
  runFolder: string,
): Promise<LeaseHolder | undefined> {
  const facts = await factsOf(around, runFolder, await currentBaton(around, runId, runFolder));
  return facts === undefined ? undefined : holderOf(facts);
}

async function currentBaton({ fs }: LeaseSurroundings, runId: RunId, runFolder: string): Promise<Baton> {
  for (let look = 0; look < LOOKS; look += 1) {
    const batons = (await leaseNames(fs, runId, runFolder)).map(parseBaton).filter((baton) => baton !== undefined);
    const [newest] = batons.sort((a, b) => b.epoch - a.epoch);
    if (newest !== undefined) return newest;
  }
  throw new CorruptionError("the lease", {
    where: leaseFolder(runFolder),
    expected: "one folder that says who holds the run",
    found: "none",
    remedy: `when no process works on the run, make the folder ${batonName({ state: "dirty", epoch: 0 })} there`,
  });
}

async function leaseNames(fs: FileSystem, runId: RunId, runFolder: string): Promise<string[]> {
  try {
    return await fs.readFolder(leaseFolder(runFolder));
  } catch (error) {
    if (isMissing(error) && (await fs.stat(runFolder)) === undefined)
      throw new NotFoundError(`run ${runId}`, runFolder);
    throw error;
  }
}

async function factsOf(around: LeaseSurroundings, runFolder: string, baton: Baton): Promise<HolderFacts | undefined> {
  if (baton.state !== "held") return undefined;
  const { epoch, holder, purpose, since, owner } = baton;
  const stat = await around.fs.stat(batonPath(runFolder, baton));
  const lastSeen = Math.max(since, stat?.modified ?? 0);
  return { epoch, holder, purpose, since, place: placeOf(owner), lastSeen, isAlive: around.processes.isAlive(owner) };
}

function takeOverNotices(
  runId: RunId,
  facts: HolderFacts | undefined,
  verdict: ReturnType<typeof judgeHolder> | undefined,
): StoreNotice[] {
  if (facts === undefined || verdict?.kind !== "take_over") return [];
  return [{ kind: "lease_taken_over", runId, from: holderOf(facts), why: verdict.why }];
}

async function renamed(fs: FileSystem, from: string, to: string): Promise<boolean> {
  try {
    await fs.rename(from, to);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

export function leaseFolder(runFolder: string): string {
  return join(runFolder, "lease");
}

function batonPath(runFolder: string, baton: Baton): string {
  return join(leaseFolder(runFolder), batonName(baton));
}
