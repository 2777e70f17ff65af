import { randomUUID } from "node:crypto";
import { parseJson } from "../../asl/index.ts";
import { arnOf, checkName } from "../api/arns.ts";
import { refusals } from "../api/errors.ts";
import type { Request } from "../api/requests.ts";
import { epochSeconds, present } from "../api/wire.ts";
import { aliasArn, findMachine, revisionToRun, versionArn } from "../machines/machine-lookup.ts";
import { type ExecutionRecord, startedArn } from "../records/records.ts";
import { stopChild } from "./child-executions.ts";
import { type ExecutionRoom, findExecution, isChildArn } from "./execution-lookup.ts";
import { payloadsOf } from "./execution-view.ts";
import { redriveFault } from "./redrives.ts";

/**
 * Idempotent while the execution runs: the same name and input again give the same execution (API reference).
 * An execution is stored before it starts, so that one that was acknowledged is never lost.
 */
export async function startExecution(room: ExecutionRoom, request: Request<"StartExecution">) {
  const execution = newExecution(room, request);
  if (execution.machineType === "EXPRESS") {
    await room.runner.start(execution);
    return started(execution);
  }
  const existing = await room.executions.update(execution.arn, (found) =>
    found === undefined ? execution : undefined,
  );
  if (existing !== undefined) {
    const isSame = existing.status === "RUNNING" && existing.input === execution.input;
    if (!isSame) throw refusals.executionExists(execution.arn);
    return started(existing);
  }
  // Its record alone is what the answer promises: what begins here and is cut off begins again at the next start.
  room.runner.start(execution).catch(() => undefined);
  return started(execution);
}

function started({ arn, startDate }: ExecutionRecord) {
  return { executionArn: arn, startDate: epochSeconds(startDate) };
}

/** Runs an Express execution to its end. */
export async function startSyncExecution(room: ExecutionRoom, request: Request<"StartSyncExecution">) {
  const [machineArn] = testCaseOf(room, request.stateMachineArn);
  if (findMachine(room, machineArn).machine.type !== "EXPRESS") throw refusals.wrongType();
  const execution = newExecution(room, request);
  const ended = await (await room.runner.start(execution)).outcome;
  const milliseconds = (ended.stopDate ?? ended.startDate) - ended.startDate;
  return {
    executionArn: ended.arn,
    stateMachineArn: startedArn(ended),
    name: ended.name,
    startDate: epochSeconds(ended.startDate),
    stopDate: epochSeconds(ended.stopDate ?? ended.startDate),
    status: ended.status,
    ...present({ error: ended.error, cause: ended.cause, traceHeader: ended.traceHeader }),
    ...(request.includedData === "ALL_DATA" ? payloadsOf(ended) : {}),
    billingDetails: { billedMemoryUsedInMB: 64, billedDurationInMilliseconds: Math.ceil(milliseconds / 100) * 100 },
  };
}

/** @throws ServiceError `InvalidName`, `InvalidExecutionInput`, and what `findMachine` throws */
function newExecution(room: ExecutionRoom, request: Request<"StartExecution">): ExecutionRecord {
  const [machineArn, testCase] = testCaseOf(room, request.stateMachineArn);
  const found = findMachine(room, machineArn);
  const { machine, alias } = found;
  if (testCase !== undefined && !room.mocks?.hasTestCase(machine.name, testCase)) {
    throw refusals.badArn(
      `${request.stateMachineArn}: the mock config has no test case ${testCase} of ${machine.name}`,
    );
  }
  if (machine.status === "DELETING") throw refusals.machineDeleting(machine.arn);
  const name = request.name ?? randomUUID();
  checkName(name);
  checkInput(request.input);
  const { revision, version } = revisionToRun(room, found);
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
    ...present({
      revisionId: revision.revisionId,
      versionArn: version && versionArn(machine, version),
      aliasArn: alias && aliasArn(machine, alias),
      traceHeader: request.traceHeader,
      testCase,
    }),
  };
}

/** The ARN of a machine, and the test case behind it where there is a mock config, as in Step Functions Local. */
function testCaseOf(
  { mocks }: ExecutionRoom,
  arn: string,
): readonly [machineArn: string, testCase: string | undefined] {
  const at = mocks === undefined ? -1 : arn.indexOf("#");
  return at < 0 ? [arn, undefined] : [arn.slice(0, at), arn.slice(at + 1)];
}

function checkInput(input: string): void {
  if (input.trim() === "") throw refusals.badInput("Invalid execution input.");
  try {
    parseJson(input);
  } catch (error) {
    throw refusals.badInput((error as Error).message);
  }
}

export async function stopExecution(room: ExecutionRoom, request: Request<"StopExecution">) {
  if (isChildArn(request.executionArn)) return await stopChild(room, request);
  const { arn } = await findExecution(room, request.executionArn);
  await room.runner.stop(arn, present({ error: request.error, cause: request.cause }));
  return { stopDate: epochSeconds((await room.executions.read(arn))?.stopDate ?? room.now()) };
}

/** Runs an execution that did not succeed again, from where it failed. Idempotent by the client's token. */
export async function redriveExecution(room: ExecutionRoom, request: Request<"RedriveExecution">) {
  if (isChildArn(request.executionArn)) {
    throw refusals.notRedrivable(
      "Execution is a child of a Map Run and is redriven with the execution that started that",
    );
  }
  const execution = await findExecution(room, request.executionArn);
  const token = request.clientToken;
  if (token !== undefined && execution.redriveTokens.includes(token)) return redriven(execution);
  const fault = redriveFault(execution, room.now());
  // Its end may be known and its history not closed yet.
  if (fault === undefined) await room.runner.outcome(execution.arn);
  if (fault !== undefined) throw refusals.notRedrivable(fault);
  const { stopDate, output, error, cause, logEnds, ...kept } = execution;
  const opened: ExecutionRecord = {
    ...kept,
    status: "RUNNING",
    redriveCount: execution.redriveCount + 1,
    redriveDate: room.now(),
    redriveTokens: token === undefined ? kept.redriveTokens : [...kept.redriveTokens, token],
  };
  const found = await room.executions.update(execution.arn, (latest) =>
    latest?.redriveCount === execution.redriveCount ? opened : undefined,
  );
  // Another call was sooner.
  if (found?.redriveCount !== execution.redriveCount) return await redriveExecution(room, request);
  await room.runner.redrive(opened);
  await room.runner.settled(opened.arn);
  return redriven(opened);
}

function redriven({ redriveDate, startDate }: ExecutionRecord) {
  return { redriveDate: epochSeconds(redriveDate ?? startDate) };
}
