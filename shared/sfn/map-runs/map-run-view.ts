import type { HistoryEvent } from "../../asl/index.ts";
import { readArn } from "../api/arns.ts";
import { refusals } from "../api/errors.ts";
import type { ChildSummary } from "../executions/children.ts";
import { type ExecutionRoom, mapEventsOf, progressOf } from "../executions/execution-lookup.ts";
import type { MapRunRecord } from "../records/records.ts";

/** A Map Run as the history of its execution tells of it. Times are seconds since 1970. */
export interface MapRunView {
  readonly record: MapRunRecord;
  readonly startDate: number;
  readonly stopDate: number | undefined;
  readonly status: "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED";
  readonly redriveCount: number;
  readonly redriveDate: number | undefined;
  /** Number of items, if that was known before they were read; else 0. */
  readonly length: number;
}

/** @throws ServiceError `InvalidArn`, `ResourceNotFound`, `DataCorruptedException` */
export async function findMapRun(room: ExecutionRoom, mapRunArn: string): Promise<MapRunView> {
  readArn(mapRunArn, "mapRun");
  const record = await room.mapRuns.read(mapRunArn);
  const damage = room.mapRuns.damageOf(mapRunArn);
  if (damage !== undefined) throw refusals.damaged(damage);
  if (record === undefined) throw refusals.noResource(mapRunArn);
  const events = await mapEventsOf(room, record.executionArn);
  const started = events.find((event) => isOf(event.mapRunStartedEventDetails, record));
  if (started === undefined) throw refusals.noResource(mapRunArn);
  const redriven = events.filter((event) => isOf(event.mapRunRedrivenEventDetails, record));
  const state = events.find(({ id }) => id === started.previousEventId);
  return {
    record,
    startDate: started.timestamp,
    ...(await endOf(room, record, [started, ...redriven].at(-1)!, events)),
    redriveCount: redriven.length,
    redriveDate: redriven.at(-1)?.timestamp,
    length: Number(state?.mapStateStartedEventDetails?.length ?? 0),
  };
}

const isOf = (details: HistoryEvent[`${string}EventDetails`], { arn }: MapRunRecord): boolean =>
  details?.mapRunArn === arn;

const ends = { MapRunSucceeded: "SUCCEEDED", MapRunFailed: "FAILED", MapRunAborted: "ABORTED" } as const;

/** @param began the event that started the run, or redrove it last. */
async function endOf(room: ExecutionRoom, record: MapRunRecord, began: HistoryEvent, events: readonly HistoryEvent[]) {
  const end = events.find(({ type, previousEventId }) => type in ends && previousEventId === began.id);
  if (end !== undefined) return { status: ends[end.type as keyof typeof ends], stopDate: end.timestamp };
  const parent = await progressOf(room, record.executionArn);
  if (parent.status !== "RUNNING") return { status: "ABORTED", stopDate: (parent.stopDate ?? 0) / 1000 } as const;
  // Stopped for the failure of a branch beside it, a run has no event of its own; its state has.
  const aborted = events.find(({ type, id }) => type === "MapStateAborted" && id > began.id);
  if (aborted === undefined || room.interpreter.hasMapRun(record.arn)) {
    return { status: "RUNNING", stopDate: undefined } as const;
  }
  return { status: "ABORTED", stopDate: aborted.timestamp } as const;
}

export type ChildState = ChildSummary["status"] | "PENDING_REDRIVE";

/** A child that did not succeed waits for its turn when the run is redriven. */
export function stateOf(child: ChildSummary, { status, redriveDate }: MapRunView): ChildState {
  const { stopDate } = child;
  if (status !== "RUNNING" || redriveDate === undefined || stopDate === undefined) return child.status;
  return child.status !== "SUCCEEDED" && stopDate < redriveDate * 1000 ? "PENDING_REDRIVE" : child.status;
}

const countNames = {
  RUNNING: "running",
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  TIMED_OUT: "timedOut",
  ABORTED: "aborted",
  PENDING_REDRIVE: "pendingRedrive",
} as const satisfies Readonly<Record<ChildState, string>>;

/**
 * What became of the children of a run, or of their items.
 *
 * @param weightOf what a child counts: 1, or the number of its items.
 * @param pending children, or items, that were not begun; 0 when the run is over.
 */
export function countsOf(
  view: MapRunView,
  children: readonly ChildSummary[],
  weightOf: (child: ChildSummary) => number,
  pending: number,
) {
  const counts = { running: 0, succeeded: 0, failed: 0, timedOut: 0, aborted: 0, pendingRedrive: 0 };
  let begun = 0;
  for (const child of children) {
    counts[countNames[stateOf(child, view)]] += weightOf(child);
    begun += weightOf(child);
  }
  const isForGood = view.status === "SUCCEEDED";
  return {
    ...counts,
    pending,
    total: begun + pending,
    resultsWritten: view.status === "RUNNING" ? 0 : counts.succeeded,
    // Tolerated failures are of a run that succeeded, which is not redriven.
    failuresNotRedrivable: isForGood ? counts.failed + counts.timedOut + counts.aborted : 0,
  };
}

/** Items that no child was begun for, as far as that is known, and the children it will take for them. */
export function pendingOf({ status, length }: MapRunView, children: readonly ChildSummary[]) {
  if (status !== "RUNNING") return { items: 0, children: 0 };
  const sizes = children.map(({ itemCount }) => itemCount);
  const items = Math.max(0, length - sizes.reduce((sum, size) => sum + size, 0));
  return { items, children: Math.ceil(items / sizes.reduce((most, size) => Math.max(most, size), 1)) };
}
