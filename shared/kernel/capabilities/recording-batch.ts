import { countedCheckpoint } from "../checkpoint.ts";
import type { EndedState } from "../context.ts";
import { failureOf, recordFailure, unrecordedFailure } from "../failure.ts";
import type { Prepared } from "../recorder.ts";
import { snapshotOf } from "../snapshots.ts";
import { endOf, entryOf } from "../state-events.ts";
import { notBegun } from "./batch.ts";
import type { BatchMode, NextBatch, Outcome } from "./capability.ts";
import { overtaken } from "./overtaken.ts";
import { appliesSideEffect, type Recordable, type Recorded, type Recording } from "./recorded.ts";

/** Events that go together at the most, as the log's writers have it. What one attempt says is never divided. */
const MOST_TOGETHER = 99;

interface Said<M> {
  readonly member: M;
  readonly prepared: Prepared;
}

/**
 * Records a batch: the entries of all in one append, and how each ended in another. In between, each attempt writes what it
 * records itself.
 */
export async function recordBatch<A extends Recordable>(
  members: readonly Recording<A>[],
  next: NextBatch<A & Recorded>,
  mode: BatchMode,
): Promise<readonly Outcome[]> {
  const outcomes = await enter(members, mode);
  const entered = members.filter((member) => !outcomes.has(member));
  for (const { recorded } of entered) recorded.log.info({}, "state entered");
  const failsFast = mode.errors === "fail_fast" && hasRejected(outcomes);
  const within = failsFast
    ? entered.map(({ recorded }) => rejected(notBegun(recorded)))
    : await next(entered.map((member) => member.within));
  const ends = new Map(entered.map((member, place) => [member, within[place]!]));
  for (const [member, outcome] of await leave(ends)) outcomes.set(member, outcome);
  return members.map((member) => outcomes.get(member)!);
}

/** @returns how those ended that could not be entered: they leave no trace in the log */
async function enter<M extends Recording<Recordable>>(
  members: readonly M[],
  { errors }: BatchMode,
): Promise<Map<M, Outcome>> {
  const refused = new Map<M, Outcome>();
  const entries: Said<M>[] = [];
  for (const member of members) {
    try {
      entries.push({ member, prepared: member.recorded.recorder.prepare(await entryOf(member.recorded)) });
    } catch (error) {
      refused.set(member, rejected(error));
    }
  }
  for (const group of groupsOf(entries)) {
    if (errors === "fail_fast" && hasRejected(refused)) {
      for (const { member } of group) refused.set(member, rejected(notBegun(member.recorded)));
      continue;
    }
    for (const [{ member }, error] of await append(group, errors === "per_item")) {
      refused.set(member, (await overtaken(member.recorded, error, false)) ?? rejected(error));
    }
  }
  return refused;
}

/** Records how the attempts ended. An end that cannot be written is a failure of its attempt. */
async function leave<M extends Recording<Recordable>>(ends: ReadonlyMap<M, Outcome>): Promise<Map<M, Outcome>> {
  const outcomes = new Map(ends);
  const said: Said<M>[] = [];
  const beside: EndedState[] = [];
  for (const [member, outcome] of ends) {
    const { recorded } = member;
    if (outcome.status === "fulfilled") {
      try {
        const snapshot = snapshotOf(outcome.value, recorded.guard);
        const statements = await endOf(recorded, outcome.value, snapshot, beside);
        said.push({ member, prepared: recorded.recorder.prepare(statements) });
        beside.push({ stateId: recorded.stateId, snapshot: snapshot.ref });
        continue;
      } catch (error) {
        outcomes.set(member, rejected(error));
      }
    }
    member.end();
    const { reason } = outcomes.get(member) as PromiseRejectedResult;
    try {
      const statements = await failureOf(recorded, recorded.classify(reason), beside);
      said.push({ member, prepared: recorded.recorder.prepare(statements) });
    } catch (unrecorded) {
      unrecordedFailure(recorded, unrecorded);
    }
  }
  const completed: M[] = [];
  for (const group of groupsOf(said)) {
    const unwritten = await append(group, true);
    for (const each of group) {
      const { recorded, end } = each.member;
      const hasCompleted = outcomes.get(each.member)?.status === "fulfilled";
      if (!unwritten.has(each)) {
        if (!hasCompleted) continue;
        recorded.log.info({}, "state completed");
        completed.push(each.member);
      } else if (hasCompleted) {
        const error = unwritten.get(each);
        end();
        const ended = await overtaken(recorded, error, true);
        if (ended === undefined) await recordFailure(recorded, recorded.classify(error));
        outcomes.set(each.member, ended ?? rejected(error));
      } else {
        const unrecorded = unwritten.get(each);
        unrecordedFailure(recorded, unrecorded);
        const ended = await overtaken(recorded, unrecorded, false);
        if (ended !== undefined) outcomes.set(each.member, ended);
      }
    }
  }
  await recordCounted(completed);
  return outcomes;
}

/** Their states have completed: a checkpoint that cannot be written is no failure of theirs. */
async function recordCounted(completed: readonly Recording<Recordable>[]): Promise<void> {
  for (const { recorded } of completed) {
    try {
      const counted = await countedCheckpoint(recorded);
      if (counted.length > 0) await recorded.recorder.record(...counted);
    } catch (unrecorded) {
      unrecordedFailure(recorded, unrecorded);
    }
  }
}

/**
 * Appends what all have to say at once.
 * @param isDivisible what is refused together is tried one by one: the log refuses it for one of them
 * @returns what was not written, and why
 */
async function append<M extends Recording<Recordable>>(
  group: readonly Said<M>[],
  isDivisible: boolean,
): Promise<Map<Said<M>, unknown>> {
  try {
    await write(group);
    return new Map();
  } catch (error) {
    if (!isDivisible || group.length === 1 || (error as Error).name !== "IllegalTransition") {
      return new Map(group.map((each) => [each, error]));
    }
    const unwritten = new Map<Said<M>, unknown>();
    for (const each of group) for (const [one, refusal] of await append([each], false)) unwritten.set(one, refusal);
    return unwritten;
  }
}

async function write(group: readonly Said<Recording<Recordable>>[]): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  const { call, stage, world } = first.member.recorded;
  // What they recorded themselves stands before.
  for (const { member } of group) await member.recorded.recorder.settled();
  const events = group.flatMap(({ prepared }) => prepared.events);
  const named = group.flatMap(({ prepared }) => prepared.named);
  const push = appliesSideEffect(stage) ? world.log.push : (world.log.enqueue ?? world.log.push);
  await push(call.run_id, events, named);
}

function groupsOf<M>(said: readonly Said<M>[]): Said<M>[][] {
  const groups: Said<M>[][] = [];
  let size = 0;
  for (const each of said) {
    size += each.prepared.events.length;
    if (groups.length === 0 || size > MOST_TOGETHER) {
      groups.push([]);
      size = each.prepared.events.length;
    }
    groups.at(-1)?.push(each);
  }
  return groups;
}

function hasRejected(outcomes: ReadonlyMap<unknown, Outcome>): boolean {
  return [...outcomes.values()].some(({ status }) => status === "rejected");
}

function rejected(reason: unknown): Outcome {
  return { status: "rejected", reason };
}
