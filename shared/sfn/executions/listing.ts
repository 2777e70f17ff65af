import { refusals } from "../api/errors.ts";
import { nextIn, pageSizeOf, tokenOf } from "../api/pages.ts";
import type { Request } from "../api/requests.ts";
import { epochSeconds, present } from "../api/wire.ts";
import { aliasArn, findMachine, versionArn } from "../machines/machine-lookup.ts";
import type { Rest } from "../records/record-store.ts";
import { type ExecutionGroup, type ExecutionRecord, startedArn } from "../records/records.ts";
import type { RestingPlace } from "../records/resting-rows.ts";
import { fileNameOf } from "../records/stored-text.ts";
import { listChildren } from "./child-executions.ts";
import type { ExecutionRoom } from "./execution-lookup.ts";

/** What lists show of an execution, and DescribeExecution among other things. */
export function summaryOf(execution: ExecutionRecord) {
  const { stopDate, redriveDate, versionArn: stateMachineVersionArn, aliasArn: stateMachineAliasArn } = execution;
  return {
    executionArn: execution.arn,
    stateMachineArn: startedArn(execution),
    name: execution.name,
    status: execution.status,
    startDate: epochSeconds(execution.startDate),
    redriveCount: execution.redriveCount,
    ...present({
      stopDate: stopDate === undefined ? undefined : epochSeconds(stopDate),
      redriveDate: redriveDate === undefined ? undefined : epochSeconds(redriveDate),
      stateMachineVersionArn,
      stateMachineAliasArn,
    }),
  };
}

/**
 * Lets executions rest that have ended: there may be any number of them. What is shown of one that is damaged is not what is
 * stored, and stays in memory.
 */
export function restOf(execution: ExecutionRecord): Rest<ExecutionGroup> | undefined {
  if (execution.status === "RUNNING" || execution.damage !== undefined) return undefined;
  return { time: latestTimeOf(execution), group: groupOf(execution) };
}

const latestTimeOf = ({ startDate, stopDate, redriveDate }: ExecutionRecord): number =>
  stopDate ?? redriveDate ?? startDate;

function groupOf({ machineArn, versionArn, aliasArn, status, redriveCount }: ExecutionRecord): ExecutionGroup {
  return { machineArn, versionArn, aliasArn, status, isRedriven: redriveCount > 0 };
}

/** What lists have of an execution: where it stands in them, and what they show. */
interface Listed {
  readonly time: number;
  readonly arn: string;
  readonly summary: ReturnType<typeof summaryOf>;
}

const listed = (execution: ExecutionRecord): Listed => ({
  time: latestTimeOf(execution),
  arn: execution.arn,
  summary: summaryOf(execution),
});

/** The order in which records rest. */
const inOrder = (one: Listed, other: Listed): number =>
  other.time - one.time || (one.arn !== other.arn && fileNameOf(one.arn) < fileNameOf(other.arn) ? -1 : 1);

function comesAfter(place: RestingPlace, { time, arn }: Listed): boolean {
  return time < place.time || (time === place.time && fileNameOf(arn) > place.name);
}

/** As in tokens. */
const isPlace = (next: unknown): next is readonly [time: number, name: string] =>
  Array.isArray(next) && Number.isFinite(next[0]) && /^[0-9a-f]{40}$/.test(String(next[1]));

/**
 * Of a state machine, those of one version or one alias if its ARN names it, or the children of a Map Run. The latest
 * first: running ones by their start, the others by their end. What a page costs does not depend on how many have ended.
 */
export async function listExecutions(room: ExecutionRoom, request: Request<"ListExecutions">) {
  const { stateMachineArn, mapRunArn, statusFilter, redriveFilter, nextToken } = request;
  if (stateMachineArn !== undefined && mapRunArn !== undefined) {
    throw refusals.invalid("Only one of stateMachineArn and mapRunArn can be specified");
  }
  if (mapRunArn !== undefined) return await listChildren(room, mapRunArn, request);
  const accepts = filterOf(room, request);
  const list = `executions ${stateMachineArn} ${statusFilter} ${redriveFilter}`;
  const [time, name] = nextToken === undefined ? [] : nextIn(nextToken, list, isPlace);
  const after = time === undefined || name === undefined ? undefined : { time, name };
  const most = pageSizeOf(request);
  const inMemory = room.executions
    .list()
    .filter((execution) => accepts(groupOf(execution)))
    .map(listed)
    .filter((each) => after === undefined || comesAfter(after, each));
  // One more than are asked for tells whether there are more. One that comes to rest meanwhile is in both.
  const atRest = await room.executions.atRest(most + 1, accepts, listed, after);
  const known = new Set(inMemory.map(({ arn }) => arn));
  const all = [...inMemory, ...atRest.filter(({ arn }) => !known.has(arn))].sort(inOrder);
  const page = all.slice(0, most);
  const last = page.at(-1);
  const isWhole = all.length === page.length || last === undefined;
  return {
    executions: page.map(({ summary }) => summary),
    ...(isWhole ? {} : { nextToken: tokenOf([last.time, fileNameOf(last.arn)], list) }),
  };
}

/** @throws ServiceError */
function filterOf(room: ExecutionRoom, { stateMachineArn, statusFilter, redriveFilter }: Request<"ListExecutions">) {
  if (stateMachineArn === undefined) {
    throw refusals.invalid("Either stateMachineArn or mapRunArn must be specified", "MISSING_REQUIRED_PARAMETER");
  }
  const { machine, version, alias } = findMachine(room, stateMachineArn);
  if (machine.type === "EXPRESS") throw refusals.wrongType();
  if (statusFilter === "PENDING_REDRIVE") {
    throw refusals.invalid("The status filter PENDING_REDRIVE can only be specified with mapRunArn");
  }
  const wanted = present({
    machineArn: machine.arn,
    versionArn: version && versionArn(machine, version),
    aliasArn: alias && aliasArn(machine, alias),
    status: statusFilter,
    isRedriven: redriveFilter && redriveFilter === "REDRIVEN",
  });
  const fields = Object.entries(wanted) as [keyof ExecutionGroup, unknown][];
  return (group: ExecutionGroup) => fields.every(([field, value]) => group[field] === value);
}
