import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Attempted, type Bench, startTrial, type Trial } from "./bench.ts";
import { FAULTS, type Fault, type FaultKind, isDeadly, MEETS, type Operations } from "./faults.ts";
import type { Inspection } from "./inspect.ts";
import { type JournalEntry, readJournal } from "./journal.ts";
import { restoreAfterCut } from "./power-cut.ts";
import { problemsOf } from "./problems.ts";
import { seededRandom } from "./random.ts";

/**
 * How a run is disturbed: by a fault of a file operation, or by a power cut, which takes with it what was not synced. Where
 * the next thing would have been a sync, all of it; elsewhere what was on its way to the disk is there up to some byte.
 */
export const DISTURBANCES = [...FAULTS, "power_cut"] as const;
export type Disturbance = (typeof DISTURBANCES)[number];

/** One place at which a run is disturbed: the `at`th operation of those that count for it, from 1. */
export interface Point {
  readonly workers: number;
  readonly kind: Disturbance;
  readonly at: number;
}

/** A run that nothing disturbed: what every other must come to. */
export interface Undisturbed {
  readonly operations: Operations;
  readonly journal: readonly JournalEntry[];
  /** The folder the journal's paths are in. */
  readonly root: string;
  readonly inspection: Inspection;
}

export interface PointResult {
  readonly point: Point;
  /** The operation that was disturbed; left out when the run was over before. */
  readonly struck?: string;
  /** How the resumed run was disturbed. */
  readonly second?: string;
  readonly problems: readonly string[];
}

/** @throws when a run fails although nothing disturbs it */
export async function runUndisturbed(bench: Bench, workers: number): Promise<Undisturbed> {
  const trial = startTrial(bench, `undisturbed-${workers}`, workers);
  const { end } = await trial.attempt({ journal: trial.journal });
  if (end.kind !== "reported" || end.report.outcome !== "ended") {
    throw new Error(`the run does not end, although nothing disturbs it: ${JSON.stringify(end)}`);
  }
  const inspection = await trial.inspect();
  const problems = problemsOf(inspection, inspection);
  if (problems.length > 0) throw new Error(`a run that nothing disturbs is not as it must be: ${problems.join("; ")}`);
  const journal = readJournal(trial.journal);
  trial.end();
  return { operations: end.report.operations, journal, root: trial.folder, inspection };
}

/** Operations of an undisturbed run at which it can be disturbed so. */
export function countPoints({ operations, journal }: Undisturbed, kind: Disturbance): number {
  return kind === "power_cut" ? journal.length : operations[MEETS[kind]];
}

/**
 * Disturbs a run at a point, and its resumption at another; lets it then end in peace, and looks at what it has become.
 * @param seed chooses how the resumption is disturbed
 */
export async function tryPoint(
  bench: Bench,
  undisturbed: Undisturbed,
  point: Point,
  { seed, keep }: { readonly seed: number; readonly keep: boolean },
): Promise<PointResult> {
  const random = seededRandom(`${seed} ${point.workers} ${point.kind} ${point.at}`);
  const trial = startTrial(bench, `${point.workers}-${point.kind}-${point.at}`, point.workers);
  const first = await disturb(trial, undisturbed, point, random);
  if (first.struck === undefined) {
    trial.end();
    return { point, problems: first.problems };
  }
  const problems = [...first.problems];
  const fault = secondFault(undisturbed, point, random);
  const resumed = fault === undefined ? undefined : await trial.attempt({ fault });
  if (resumed !== undefined) problems.push(...strangeEnd(resumed, fault).map((problem) => `resumed: ${problem}`));
  const last = await trial.attempt();
  problems.push(...strangeEnd(last, undefined).map((problem) => `resumed in peace: ${problem}`));
  try {
    problems.push(...problemsOf(undisturbed.inspection, await trial.inspect()));
  } catch (error) {
    problems.push((error as Error).message);
  }
  if (problems.length === 0 || !keep) trial.end();
  return {
    point,
    struck: first.struck,
    ...(resumed?.struck === undefined ? {} : { second: `${fault?.kind} at ${fault?.at}, ${resumed.struck}` }),
    problems,
  };
}

type Disturbed = Pick<PointResult, "struck" | "problems">;

async function disturb(
  trial: Trial,
  undisturbed: Undisturbed,
  { kind, at }: Point,
  random: () => number,
): Promise<Disturbed> {
  if (kind === "power_cut") return cutPower(trial, undisturbed, at, random);
  const fault = { kind, at };
  const attempted = await trial.attempt({ fault });
  const { struck } = attempted;
  const problems = [...strangeEnd(attempted, fault), ...leftBehind(trial, attempted)];
  return struck === undefined ? { problems } : { struck, problems };
}

function cutPower({ folder }: Trial, { journal, root }: Undisturbed, at: number, random: () => number): Disturbed {
  const next = journal[at - 1];
  if (next === undefined) return { problems: [] };
  const { does, path } = next.change;
  const isWorst = does === "sync" || does === "sync_folder";
  restoreAfterCut(journal.slice(0, at - 1), root, folder, isWorst ? () => 0 : (n) => Math.floor(random() * (n + 1)));
  return { struck: `${does} ${path.slice(root.length + 1)} (${next.thread})`, problems: [] };
}

/** So many of the resumed runs are disturbed too. */
const DISTURBED_AGAIN = 1 / 3;

/** Somewhere in what the first disturbance left to do. */
function secondFault(undisturbed: Undisturbed, point: Point, random: () => number): Fault | undefined {
  if (random() >= DISTURBED_AGAIN) return undefined;
  const kind: FaultKind = FAULTS[Math.floor(random() * FAULTS.length)]!;
  const left = Math.max(0.1, 1 - point.at / countPoints(undisturbed, point.kind));
  return { kind, at: 1 + Math.floor(random() * left * countPoints(undisturbed, kind)) };
}

/** Errors that say what the operating system said; anything else that an attempt fails with is a fault of our own. */
const STATED = new Set(["IoError", "NoSpaceError", "ContractInputMissing"]);

/** What is strange about the end of an attempt with this fault, or without any. */
function strangeEnd({ end, struck }: Attempted, fault: Fault | undefined): string[] {
  if (end.kind === "died") return [`the process died: ${end.why}`];
  if (end.kind === "killed") {
    const isMeant = fault !== undefined && isDeadly(fault) && struck !== undefined;
    return isMeant ? [] : ["the process was killed by someone else"];
  }
  const { outcome, error } = end.report;
  if (outcome === "ended" || (struck !== undefined && STATED.has(error?.name ?? ""))) return [];
  return [`it is ${outcome}${error === undefined ? "" : ` with ${error.name}: ${error.message}`}`];
}

/** Who carries a run to its end clears up on the way; what others leave is for the next to clear. */
function leftBehind({ store }: Trial, { end }: Attempted): string[] {
  if (end.kind !== "reported" || end.report.outcome !== "ended") return [];
  return readdirSync(join(store, "tmp")).map((name) => `left behind by the process that ended the run: tmp/${name}`);
}
