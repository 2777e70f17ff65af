import { stringifyExact, type TaskResolver } from "../../asl/index.ts";
import type { RecordStore } from "../records/record-store.ts";
import type { ActivityRecord, ExecutionRecords } from "../records/records.ts";
import type { ActivityQueue } from "./activity-queue.ts";

/**
 * Offers activity tasks to workers. The outcome comes by the token, through SendTaskSuccess and SendTaskFailure; a task
 * that a worker took before this process started is still with that worker.
 */
export function activityResolver(
  queue: ActivityQueue,
  activities: RecordStore<ActivityRecord>,
  executions: ExecutionRecords,
): TaskResolver {
  return {
    run(request) {
      const { arn } = request.resource;
      if (activities.get(arn) === undefined) {
        throw Object.assign(new Error(), { error: "ActivityDoesNotExist", cause: `Activity Does Not Exist: '${arn}'` });
      }
      const isTaken = executions.get(request.executionArn)?.takenTasks.includes(request.taskToken);
      if (isTaken) return new Promise(() => undefined);
      const withdraw = queue.offer(arn, {
        taskToken: request.taskToken,
        executionArn: request.executionArn,
        input: stringifyExact(request.input),
        reportStarted: (workerName) => request.reportStarted(workerName),
      });
      request.signal.addEventListener("abort", withdraw, { once: true });
      return new Promise(() => undefined);
    },
  };
}
