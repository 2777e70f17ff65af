import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { CorruptionError, LeaseHeldError, LeaseLostError, type LeaseSubject, NotFoundError } from "../errors.ts";
import { type HolderFacts, holderOf, judgeHolder, type LeasePurpose } from "../lease-policy.ts";
import type { LeaseHolder } from "../ports.ts";
import { describeProcess, type ProcessTable } from "../processes.ts";
import { errnoOf, type FileSystem, isMissing, renameIfThere } from "./file-system.ts";
import { type LeaseState, leaseName, parseLeaseName } from "./lease-name.ts";
import { removeTree, type TemporaryFiles } from "./temporary-files.ts";

/**
 * At most one writer per run, over all processes, and none that was taken over writes again:
 *
 * 1. A lease changes hands by renaming its folder (`lease-name.ts`). Every name occurs once, for the epoch grows with each
 *    holder, so a lease taken on an old view of things fails with ENOENT.
 * 2. Whoever did not get the lease back clean copies the logs to new files and renames those over the old. The copies are
 *    prepared inside the lease's folder: once it has moved on, the paths of the holder before lead nowhere. A rename of his
 *    that was already past its path lookup either comes before the new holder empties the folder (and so before he reads
 *    the logs), or finds its source gone.
 * 3. A writer keeps the log open and acknowledges a line only when, after write and fsync, the lease still has his name.
 *    Then the write came before the rename of step 1, hence before the copy of step 2, which has the line. A line written
 *    later goes to a file that no longer has a name, and the look at the lease says so: LeaseLostError.
 * 4. A log that is not copied is opened before the lease is looked at again: it is the file of this epoch or an older one,
 *    never that of a later holder.
 *
 * Epochs need not survive a power cut, so none of this is synced: after one, every holder is dead.
 */
export interface HeldLease {
  readonly epoch: number;
  /** The lease's present path; files in it are the holder's to stage. */
  readonly folder: string;
  /** Whether the logs must be copied before they are written to. */
  readonly isClean: boolean;
  /** Whom it was taken over from, if it was not given back. */
  readonly takenOver: Takeover | undefined;
}

export interface Takeover {
  readonly from: LeaseHolder;
  readonly why: string;
}

export interface LeaseSurroundings {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly processes: ProcessTable;
  /** Milliseconds. */
  readonly leaseTime: number;
  /** On the same file system. */
  readonly temporary: TemporaryFiles;
}

/** Listing a folder while names in it change may show two or none of them. */
const LOOKS = 100;
const LONGEST_PAUSE = 16;

/** @throws LeaseHeldError, NotFoundError */
export async function takeLease(
  around: LeaseSurroundings,
  subject: LeaseSubject,
  root: string,
  wanted: { readonly holder: string; readonly purpose: LeasePurpose },
): Promise<HeldLease> {
  const { fs, clock, processes, leaseTime } = around;
  const started = clock.now();
  let pause = 1;
  let isMade = false;
  for (;;) {
    const found = await newestLease(around, subject, root);
    if (found === undefined && !isMade) {
      await makeLease(around, root);
      isMade = true;
      continue;
    }
    const current = found ?? missingLease(root);
    const facts = await factsOf(around, root, current);
    const now = clock.now();
    const verdict = facts === undefined ? undefined : judgeHolder(facts, now, leaseTime);
    if (facts !== undefined && verdict?.kind !== "take_over") {
      const isWorthWaiting = verdict?.kind === "wait" && now - started <= leaseTime;
      if (!isWorthWaiting) throw new LeaseHeldError(subject, holderOf(facts));
      await clock.delay(pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
      continue;
    }
    const epoch = current.epoch + 1;
    const folder = leasePath(root, {
      state: "held",
      epoch,
      since: Math.floor(now),
      owner: processes.self,
      ...wanted,
    });
    if (!(await renameIfThere(fs, leasePath(root, current), folder))) continue;
    return { epoch, folder, isClean: current.state === "free", takenOver: takeoverFrom(facts, verdict) };
  }
}

/** Removes what the holder before left in the lease's folder; must come before the logs are read. */
export async function emptyLeaseFolder(fs: FileSystem, lease: HeldLease): Promise<void> {
  for (const name of await fs.readFolder(lease.folder)) await removeTree(fs, join(lease.folder, name));
}

/** @throws LeaseLostError when the lease has moved on */
export async function checkLease(fs: FileSystem, subject: LeaseSubject, lease: HeldLease): Promise<void> {
  if ((await fs.stat(lease.folder)) === undefined) throw new LeaseLostError(subject, lease.epoch);
}

/** A sign of life. @throws LeaseLostError when the lease has moved on */
export async function beat(fs: FileSystem, clock: Clock, subject: LeaseSubject, lease: HeldLease): Promise<void> {
  try {
    await fs.touch(lease.folder, clock.now());
  } catch (error) {
    if (isMissing(error)) throw new LeaseLostError(subject, lease.epoch);
    throw error;
  }
}

/** Gives the lease back; nothing happens when it has moved on already. */
export async function giveBack(fs: FileSystem, root: string, lease: HeldLease, state: "free" | "dirty"): Promise<void> {
  await renameIfThere(fs, lease.folder, leasePath(root, { state, epoch: lease.epoch }));
}

/** @throws NotFoundError */
export async function inspectLease(
  around: LeaseSurroundings,
  subject: LeaseSubject,
  root: string,
): Promise<LeaseHolder | undefined> {
  const facts = await factsOf(around, root, (await newestLease(around, subject, root)) ?? missingLease(root));
  return facts === undefined ? undefined : holderOf(facts);
}

/**
 * A lease in the place of one that was removed. Whoever held that finds it gone and writes nothing more; what he wrote last may
 * not be whole. It appears by one rename with what is in it, which fails where there is a lease after all, or another process
 * was first.
 */
async function makeLease({ fs, temporary }: LeaseSurroundings, root: string): Promise<void> {
  const staged = temporary.next();
  await fs.makeFolder(staged);
  await fs.makeFolder(join(staged, leaseName({ state: "dirty", epoch: 0 })));
  try {
    await fs.rename(staged, leasesFolder(root));
  } catch (error) {
    await removeTree(fs, staged);
    if (!["ENOTEMPTY", "EEXIST", "EPERM"].includes(errnoOf(error) ?? "")) throw error;
  }
}

/** Undefined where there is none, as when somebody has removed it. */
async function newestLease(
  { fs }: LeaseSurroundings,
  subject: LeaseSubject,
  root: string,
): Promise<LeaseState | undefined> {
  for (let look = 0; look < LOOKS; look += 1) {
    const leases = (await leaseNames(fs, subject, root)).map(parseLeaseName).filter((lease) => lease !== undefined);
    const [newest] = leases.sort((a, b) => b.epoch - a.epoch);
    if (newest !== undefined) return newest;
  }
  return undefined;
}

function missingLease(root: string): never {
  throw new CorruptionError("the lease", {
    where: leasesFolder(root),
    expected: "one folder that says who holds it",
    found: "none",
    remedy: "whoever goes on with it makes one",
  });
}

async function leaseNames(fs: FileSystem, subject: LeaseSubject, root: string): Promise<string[]> {
  try {
    return await fs.readFolder(leasesFolder(root));
  } catch (error) {
    if (!isMissing(error)) throw error;
    if ((await fs.stat(root)) !== undefined) return [];
    throw new NotFoundError(typeof subject === "string" ? `run ${subject}` : subject.folder, root);
  }
}

async function factsOf(around: LeaseSurroundings, root: string, lease: LeaseState): Promise<HolderFacts | undefined> {
  if (lease.state !== "held") return undefined;
  const { epoch, holder, purpose, since, owner } = lease;
  const stat = await around.fs.stat(leasePath(root, lease));
  const lastSeen = Math.max(since, stat?.modified ?? 0);
  return {
    epoch,
    holder,
    purpose,
    since,
    place: describeProcess(owner),
    lastSeen,
    isAlive: around.processes.isAlive(owner),
  };
}

function takeoverFrom(
  facts: HolderFacts | undefined,
  verdict: ReturnType<typeof judgeHolder> | undefined,
): Takeover | undefined {
  if (facts === undefined || verdict?.kind !== "take_over") return undefined;
  return { from: holderOf(facts), why: verdict.why };
}

export function leasesFolder(root: string): string {
  return join(root, "lease");
}

function leasePath(root: string, lease: LeaseState): string {
  return join(leasesFolder(root), leaseName(lease));
}
