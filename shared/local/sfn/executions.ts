import { randomUUID } from "node:crypto";
import { arnOf, checkName, readArn } from "./arns.ts";
import { refusals } from "./errors.ts";
import type { Histories } from "./histories.ts";
import { historyPage } from "./history-view.ts";
import { describeStateMachine, findMachine, type MachineRoom, versionArn } from "./machines.ts";
import { pageOf } from "./pages.ts";
import type { ExecutionRecord } from "./records.ts";
import { redriveFacts, redriveFault } from "./redrives.ts";
import type { Request } from "./requests.ts";
import type { Runner } from "./runner.ts";
import { epochSeconds, present } from "./wire.ts";

/** What the operations on executions need. */
export interface ExecutionRoom extends MachineRoom {
  readonly runner: Runner;
  readonly histories: Histories;
}

/** @throws ServiceError `InvalidArn`, `ExecutionDoesNotExist` */
export function findExecution(room: MachineRoom, arn: string): ExecutionRecord {
  const { kind } = readArn(arn, "execution", "express");
  if (kind === "express") throw refusals.wrongType();
  const execution = room.executions.get(arn);
  if (execution === undefined) throw refusals.noExecution(arn);
  return execution;
}

/**
 * Idempotent while the execution runs: the same name and input again give the same execution (API reference).
 * An execution is stored before it starts, so that one that was acknowledged is never lost.
 */
export async function startExecution(room: ExecutionRoom, request: Request<"StartExecution">) {
  const execution = newExecution(room, request);
  const existing = room.executions.get(execution.arn);
  if (existing !== undefined) {
    const isSame = existing.status === "RUNNING" && existing.input === execution.input;
    if (!isSame) throw refusals.executionExists(execution.arn);
    return started(existing);
  }
  if (execution.machineType === "STANDARD") await room.executions.put(execution);
  await room.runner.start(execution);
  await room.runner.settled(execution.arn);
  return started(execution);
}

function started({ arn, startDate }: ExecutionRecord) {
  return { executionArn: arn, startDate: epochSeconds(startDate) };
}

/** Runs an Express execution to its end. */
export async function startSyncExecution(room: ExecutionRoom, request: Request<"StartSyncExecution">) {
  if (findMachine(room, request.stateMachineArn).machine.type !== "EXPRESS") throw refusals.wrongType();
  const execution = newExecution(room, request);
  const ended = await (await room.runner.start(execution)).outcome;
  const milliseconds = (ended.stopDate ?? ended.startDate) - ended.startDate;
  return {
    executionArn: ended.arn,
    stateMachineArn: ended.machineArn,
    name: ended.name,
    startDate: epochSeconds(ended.startDate),
    stopDate: epochSeconds(ended.stopDate ?? ended.startDate),
    status: ended.status,
    ...present({ error: ended.error, cause: ended.cause, traceHeader: ended.traceHeader }),
    ...(request.includedData === "ALL_DATA" ? payloads(ended) : {}),
    billingDetails: { billedMemoryUsedInMB: 64, billedDurationInMilliseconds: Math.ceil(milliseconds / 100) * 100 },
  };
}

/** @throws ServiceError `InvalidName`, `InvalidExecutionInput`, and what `findMachine` throws */
function newExecution(room: ExecutionRoom, request: Request<"StartExecution">): ExecutionRecord {
  const { machine, version, revision } = findMachine(room, request.stateMachineArn);
  if (machine.status === "DELETING") throw refusals.machineDeleting(machine.arn);
  const name = request.name ?? randomUUID();
  checkName(name);
  checkInput(request.input);
  const isExpress = machine.type === "EXPRESS";
  return {
    arn: isExpress
      ? arnOf(room.place, "express", machine.name, name, randomUUID())
      : arnOf(room.place, "execution", machine.name, name),
    name,
    machineArn: machine.arn,
    machineName: machine.name,
    machineType: machine.type,
    definition: revision.definition,
    roleArn: revision.roleArn,
    input: request.input,
    status: "RUNNING",
    startDate: room.now(),
    redriveCount: 0,
    redriveTokens: [],
    takenTasks: [],
    ...(version === undefined ? {} : { versionArn: versionArn(machine, version) }),
    ...present({ traceHeader: request.traceHeader }),
  };
}

function checkInput(input: string): void {
  try {
    JSON.parse(input);
  } catch (error) {
    throw refusals.badInput((error as Error).message);
  }
}

function payloads({ input, output }: ExecutionRecord) {
  const included = { included: true };
  return { input, inputDetails: included, ...(output === undefined ? {} : { output, outputDetails: included }) };
}

export async function stopExecution(room: ExecutionRoom, request: Request<"StopExecution">) {
  const { arn } = findExecution(room, request.executionArn);
  await room.runner.stop(arn, present({ error: request.error, cause: request.cause }));
  return { stopDate: epochSeconds(findExecution(room, arn).stopDate ?? room.now()) };
}

export function describeExecution(room: ExecutionRoom, request: Request<"DescribeExecution">) {
  const execution = findExecution(room, request.executionArn);
  const { stopDate, redriveDate, error, cause, traceHeader, versionArn: stateMachineVersionArn } = execution;
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.machineArn,
    name: execution.name,
    status: execution.status,
    startDate: epochSeconds(execution.startDate),
    ...present({
      stopDate: stopDate === undefined ? undefined : epochSeconds(stopDate),
      error,
      cause,
      traceHeader,
      stateMachineVersionArn,
      redriveDate: redriveDate === undefined ? undefined : epochSeconds(redriveDate),
    }),
    ...(request.includedData === "ALL_DATA" ? payloads(execution) : {}),
    redriveCount: execution.redriveCount,
    ...redriveFacts(execution, room.now()),
  };
}

export function describeStateMachineForExecution(
  room: ExecutionRoom,
  request: Request<"DescribeStateMachineForExecution">,
) {
  const execution = findExecution(room, request.executionArn);
  const machine = room.machines.get(execution.machineArn);
  const described = machine === undefined ? undefined : describeStateMachine(room, { stateMachineArn: machine.arn });
  return {
    ...(described === undefined
      ? {}
      : {
          loggingConfiguration: described.loggingConfiguration,
          tracingConfiguration: described.tracingConfiguration,
          encryptionConfiguration: described.encryptionConfiguration,
          revisionId: described.revisionId,
        }),
    stateMachineArn: execution.versionArn ?? execution.machineArn,
    name: execution.machineName,
    definition: execution.definition,
    roleArn: execution.roleArn,
    updateDate: epochSeconds(machine?.current.date ?? execution.startDate),
  };
}

export function listExecutions(room: ExecutionRoom, request: Request<"ListExecutions">) {
  const { statusFilter, redriveFilter } = request;
  if (request.stateMachineArn === undefined) throw refusals.invalid("stateMachineArn must be specified");
  const { machine, version } = findMachine(room, request.stateMachineArn);
  if (machine.type === "EXPRESS") throw refusals.wrongType();
  const versionOnly = version === undefined ? undefined : versionArn(machine, version);
  const found = room.executions
    .list()
    .filter(({ machineArn }) => machineArn === machine.arn)
    .filter((execution) => versionOnly === undefined || execution.versionArn === versionOnly)
    .filter(({ status }) => statusFilter === undefined || status === statusFilter)
    .filter(({ redriveCount }) => redriveFilter === undefined || (redriveFilter === "REDRIVEN") === redriveCount > 0)
    .toSorted((one, other) => other.startDate - one.startDate);
  const list = `executions ${request.stateMachineArn} ${statusFilter} ${redriveFilter}`;
  const { items, nextToken } = pageOf(found, list, request);
  return { executions: items.map(listed), ...present({ nextToken }) };
}

function listed(execution: ExecutionRecord) {
  const { stopDate, redriveDate, versionArn: stateMachineVersionArn } = execution;
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
    }),
  };
}

export async function getExecutionHistory(room: ExecutionRoom, request: Request<"GetExecutionHistory">) {
  const { arn } = findExecution(room, request.executionArn);
  return historyPage(room.runner.events(arn) ?? (await room.histories.read(arn)), request);
}

/** Runs an execution that did not succeed again, from where it failed. Idempotent by the client's token. */
export async function redriveExecution(room: ExecutionRoom, request: Request<"RedriveExecution">) {
  const execution = findExecution(room, request.executionArn);
  const token = request.clientToken;
  if (token !== undefined && execution.redriveTokens.includes(token)) return redriven(execution);
  const fault = redriveFault(execution, room.now());
  // Its end may be known and its history not closed yet.
  if (fault === undefined) await room.runner.outcome(execution.arn);
  if (fault !== undefined) throw refusals.notRedrivable(fault);
  const { stopDate, output, error, cause, ...kept } = execution;
  const opened: ExecutionRecord = {
    ...kept,
    status: "RUNNING",
    redriveCount: execution.redriveCount + 1,
    redriveDate: room.now(),
    redriveTokens: token === undefined ? kept.redriveTokens : [...kept.redriveTokens, token],
  };
  await room.executions.put(opened);
  await room.runner.redrive(opened);
  await room.runner.settled(opened.arn);
  return redriven(opened);
}

function redriven({ redriveDate, startDate }: ExecutionRecord) {
  return { redriveDate: epochSeconds(redriveDate ?? startDate) };
}
