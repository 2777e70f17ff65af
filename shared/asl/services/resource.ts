/** How a task talks to what does the work, which decides the events it leaves in the history. */
export type TaskFamily = "LambdaFunction" | "Activity" | "Task";

/** When a task of an integrated service is done: on its response, when the job has ended, or when its token comes back. */
export type IntegrationPattern = "RequestResponse" | "RunJob" | "WaitForTaskToken";

/** The `Resource` of a Task state, taken apart. */
export interface TaskResource {
  /** As the definition has it. */
  readonly arn: string;
  readonly family: TaskFamily;
  readonly pattern: IntegrationPattern;
  /** `lambda`, `sqs`, `aws-sdk:dynamodb`; for a function or an activity its own kind. */
  readonly service: string;
  /** The API action without the pattern, `sendMessage`; for a function or an activity its name. */
  readonly action: string;
  /** The action with its pattern, as events show it: `sendMessage.waitForTaskToken`. */
  readonly label: string;
}

const SERVICE_INTEGRATION =
  /^arn:aws[\w-]*:states:[\w-]*:\d*:(?!activity:)([^.]+):([^:.]+)((?:\.[A-Za-z]+)?(?::\d+)?)$/;
const ACTIVITY = /^arn:aws[\w-]*:states:[\w-]*:\d*:activity:(.+)$/;
const FUNCTION = /^arn:aws[\w-]*:lambda:[\w-]*:\d*:function:(.+)$/;

/**
 * Takes a `Resource` apart. What is no ARN of Step Functions counts as a function: a Lambda ARN, or the plain name under
 * which a handler was given.
 */
export function parseResource(arn: string): TaskResource {
  const activity = ACTIVITY.exec(arn);
  if (activity !== null) return own("Activity", "activity", arn, activity[1]!);
  const integration = SERVICE_INTEGRATION.exec(arn);
  if (integration === null) return own("LambdaFunction", "lambda", arn, FUNCTION.exec(arn)?.[1] ?? arn);
  const [, service, action, suffix] = integration as unknown as [string, string, string, string];
  const pattern = suffix.startsWith(".sync")
    ? "RunJob"
    : suffix === ".waitForTaskToken"
      ? "WaitForTaskToken"
      : "RequestResponse";
  return { arn, family: "Task", pattern, service, action, label: `${action}${suffix}` };
}

function own(family: TaskFamily, service: string, arn: string, name: string): TaskResource {
  return { arn, family, pattern: "RequestResponse", service, action: name, label: name };
}
