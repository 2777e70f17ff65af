import type { MapRunLimits, MapRunStart } from "../../asl/index.ts";
import { arnOf, readArn } from "../api/arns.ts";
import { refusals } from "../api/errors.ts";
import { pageOf } from "../api/pages.ts";
import type { Request } from "../api/requests.ts";
import { present } from "../api/wire.ts";
import { type ExecutionRoom, mapEventsOf } from "../executions/execution-lookup.ts";
import type { ExecutionRecords, MapRunRecord, MapRunRecords } from "../records/records.ts";
import { countsOf, findMapRun, pendingOf } from "./map-run-view.ts";

/**
 * Keeps a record of each Map Run of a stored execution, and answers with its limits if it has one already: as
 * UpdateMapRun left them.
 *
 * @param failed is told if a record could not be stored; the Map Run goes on.
 */
export function mapRunKeeper(
  mapRuns: MapRunRecords,
  executions: ExecutionRecords,
  failed: (executionArn: string, error: unknown) => void,
): (start: MapRunStart) => MapRunLimits | undefined {
  return ({ mapRunArn: arn, executionArn, parent, stateName, childType, isBatched, limits }) => {
    const known = mapRuns.get(arn);
    if (known !== undefined) return known.limits as MapRunLimits;
    const within = parent && mapRuns.get(parent.mapRunArn);
    const rootArn = within?.rootArn ?? executionArn;
    if (executions.get(rootArn) === undefined) return undefined;
    const logNames = parent && within ? [...within.logNames, `${parent.index} ${arn}`] : [arn];
    const record = { arn, executionArn, rootArn, logNames, stateName, childType, isBatched, limits };
    mapRuns.put(record).catch((error: unknown) => failed(rootArn, error));
    return undefined;
  };
}

export async function listMapRuns(room: ExecutionRoom, request: Request<"ListMapRuns">) {
  const events = await mapEventsOf(room, request.executionArn);
  const arns = events.flatMap(({ mapRunStartedEventDetails: details }) => (details ? [String(details.mapRunArn)] : []));
  const { items, nextToken } = pageOf(arns, `map runs ${request.executionArn}`, request);
  const views = await Promise.all(items.map((arn) => findMapRun(room, arn)));
  const mapRuns = views.map(({ record, startDate, stopDate }) => ({
    executionArn: record.executionArn,
    mapRunArn: record.arn,
    stateMachineArn: machineOfChildren(room, record),
    startDate,
    ...present({ stopDate }),
  }));
  return { mapRuns, ...present({ nextToken }) };
}

/** The state machine that the children of a run belong to: the parent's, with the run's label. */
export function machineOfChildren({ place }: ExecutionRoom, { arn }: MapRunRecord): string {
  return arnOf(place, "stateMachine", readArn(arn, "mapRun").names[0]!);
}

export async function describeMapRun(room: ExecutionRoom, request: Request<"DescribeMapRun">) {
  const view = await findMapRun(room, request.mapRunArn);
  const { record, status, startDate, stopDate, redriveCount, redriveDate } = view;
  const children = await room.children.summaries(record);
  const pending = pendingOf(view, children);
  return {
    mapRunArn: record.arn,
    executionArn: record.executionArn,
    status,
    startDate,
    ...present({ stopDate }),
    maxConcurrency: record.limits.maxConcurrency,
    toleratedFailurePercentage: record.limits.toleratedFailurePercentage ?? 0,
    toleratedFailureCount: record.limits.toleratedFailureCount ?? 0,
    itemCounts: countsOf(view, children, ({ itemCount }) => itemCount, pending.items),
    executionCounts: countsOf(view, children, () => 1, pending.children),
    redriveCount,
    ...present({ redriveDate }),
  };
}

/** Takes effect on the Map Run at once, and is stored before: it holds after a restart and a redrive, too. */
export async function updateMapRun(room: ExecutionRoom, request: Request<"UpdateMapRun">) {
  const { mapRunArn, maxConcurrency, toleratedFailureCount, toleratedFailurePercentage } = request;
  const { record, status } = await findMapRun(room, mapRunArn);
  if (status !== "RUNNING") {
    const why = `Map Run is ${status} and cannot be updated: '${mapRunArn}'`;
    throw refusals.invalid(why, "CANNOT_UPDATE_COMPLETED_MAP_RUN");
  }
  const changes = present({ maxConcurrency, toleratedFailureCount, toleratedFailurePercentage });
  if (Object.keys(changes).length === 0) {
    const what = "maxConcurrency, toleratedFailureCount, or toleratedFailurePercentage";
    throw refusals.invalid(`Either ${what} must be specified`, "MISSING_REQUIRED_PARAMETER");
  }
  await room.mapRuns.put({ ...record, limits: { ...record.limits, ...changes } });
  room.interpreter.updateMapRun(mapRunArn, changes);
  await room.runner.settled(record.rootArn);
  return {};
}
