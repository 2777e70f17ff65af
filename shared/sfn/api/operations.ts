import {
  type ActivityRoom,
  createActivity,
  deleteActivity,
  describeActivity,
  getActivityTask,
  listActivities,
} from "../activities/activities.ts";
import type { ExecutionRoom } from "../executions/execution-lookup.ts";
import {
  describeExecution,
  describeStateMachineForExecution,
  getExecutionHistory,
} from "../executions/execution-view.ts";
import { redriveExecution, startExecution, startSyncExecution, stopExecution } from "../executions/executions.ts";
import { listExecutions } from "../executions/listing.ts";
import { sendTaskFailure, sendTaskHeartbeat, sendTaskSuccess, type TaskRoom } from "../executions/tasks.ts";
import {
  createStateMachineAlias,
  deleteStateMachineAlias,
  describeStateMachineAlias,
  listStateMachineAliases,
  updateStateMachineAlias,
} from "../machines/aliases.ts";
import {
  createStateMachine,
  deleteStateMachine,
  describeStateMachine,
  listStateMachines,
  updateStateMachine,
} from "../machines/machines.ts";
import { validateStateMachineDefinition } from "../machines/validation.ts";
import {
  deleteStateMachineVersion,
  listStateMachineVersions,
  publishStateMachineVersion,
} from "../machines/versions.ts";
import { describeMapRun, listMapRuns, updateMapRun } from "../map-runs/map-runs.ts";
import { type TestRoom, testState } from "../test-state/test-state.ts";
import { ServiceError } from "./errors.ts";
import { readRequest } from "./reading.ts";
import { isOperation, type OperationName, type Request } from "./requests.ts";
import { listTagsForResource, tagResource, untagResource } from "./tags.ts";

/** Everything the operations work on. */
export interface Service extends ExecutionRoom, ActivityRoom, TaskRoom, TestRoom {
  /** Waits for an answer, but not longer than a worker waits, nor when the caller is gone. */
  wait<T>(closed: AbortSignal, answer: (giveUp: AbortSignal) => Promise<T>): Promise<T>;
}

type Operation<Name extends OperationName> = (
  service: Service,
  request: Request<Name>,
  closed: AbortSignal,
) => object | Promise<object>;

const operations: { readonly [Name in OperationName]: Operation<Name> } = {
  CreateActivity: createActivity,
  CreateStateMachine: createStateMachine,
  CreateStateMachineAlias: createStateMachineAlias,
  DeleteActivity: deleteActivity,
  DeleteStateMachine: deleteStateMachine,
  DeleteStateMachineAlias: deleteStateMachineAlias,
  DeleteStateMachineVersion: deleteStateMachineVersion,
  DescribeActivity: describeActivity,
  DescribeExecution: describeExecution,
  DescribeMapRun: describeMapRun,
  DescribeStateMachine: describeStateMachine,
  DescribeStateMachineAlias: describeStateMachineAlias,
  DescribeStateMachineForExecution: describeStateMachineForExecution,
  GetActivityTask: (service, request, closed) =>
    service.wait(closed, (giveUp) => getActivityTask(service, request, giveUp)),
  GetExecutionHistory: getExecutionHistory,
  ListActivities: listActivities,
  ListExecutions: listExecutions,
  ListMapRuns: listMapRuns,
  ListStateMachineAliases: listStateMachineAliases,
  ListStateMachines: listStateMachines,
  ListStateMachineVersions: listStateMachineVersions,
  ListTagsForResource: listTagsForResource,
  PublishStateMachineVersion: publishStateMachineVersion,
  RedriveExecution: redriveExecution,
  SendTaskFailure: sendTaskFailure,
  SendTaskHeartbeat: sendTaskHeartbeat,
  SendTaskSuccess: sendTaskSuccess,
  StartExecution: startExecution,
  StartSyncExecution: (service, request, closed) => untilClosed(closed, startSyncExecution(service, request)),
  StopExecution: stopExecution,
  TagResource: tagResource,
  TestState: (service, request, closed) => untilClosed(closed, testState(service, request)),
  UntagResource: untagResource,
  UpdateMapRun: updateMapRun,
  UpdateStateMachine: updateStateMachine,
  UpdateStateMachineAlias: updateStateMachineAlias,
  ValidateStateMachineDefinition: (_, request) => validateStateMachineDefinition(request),
};

/**
 * Carries out one call.
 * @throws ServiceError what the client is told
 */
export async function perform(
  service: Service,
  operation: string,
  body: unknown,
  closed: AbortSignal,
): Promise<object> {
  if (!isOperation(operation)) {
    throw new ServiceError("UnknownOperationException", `The operation ${operation} is not served locally`);
  }
  return await performNamed(service, operation, body, closed);
}

async function performNamed<Name extends OperationName>(
  service: Service,
  name: Name,
  body: unknown,
  closed: AbortSignal,
): Promise<object> {
  return await (operations[name] as Operation<Name>)(service, readRequest(name, body), closed);
}

/** An answer that takes as long as a machine, or its task, does: nobody waits for it when the caller is gone. */
async function untilClosed<T>(closed: AbortSignal, answer: Promise<T>): Promise<T> {
  let giveUp: () => void = () => {};
  const abandoned = new Promise<never>((_, reject) => {
    giveUp = () => reject(new Error("The server stopped before the answer was there"));
  });
  if (closed.aborted) giveUp();
  closed.addEventListener("abort", giveUp);
  try {
    return await Promise.race([answer, abandoned]);
  } finally {
    closed.removeEventListener("abort", giveUp);
  }
}
