import { refusals } from "../api/errors.ts";
import type { Request } from "../api/requests.ts";
import { epochSeconds, present } from "../api/wire.ts";
import { definitionOf, describeStateMachine } from "../machines/machines.ts";
import type { ExecutionRecord } from "../records/records.ts";
import { describeChild, describeMachineOfChild, getChildHistory } from "./child-executions.ts";
import { type ExecutionRoom, findExecution, isChildArn } from "./execution-lookup.ts";
import { historyPage, shownHistory } from "./history-view.ts";
import { summaryOf } from "./listing.ts";
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

export async function describeStateMachineForExecution(
  room: ExecutionRoom,
  request: Request<"DescribeStateMachineForExecution">,
) {
  if (isChildArn(request.executionArn)) return await describeMachineOfChild(room, request);
  const execution = await findExecution(room, request.executionArn);
  const damage = execution.damage === "record" ? room.executions.damageOf(execution.arn) : undefined;
  if (damage !== undefined) throw refusals.damaged(damage);
  const machine = room.machines.get(execution.machineArn);
  const described =
    machine === undefined
      ? undefined
      : describeStateMachine(room, { stateMachineArn: machine.arn, includedData: "METADATA_ONLY" });
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
    ...definitionOf(execution.definition, request.includedData),
    roleArn: execution.roleArn,
    updateDate: epochSeconds(machine?.current.date ?? execution.startDate),
    ...present({ revisionId: execution.revisionId }),
  };
}

export async function getExecutionHistory(room: ExecutionRoom, request: Request<"GetExecutionHistory">) {
  if (isChildArn(request.executionArn)) return await getChildHistory(room, request);
  return await historyPage(await shownHistory(room, await findExecution(room, request.executionArn)), request);
}
