import type { HistoryEvent } from "../../asl/index.ts";
import { readArn } from "./arns.ts";
import { findState, type JsonObject } from "./definition-search.ts";
import { refusals } from "./errors.ts";
import { type ExecutionRoom, findExecution } from "./executions.ts";
import { pageOf } from "./pages.ts";
import type { ExecutionRecord } from "./records.ts";
import type { Request } from "./requests.ts";
import { present } from "./wire.ts";

/** A Map Run as the history of its execution tells of it. */
interface MapRun {
  readonly execution: ExecutionRecord;
  readonly mapRunArn: string;
  /** Seconds since 1970. */
  readonly startDate: number;
  readonly stopDate: number | undefined;
  readonly status: "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED";
  readonly redriveCount: number;
  readonly stateName: string;
  /** Number of items, if that was known before they were read. */
  readonly length: number;
}

const ends = { MapRunSucceeded: "SUCCEEDED", MapRunFailed: "FAILED", MapRunAborted: "ABORTED" } as const;

export async function listMapRuns(room: ExecutionRoom, request: Request<"ListMapRuns">) {
  const execution = findExecution(room, request.executionArn);
  const { items, nextToken } = pageOf(await mapRunsOf(room, execution), `map runs ${execution.arn}`, request);
  const mapRuns = items.map((run) => ({
    executionArn: execution.arn,
    mapRunArn: run.mapRunArn,
    stateMachineArn: machineOf(run),
    startDate: run.startDate,
    ...present({ stopDate: run.stopDate }),
  }));
  return { mapRuns, ...present({ nextToken }) };
}

export async function describeMapRun(room: ExecutionRoom, request: Request<"DescribeMapRun">) {
  const run = await findMapRun(room, request.mapRunArn);
  const counts = await countsOf(room, run);
  return {
    mapRunArn: run.mapRunArn,
    executionArn: run.execution.arn,
    status: run.status,
    startDate: run.startDate,
    ...present({ stopDate: run.stopDate }),
    maxConcurrency: literal(run, "MaxConcurrency"),
    toleratedFailurePercentage: literal(run, "ToleratedFailurePercentage"),
    toleratedFailureCount: literal(run, "ToleratedFailureCount"),
    itemCounts: counts,
    executionCounts: counts,
    redriveCount: run.redriveCount,
  };
}

/** A number as the definition gives it; 0, the default, where it is looked up or computed. */
function literal({ execution, stateName }: MapRun, field: string): number {
  const value = findState(JSON.parse(execution.definition) as JsonObject, stateName)?.[field];
  return typeof value === "number" ? value : 0;
}

/** The state machine that the children of a run belong to: the parent's, with the run's label. */
function machineOf({ execution, mapRunArn }: MapRun): string {
  const label = mapRunArn.slice(mapRunArn.indexOf("/") + 1, mapRunArn.lastIndexOf(":"));
  return `${execution.machineArn}/${label}`;
}

/** @throws ServiceError `InvalidArn`, `ResourceNotFound` */
async function findMapRun(room: ExecutionRoom, mapRunArn: string): Promise<MapRun> {
  const machineName = readArn(mapRunArn, "mapRun").names[0]!.split("/")[0];
  for (const execution of room.executions.list().filter((each) => each.machineName === machineName)) {
    const found = (await mapRunsOf(room, execution)).find((run) => run.mapRunArn === mapRunArn);
    if (found !== undefined) return found;
  }
  throw refusals.noResource(mapRunArn);
}

async function mapRunsOf(room: ExecutionRoom, execution: ExecutionRecord): Promise<readonly MapRun[]> {
  const events = room.runner.events(execution.arn) ?? (await room.histories.read(execution.arn));
  return events.filter(({ type }) => type === "MapRunStarted").map((started) => readRun(execution, started, events));
}

function readRun(execution: ExecutionRecord, started: HistoryEvent, events: readonly HistoryEvent[]): MapRun {
  const mapRunArn = String(started.mapRunStartedEventDetails?.mapRunArn);
  const redriven = events.filter(({ mapRunRedrivenEventDetails: details }) => details?.mapRunArn === mapRunArn);
  const began = [started, ...redriven].at(-1)!;
  const end = events.find(({ type, previousEventId }) => type in ends && previousEventId === began.id);
  const state = events.find(({ id }) => id === started.previousEventId);
  const entered = events.find(({ id }) => id === state?.previousEventId);
  const stillRuns = execution.status === "RUNNING" ? "RUNNING" : "ABORTED";
  return {
    execution,
    mapRunArn,
    startDate: started.timestamp,
    stopDate: end?.timestamp ?? (stillRuns === "RUNNING" ? undefined : (execution.stopDate ?? 0) / 1000),
    status: end === undefined ? stillRuns : ends[end.type as keyof typeof ends],
    redriveCount: redriven.length,
    stateName: String(entered?.stateEnteredEventDetails?.name),
    length: Number(state?.mapStateStartedEventDetails?.length ?? 0),
  };
}

const childEnds: Readonly<Record<string, string>> = {
  ExecutionSucceeded: "succeeded",
  ExecutionFailed: "failed",
  ExecutionTimedOut: "timedOut",
  ExecutionAborted: "aborted",
};

/** What became of the children, by the journal of the run, in which each event says which child it is of. */
async function countsOf(room: ExecutionRoom, run: MapRun) {
  const children = new Map<number, string>();
  for (const event of await room.histories.readChild(run.execution.arn, run.mapRunArn)) {
    const { execution } = event as HistoryEvent & { readonly execution?: number };
    children.set(execution ?? 0, childEnds[event.type] ?? "running");
  }
  const counts = { pending: 0, running: 0, succeeded: 0, failed: 0, timedOut: 0, aborted: 0 };
  for (const end of children.values()) counts[end as keyof typeof counts] += 1;
  const total = Math.max(run.length, children.size);
  const isOver = run.status !== "RUNNING";
  return {
    ...counts,
    pending: isOver ? 0 : total - children.size,
    total,
    resultsWritten: isOver ? counts.succeeded : 0,
    failuresNotRedrivable: 0,
    pendingRedrive: 0,
  };
}
