import { mayBeChildOf, toHistoryEvent } from "../../asl/engine.ts";
import type { HistoryEvent, Interpreter } from "../../asl/index.ts";
import { readArn } from "../api/arns.ts";
import { refusals } from "../api/errors.ts";
import { epochSeconds } from "../api/wire.ts";
import type { MachineRoom } from "../machines/machine-lookup.ts";
import type { RecordStore } from "../records/record-store.ts";
import type { ExecutionRecord, MapRunRecord } from "../records/records.ts";
import { isDamage } from "../records/storage.ts";
import type { ChildReader, ChildSummary } from "./children.ts";
import type { Histories } from "./histories.ts";
import type { Runner } from "./runner.ts";

/** What the operations on executions need. */
export interface ExecutionRoom extends MachineRoom {
  readonly runner: Runner;
  readonly interpreter: Interpreter;
  readonly histories: Histories;
  readonly mapRuns: RecordStore<MapRunRecord>;
  readonly children: ChildReader;
}

/** A child execution of a Map Run. */
export interface FoundChild {
  readonly arn: string;
  readonly name: string;
  readonly run: MapRunRecord;
  readonly child: ChildSummary;
}

/** An execution of its own, as opposed to a child of a Map Run. @throws ServiceError `InvalidArn`, `ExecutionDoesNotExist` */
export function findExecution(room: MachineRoom, arn: string): ExecutionRecord {
  const { kind } = readArn(arn, "execution", "express");
  if (kind === "express") throw refusals.wrongType();
  const execution = room.executions.get(arn);
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
  for (const run of room.mapRuns.list()) {
    if (!mayBeChildOf(name, run.arn) || readArn(run.arn, "mapRun").names[0] !== machine) continue;
    const child = await room.children.named(run, name);
    if (child !== undefined) return { arn, name, run, child };
  }
  throw refusals.noExecution(arn);
}

/** How an execution is doing, be it a child or not. Times are milliseconds since 1970. */
export async function progressOf(room: ExecutionRoom, arn: string) {
  const { status, stopDate } = isChildArn(arn) ? (await findChild(room, arn)).child : findExecution(room, arn);
  return { status, stopDate };
}

/** The events of an execution that may be shown. */
export async function eventsOf(room: ExecutionRoom, arn: string): Promise<readonly HistoryEvent[]> {
  if (!isChildArn(arn)) {
    const execution = findExecution(room, arn);
    return room.runner.events(arn) ?? (await storedEventsOf(room, execution));
  }
  const { run, child } = await findChild(room, arn);
  return (await room.children.records(run, child.index)).map((record) => toHistoryEvent(record));
}

/**
 * Of an execution that stopped because of damage, what is whole and then that it failed.
 * @throws ServiceError `DataCorruptedException` where it had ended before
 */
async function storedEventsOf(
  { histories }: ExecutionRoom,
  execution: ExecutionRecord,
): Promise<readonly HistoryEvent[]> {
  if (execution.damage === undefined) {
    try {
      return await histories.read(execution.arn, execution.logEnds);
    } catch (error) {
      throw isDamage(error) ? refusals.damaged(error) : error;
    }
  }
  const whole = await histories.readWhole(execution.arn);
  const { error, cause, stopDate = 0 } = execution;
  const failed: HistoryEvent = {
    id: whole.length + 1,
    previousEventId: whole.length,
    type: "ExecutionFailed",
    timestamp: epochSeconds(stopDate),
    executionFailedEventDetails: { error, cause },
  };
  return [...whole, failed];
}
