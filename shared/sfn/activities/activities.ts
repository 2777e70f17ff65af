import { arnOf, checkName, type Place, readArn } from "../api/arns.ts";
import { refusals } from "../api/errors.ts";
import { byCreation, pageOf } from "../api/pages.ts";
import type { Request } from "../api/requests.ts";
import { epochSeconds, tagsOf } from "../api/wire.ts";
import type { Runner } from "../executions/runner.ts";
import type { RecordStore } from "../records/record-store.ts";
import type { ActivityRecord, ExecutionRecords } from "../records/records.ts";
import type { ActivityQueue } from "./activity-queue.ts";

/** What the operations on activities need. */
export interface ActivityRoom {
  readonly place: Place;
  readonly activities: RecordStore<ActivityRecord>;
  readonly executions: ExecutionRecords;
  readonly queue: ActivityQueue;
  readonly runner: Runner;
  /** Milliseconds since 1970. */
  now(): number;
}

/** @throws ServiceError `InvalidArn`, `ActivityDoesNotExist` */
export function findActivity(room: ActivityRoom, arn: string): ActivityRecord {
  readArn(arn, "activity");
  const activity = activityOf(room, arn);
  if (activity === undefined) throw refusals.noActivity(arn);
  return activity;
}

/** @throws ServiceError `DataCorruptedException` */
function activityOf({ activities }: ActivityRoom, arn: string): ActivityRecord | undefined {
  const damage = activities.damageOf(arn);
  if (damage !== undefined) throw refusals.damaged(damage);
  return activities.get(arn);
}

/** Idempotent by name; tags of a second request are ignored (API reference). */
export async function createActivity(room: ActivityRoom, request: Request<"CreateActivity">) {
  checkName(request.name);
  const arn = arnOf(room.place, "activity", request.name);
  const existing = activityOf(room, arn);
  if (existing !== undefined) return created(existing);
  const tags = tagsOf(arn, {}, request.tags ?? []);
  const activity: ActivityRecord = { arn, name: request.name, creationDate: room.now(), tags };
  await room.activities.put(activity);
  return created(activity);
}

function created({ arn, creationDate }: ActivityRecord) {
  return { activityArn: arn, creationDate: epochSeconds(creationDate) };
}

export async function deleteActivity(room: ActivityRoom, request: Request<"DeleteActivity">) {
  readArn(request.activityArn, "activity");
  await room.activities.delete(request.activityArn);
  return {};
}

export function describeActivity(room: ActivityRoom, request: Request<"DescribeActivity">) {
  const activity = findActivity(room, request.activityArn);
  return { ...created(activity), name: activity.name, encryptionConfiguration: { type: "AWS_OWNED_KEY" } };
}

export function listActivities(room: ActivityRoom, request: Request<"ListActivities">) {
  const { items, nextToken } = pageOf(byCreation(room.activities.list()), "activities", request);
  const activities = items.map((activity) => ({ ...created(activity), name: activity.name }));
  return { activities, ...(nextToken === undefined ? {} : { nextToken }) };
}

/**
 * Waits for a task until `giveUp` aborts; then the answer is empty, as AWS's is after a minute. That the task is taken
 * is durable before the worker hears of it.
 */
export async function getActivityTask(room: ActivityRoom, request: Request<"GetActivityTask">, giveUp: AbortSignal) {
  const activity = findActivity(room, request.activityArn);
  const task = await room.queue.take(activity.arn, request.workerName, giveUp);
  if (task === undefined) return {};
  const { taskToken, executionArn, input } = task;
  const execution = room.executions.get(executionArn);
  if (execution !== undefined) {
    await room.executions.put({ ...execution, takenTasks: [...execution.takenTasks, taskToken] });
  }
  await room.runner.settled(executionArn);
  return { taskToken, input };
}
