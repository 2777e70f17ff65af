import { mayBeChildOf, toHistoryEvent } from "../../asl/engine.ts";
import type { HistoryEvent, Interpreter } from "../../asl/index.ts";
import { readArn } from "../api/arns.ts";
import { refusals } from "../api/errors.ts";
import { epochSeconds } from "../api/wire.ts";
import type { MachineRoom } from "../machines/machine-lookup.ts";
import type { MockConfig } from "../mocks/mock-config.ts";
import type { ExecutionRecord, MapRunGroup, MapRunRecord, MapRunRecords } from "../records/records.ts";
import { isDamage } from "../records/storage.ts";
import type { ChildReader, ChildSummary } from "./children.ts";
import type { Histories } from "./histories.ts";
import type { Runner, ShownEvents } from "./runner.ts";

/** What the operations on executions need. */
export interface ExecutionRoom extends MachineRoom {
  readonly runner: Runner;
  readonly interpreter: Interpreter;
  readonly histories: Histories;
  readonly mapRuns: MapRunRecords;
  readonly children: ChildReader;
  /** What tasks answer in test cases. */
  readonly mocks?: MockConfig;
}

/** A child execution of a Map Run. */
export interface FoundChild {
  readonly arn: string;
  readonly name: string;
  readonly run: MapRunRecord;
  readonly child: ChildSummary;
}

/** An execution of its own, as opposed to a child of a Map Run. @throws ServiceError `InvalidArn`, `ExecutionDoesNotExist` */
export async function findExecution(room: MachineRoom, arn: string): Promise<ExecutionRecord> {
  const { kind } = readArn(arn, "execution", "express");
  if (kind === "express") throw refusals.wrongType();
  const execution = await room.executions.read(arn);
  if (execution === undefined) throw refusals.noExecution(arn);
  return execution;
}

/** Whether an ARN names a child of a Map Run: it has the label of the Map state behind the name of the machine. */
export function isChildArn(arn: string): boolean {
  const { kind, names } = readArn(arn, "execution", "express");
  return kind === "execution" && names[0]!.includes("/");
}

/** @throws ServiceError `ExecutionDoesNotExist` */
export async function findChild(room: ExecutionRoom, arn: string): Promise<FoundChild> {
  const [machine, name = ""] = readArn(arn, "execution").names;
  const isOther = ({ arn }: MapRunRecord) => !mayBeChildOf(name, arn) || readArn(arn, "mapRun").names[0] !== machine;
  const mayRest = ({ childrenBeginWith }: MapRunGroup) => name.startsWith(childrenBeginWith);
  const atRest = await room.mapRuns.atRest(Number.POSITIVE_INFINITY, mayRest, (run) => (isOther(run) ? [] : [run]));
  for (const run of [...room.mapRuns.list(), ...atRest.flat()]) {
    if (isOther(run)) continue;
    const child = await room.children.named(run, name);
    if (child !== undefined) return { arn, name, run, child };
  }
  throw refusals.noExecution(arn);
}

/** How an execution is doing, be it a child or not. Times are milliseconds since 1970. */
export async function progressOf(room: ExecutionRoom, arn: string) {
  const { status, stopDate } = isChildArn(arn) ? (await findChild(room, arn)).child : await findExecution(room, arn);
  return { status, stopDate };
}

/** What the history of an execution tells of its Map Runs, without payloads. @throws ServiceError `DataCorruptedException` */
export async function mapEventsOf(room: ExecutionRoom, arn: string): Promise<readonly HistoryEvent[]> {
  if (isChildArn(arn)) {
    const { run, child } = await findChild(room, arn);
    const records = await room.children.records(run, child.index);
    return records.filter(({ kind }) => isOfMap(kind.type)).map((record) => toHistoryEvent(record));
  }
  const { durableCount } = await shownEventsOf(room, await findExecution(room, arn));
  const found: HistoryEvent[] = [];
  for await (const event of room.histories.read(arn)) {
    if (isOfMap(event.type)) found.push(event);
    if (event.id >= durableCount) break;
  }
  return found;
}

const isOfMap = (type: string): boolean => /^Map(Run|StateStarted|StateAborted)/.test(type);

/**
 * The events of an execution that may be shown: of one that stopped because of damage, what is whole and then that it failed.
 * @throws ServiceError `DataCorruptedException` where it had ended before
 */
export async function shownEventsOf(
  { runner, histories }: ExecutionRoom,
  execution: ExecutionRecord,
): Promise<ShownEvents> {
  const { arn, damage, logEnds } = execution;
  const shown = await runner.shown(arn);
  if (shown !== undefined) return shown;
  if (damage === undefined) return { durableCount: await undamaged(histories.count(arn, logEnds)), markers: [] };
  const durableCount = await histories.wholeCount(arn);
  const { error, cause, stopDate = 0 } = execution;
  const failed: HistoryEvent = {
    id: durableCount + 1,
    previousEventId: durableCount,
    type: "ExecutionFailed",
    timestamp: epochSeconds(stopDate),
    executionFailedEventDetails: { error, cause },
  };
  return { durableCount, markers: [failed] };
}

/** @throws ServiceError `DataCorruptedException` where what is read is damaged */
export async function undamaged<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw isDamage(error) ? refusals.damaged(error) : error;
  }
}
