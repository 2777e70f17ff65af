import type { Branch } from "./branch.ts";
import { taskTokenOf } from "./task-token.ts";

/** What the context object says of an execution, whatever its state. */
export interface ExecutionContext {
  readonly Execution: {
    readonly Id: string;
    readonly Input: unknown;
    readonly StartTime: string;
    readonly Name: string;
    readonly RoleArn: string;
    readonly RedriveCount: number;
    readonly RedriveTime?: string;
  };
  readonly StateMachine: { readonly Id: string; readonly Name: string };
}

/**
 * The context object, `$$` in JSONPath and `$states.context` in JSONata.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
 */
export function contextOf(branch: Branch, mapItem: unknown): Readonly<Record<string, unknown>> {
  const { state, execution } = branch;
  const isTask = state.type === "Task";
  return {
    ...execution.context,
    State: {
      Name: state.name,
      EnteredTime: new Date(branch.enteredAt).toISOString(),
      ...(isTask ? { RetryCount: branch.retryCount } : {}),
    },
    ...(isTask && state.resource.pattern !== "RequestResponse" ? { Task: { Token: taskTokenOf(branch) } } : {}),
    ...(mapItem === undefined ? {} : { Map: { Item: mapItem } }),
  };
}
