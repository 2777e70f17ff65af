import { type EventKind, KINDS } from "../../history/kinds.ts";
import type { TaskFamily, TaskResource } from "../../services/resource.ts";

/** The events of a task, which each family of resources has of its own. */
export interface FamilyKinds {
  readonly scheduled: EventKind;
  readonly started: EventKind;
  readonly succeeded: EventKind;
  readonly failed: EventKind;
  readonly timedOut: EventKind;
}

const kindsOf = (family: TaskFamily): FamilyKinds => ({
  scheduled: KINDS[`${family}Scheduled`],
  started: KINDS[`${family}Started`],
  succeeded: KINDS[`${family}Succeeded`],
  failed: KINDS[`${family}Failed`],
  timedOut: KINDS[`${family}TimedOut`],
});

export const FAMILY_KINDS: Readonly<Record<TaskFamily, FamilyKinds>> = {
  LambdaFunction: kindsOf("LambdaFunction"),
  Activity: kindsOf("Activity"),
  Task: kindsOf("Task"),
};

/** What the event says, besides the input, that schedules a task. */
export function scheduledDetails(
  resource: TaskResource,
  task: {
    readonly timeoutSeconds: number | undefined;
    readonly heartbeatSeconds: number | undefined;
    readonly credentials: unknown;
  },
  region: string,
) {
  const times = {
    ...(task.timeoutSeconds === undefined ? {} : { timeoutInSeconds: task.timeoutSeconds }),
    ...(task.heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: task.heartbeatSeconds }),
  };
  const { RoleArn: roleArn } = (task.credentials ?? {}) as { RoleArn?: string };
  const more = roleArn === undefined ? times : { ...times, taskCredentials: { roleArn } };
  if (resource.family !== "Task") return { resource: resource.arn, ...more };
  return { ...serviceDetails(resource), region, ...more };
}

/** What every event of a service integration says; the other families have events of their own. */
export function serviceDetails({ family, service, label }: TaskResource) {
  return family === "Task" ? { resourceType: service, resource: label } : undefined;
}
