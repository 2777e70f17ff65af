import { refusals } from "../api/errors.ts";
import { pageOf } from "../api/pages.ts";
import type { Request } from "../api/requests.ts";
import { epochSeconds, present } from "../api/wire.ts";
import { aliasArn, findMachine, versionArn } from "../machines/machine-lookup.ts";
import { describeStateMachine } from "../machines/machines.ts";
import type { ExecutionRecord, ListedExecution } from "../records/records.ts";
import { describeChild, describeMachineOfChild, getChildHistory, listChildren } from "./child-executions.ts";
import { type ExecutionRoom, findExecution, isChildArn } from "./execution-lookup.ts";
import { historyPage, shownHistory } from "./history-view.ts";
import { redriveFacts } from "./redrives.ts";

export async function describeExecution(room: ExecutionRoom, request: Request<"DescribeExecution">) {
  if (isChildArn(request.executionArn)) return await describeChild(room, request);
  return await describeStored(room, request);
}

/** An execution that is no child of a Map Run. @throws ServiceError `InvalidArn`, `ExecutionDoesNotExist` */
export async function describeStored(room: ExecutionRoom, request: Request<"DescribeExecution">) {
  const execution = await findExecution(room, request.executionArn);
  const { error, cause, traceHeader } = execution;
  return {
    ...summaryOf(execution),
    ...present({ error, cause, traceHeader }),
    ...(request.includedData === "ALL_DATA" ? payloadsOf(execution) : {}),
    ...redriveFacts(execution, room.now()),
  };
}

export function payloadsOf({ input, output, damage }: ExecutionRecord) {
  if (damage === "record") return {};
  const included = { included: true };
  return { input, inputDetails: included, ...(output === undefined ? {} : { output, outputDetails: included }) };
}

function summaryOf(execution: ListedExecution) {
  const { stopDate, redriveDate, versionArn: stateMachineVersionArn, aliasArn: stateMachineAliasArn } = execution;
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.machineArn,
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

export async function describeStateMachineForExecution(
  room: ExecutionRoom,
  request: Request<"DescribeStateMachineForExecution">,
) {
  if (isChildArn(request.executionArn)) return await describeMachineOfChild(room, request.executionArn);
  const execution = await findExecution(room, request.executionArn);
  const damage = execution.damage === "record" ? room.executions.damageOf(execution.arn) : undefined;
  if (damage !== undefined) throw refusals.damaged(damage);
  const machine = room.machines.get(execution.machineArn);
  const described = machine === undefined ? undefined : describeStateMachine(room, { stateMachineArn: machine.arn });
  return {
    ...(described === undefined
      ? {}
      : {
          loggingConfiguration: described.loggingConfiguration,
          tracingConfiguration: described.tracingConfiguration,
          encryptionConfiguration: described.encryptionConfiguration,
        }),
    stateMachineArn: execution.machineArn,
    name: execution.machineName,
    definition: execution.definition,
    roleArn: execution.roleArn,
    updateDate: epochSeconds(machine?.current.date ?? execution.startDate),
    ...present({ revisionId: execution.revisionId }),
  };
}

/**
 * Of a state machine, those of one version or one alias if its ARN names it, or the children of a Map Run. The latest
 * first: running ones by their start, the others by their end.
 */
export async function listExecutions(room: ExecutionRoom, request: Request<"ListExecutions">) {
  const { stateMachineArn, mapRunArn, statusFilter, redriveFilter } = request;
  if (stateMachineArn !== undefined && mapRunArn !== undefined) {
    throw refusals.invalid("Only one of stateMachineArn and mapRunArn can be specified");
  }
  if (mapRunArn !== undefined) return await listChildren(room, mapRunArn, request);
  if (stateMachineArn === undefined) {
    throw refusals.invalid("Either stateMachineArn or mapRunArn must be specified", "MISSING_REQUIRED_PARAMETER");
  }
  const { machine, version, alias } = findMachine(room, stateMachineArn);
  if (machine.type === "EXPRESS") throw refusals.wrongType();
  if (statusFilter === "PENDING_REDRIVE") {
    throw refusals.invalid("The status filter PENDING_REDRIVE can only be specified with mapRunArn");
  }
  const found = room.executions
    .list()
    .filter(({ machineArn }) => machineArn === machine.arn)
    .filter((execution) => version === undefined || execution.versionArn === versionArn(machine, version))
    .filter((execution) => alias === undefined || execution.aliasArn === aliasArn(machine, alias))
    .filter(({ status }) => statusFilter === undefined || status === statusFilter)
    .filter(({ redriveCount }) => redriveFilter === undefined || (redriveFilter === "REDRIVEN") === redriveCount > 0)
    .toSorted((one, other) => latest(other) - latest(one));
  const list = `executions ${stateMachineArn} ${statusFilter} ${redriveFilter}`;
  const { items, nextToken } = pageOf(found, list, request);
  return { executions: items.map(summaryOf), ...present({ nextToken }) };
}

const latest = ({ startDate, stopDate, redriveDate }: ListedExecution): number => stopDate ?? redriveDate ?? startDate;

export async function getExecutionHistory(room: ExecutionRoom, request: Request<"GetExecutionHistory">) {
  if (isChildArn(request.executionArn)) return await getChildHistory(room, request);
  return await historyPage(await shownHistory(room, await findExecution(room, request.executionArn)), request);
}
