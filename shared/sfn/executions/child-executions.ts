import { childName, type EventRecord, type FailureDetails, toHistoryEvent } from "../../asl/engine.ts";
import { stringifyExact } from "../../asl/index.ts";
import { arnOf, readArn } from "../api/arns.ts";
import { refusals } from "../api/errors.ts";
import { pageOf } from "../api/pages.ts";
import type { Request } from "../api/requests.ts";
import { epochSeconds, present } from "../api/wire.ts";
import { findState, type JsonObject } from "../machines/definition-search.ts";
import { definitionOf } from "../machines/machines.ts";
import { findMapRun, type MapRunView, stateOf } from "../map-runs/map-run-view.ts";
import { machineOfChildren } from "../map-runs/map-runs.ts";
import type { ChildSummary } from "./children.ts";
import { type ExecutionRoom, findChild, findExecution } from "./execution-lookup.ts";
import { historyPage } from "./history-view.ts";
import { redriveFault } from "./redrives.ts";

// What the operations on executions do for child executions of Map Runs.

export async function describeChild(room: ExecutionRoom, request: Request<"DescribeExecution">) {
  const { arn, name, run, child } = await findChild(room, request.executionArn);
  const view = await findMapRun(room, run.arn);
  const records = await room.children.records(run, child.index);
  return {
    executionArn: arn,
    stateMachineArn: machineOfChildren(room, run),
    name,
    mapRunArn: run.arn,
    ...progressOf(child, view),
    ...failureOf(records.at(-1)),
    ...(request.includedData === "ALL_DATA" ? payloadsOf(records) : {}),
    ...(await redriveFacts(room, child, view)),
  };
}

function progressOf(child: ChildSummary, view: MapRunView) {
  const { startDate, stopDate, redriveCount, redriveDate } = child;
  return {
    status: stateOf(child, view),
    startDate: epochSeconds(startDate),
    redriveCount,
    ...present({
      stopDate: stopDate === undefined ? undefined : epochSeconds(stopDate),
      redriveDate: redriveDate === undefined ? undefined : epochSeconds(redriveDate),
    }),
  };
}

function failureOf(last: EventRecord | undefined): FailureDetails {
  const hasFailed = last !== undefined && /^Execution(Failed|Aborted|TimedOut)$/.test(last.kind.type);
  return hasFailed ? (last.value as FailureDetails) : {};
}

function payloadsOf(records: readonly EventRecord[]) {
  const included = { included: true };
  const input = { input: stringifyExact(records[0]?.value), inputDetails: included };
  const last = records.at(-1);
  if (last?.kind.type !== "ExecutionSucceeded") return input;
  return { ...input, output: stringifyExact(last.value), outputDetails: included };
}

/** A child is redriven with the execution that its Map Run is part of, if at all. */
async function redriveFacts(room: ExecutionRoom, { status }: ChildSummary, { status: runStatus, record }: MapRunView) {
  const faults = [
    status === "RUNNING" || status === "SUCCEEDED" ? `Execution is ${status} and cannot be redriven` : undefined,
    runStatus === "RUNNING" || runStatus === "SUCCEEDED" ? `Map Run is ${runStatus} and cannot be redriven` : undefined,
    redriveFault(await findExecution(room, record.rootArn), room.now()),
  ];
  const fault = faults.find((each) => each !== undefined);
  return fault === undefined
    ? { redriveStatus: "REDRIVABLE_BY_MAP_RUN" }
    : { redriveStatus: "NOT_REDRIVABLE", redriveStatusReason: fault };
}

/** @throws ServiceError `StateMachineTypeNotSupported` for an Express child, as AWS keeps no history of those */
export async function getChildHistory(room: ExecutionRoom, request: Request<"GetExecutionHistory">) {
  const { run, child } = await findChild(room, request.executionArn);
  if (run.childType === "EXPRESS") throw refusals.wrongType();
  const records = await room.children.records(run, child.index);
  return await historyPage(
    {
      count: records.length,
      page: async ({ from, to }) => records.slice(from, to).map((record) => toHistoryEvent(record)),
    },
    request,
  );
}

export async function stopChild(room: ExecutionRoom, request: Request<"StopExecution">) {
  const { run, child } = await findChild(room, request.executionArn);
  if (run.childType === "EXPRESS") throw refusals.wrongType();
  room.interpreter.stopChild(run.arn, child.index, present({ error: request.error, cause: request.cause }));
  await room.runner.settled(run.rootArn);
  const { stopDate } = (await findChild(room, request.executionArn)).child;
  return { stopDate: epochSeconds(stopDate ?? room.now()) };
}

/** What the children of its Map Run run: the processor of the Map state, whose label names it. */
export async function describeMachineOfChild(
  room: ExecutionRoom,
  { executionArn, includedData }: Request<"DescribeStateMachineForExecution">,
) {
  const { run } = await findChild(room, executionArn);
  const root = await findExecution(room, run.rootArn);
  const state = findState(JSON.parse(root.definition) as JsonObject, run.stateName)?.state;
  const [machine] = readArn(run.arn, "mapRun").names;
  return {
    stateMachineArn: machineOfChildren(room, run),
    name: machine!,
    ...definitionOf(JSON.stringify(state?.ItemProcessor ?? state?.Iterator), includedData),
    roleArn: root.roleArn,
    updateDate: epochSeconds(root.startDate),
    mapRunArn: run.arn,
    label: machine!.slice(machine!.lastIndexOf("/") + 1),
    ...present({ revisionId: root.revisionId }),
  };
}

/** Running children by their start, the others by their end, the latest first. */
export async function listChildren(room: ExecutionRoom, mapRunArn: string, request: Request<"ListExecutions">) {
  const { statusFilter, redriveFilter } = request;
  const view = await findMapRun(room, mapRunArn);
  const { record: run } = view;
  const found = (await room.children.summaries(run))
    .filter((child) => statusFilter === undefined || stateOf(child, view) === statusFilter)
    .filter(({ redriveCount }) => redriveFilter === undefined || (redriveFilter === "REDRIVEN") === redriveCount > 0)
    .sort((one, other) => latest(other) - latest(one) || one.index - other.index);
  const { items, nextToken } = pageOf(found, `children ${mapRunArn} ${statusFilter} ${redriveFilter}`, request);
  const [machine] = readArn(mapRunArn, "mapRun").names;
  const executions = items.map((child) => {
    const name = childName(mapRunArn, child.index);
    return {
      executionArn: arnOf(room.place, "execution", machine!, name),
      stateMachineArn: machineOfChildren(room, run),
      name,
      mapRunArn,
      itemCount: child.itemCount,
      ...progressOf(child, view),
    };
  });
  return { executions, ...present({ nextToken }) };
}

const latest = ({ startDate, stopDate, redriveDate }: ChildSummary): number => stopDate ?? redriveDate ?? startDate;
