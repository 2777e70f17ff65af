import type { DependencyStrategy, ExecutionPlan, StateMeta } from "../../contracts/execution-plan.ts";
import type { StateId } from "../../contracts/ids.ts";
import type { GoingOn } from "../../contracts/resumption.ts";
import { ContractInputMissing } from "../errors.ts";
import type { RunRecord } from "./record.ts";
import { type EnteredStep, nameOf, type Visit, visitNamed, visitsOf } from "./visits.ts";

/** Where a run that failed, or was cancelled, is gone on with. */
export interface RecoveryPoint {
  /** Of shards the id that stands for them. */
  readonly stateId: StateId;
  readonly goesOn: GoingOn;
  /** What need not be done again: states that completed before, in the order in which they were entered. */
  readonly reusable: readonly EnteredStep[];
}

/** Where to go on, and from where the shards that completed are taken beside. */
interface Place {
  readonly visit: Visit;
  readonly goesOn: GoingOn;
}

/**
 * The recovery point of a run that stopped before its end. What it stopped at names in its plan the tags it depends on; of the
 * visits that carry one and were entered before, its strategy chooses. Where it chose several, for several tags or states, the
 * one entered first counts: all that is depended on is there then. The run goes on behind a visit that was successful, and at
 * one that was not. Where there is nothing to choose from it goes on at what it stopped at.
 * @param from a step to do again instead, as a person names it: `link`, `select.round_2`
 * @throws {ContractInputMissing} when the run has entered no step of that name
 */
export function recoveryPoint(plan: ExecutionPlan, record: RunRecord, from?: string): RecoveryPoint {
  const visits = visitsOf(record);
  if (from !== undefined) return pointAt({ visit: named(visits, from), goesOn: "at" }, visits, [], plan);
  const stopped = stoppedAt(visits);
  const places = stopped.length > 0 ? stopped.map((visit) => placeBefore(visit, visits, plan)) : lastOf(visits);
  const place = places.reduce<Place | undefined>(
    (first, each) => (first === undefined || boundaryOf(each) < boundaryOf(first) ? each : first),
    undefined,
  );
  // Nothing was entered: the run begins.
  if (place === undefined) return { stateId: record.planned[0] ?? record.failureBranch, goesOn: "at", reusable: [] };
  return pointAt(place, visits, stopped, plan);
}

/**
 * What a run could not get past: what failed, else the gate that nobody opened, else what was cut off. A run can also end
 * between two states, or be cancelled there.
 */
function stoppedAt(visits: readonly Visit[]): readonly Visit[] {
  const with_ = (is: (visit: Visit) => boolean) => visits.filter(is);
  const failed = with_(({ states }) => states.some(({ state, error }) => state === "failed" && error !== undefined));
  if (failed.length > 0) return failed;
  const undecided = with_(({ isUndecided }) => isUndecided);
  if (undecided.length > 0) return undecided;
  return with_(({ states }) => states.some(({ state }) => state === "failed"));
}

function lastOf(visits: readonly Visit[]): Place[] {
  const visit = visits.at(-1);
  return visit === undefined ? [] : [{ visit, goesOn: goingOn(visit) }];
}

/** Where a visit's dependencies say to go back to. */
function placeBefore(visit: Visit, visits: readonly Visit[], plan: ExecutionPlan): Place {
  const { depends_on: tags = [], depends_on_strategy: strategy = "latest" } = metaOf(visit, plan) ?? {};
  const before = visits.filter(({ enteredSeq }) => enteredSeq < visit.enteredSeq);
  const chosen = tags.flatMap((tag) => {
    const candidates = before.filter((each) => metaOf(each, plan)?.tags.includes(tag));
    return CHOICES[strategy](candidates) ?? [];
  });
  const [first] = chosen.sort((a, b) => a.enteredSeq - b.enteredSeq);
  return first === undefined ? { visit, goesOn: "at" } : { visit: first, goesOn: goingOn(first) };
}

/** Which of the candidates, in the order in which they were entered. Where none was successful, the last has to be. */
const CHOICES: Readonly<Record<DependencyStrategy, (candidates: readonly Visit[]) => Visit | undefined>> = {
  latest: (candidates) => candidates.at(-1),
  earliest: (candidates) => candidates[0],
  latest_successful: (candidates) => candidates.findLast(({ isSuccessful }) => isSuccessful) ?? candidates.at(-1),
};

function goingOn({ isSuccessful }: Visit): GoingOn {
  return isSuccessful ? "behind" : "at";
}

/** What was entered before this `seq` is behind the run. */
function boundaryOf({ visit, goesOn }: Place): number {
  return goesOn === "at" ? visit.enteredSeq : visit.endedSeq;
}

/** @param stopped whose shards that completed need not be done again for another that did not */
function pointAt(
  place: Place,
  visits: readonly Visit[],
  stopped: readonly Visit[],
  plan: ExecutionPlan,
): RecoveryPoint {
  const boundary = boundaryOf(place);
  const reusable = visits
    .filter((visit) => mayBeReused(visit, plan))
    .flatMap((visit) => {
      const isBeside = stopped.includes(visit) && visit.states.length > 1;
      return visit.states.filter(({ state, enteredSeq }) => {
        return state === "succeeded" && (isBeside || enteredSeq < boundary);
      });
    });
  return {
    stateId: place.visit.id,
    goesOn: place.goesOn,
    reusable: reusable.sort((a, b) => a.enteredSeq - b.enteredSeq),
  };
}

/** What a state changed outside is of the run that did it, and taken back with that; a gate is not passed by who waits there. */
function mayBeReused(visit: Visit, plan: ExecutionPlan): boolean {
  const meta = metaOf(visit, plan);
  return meta !== undefined && meta.side_effects !== "apply_side_effect" && !visit.isUndecided;
}

function metaOf({ planned }: Visit, { states }: ExecutionPlan): StateMeta | undefined {
  return states.find(({ id }) => id === planned)?.meta;
}

function named(visits: readonly Visit[], name: string): Visit {
  const visit = visitNamed(visits, name);
  if (visit !== undefined) return visit;
  const entered = visits.map(({ id }) => nameOf(id)).join(", ") || "none";
  throw new ContractInputMissing(
    `step to go on from: expected one that the run has entered (${entered}), found ${name}`,
  );
}
