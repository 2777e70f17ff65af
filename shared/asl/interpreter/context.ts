import type { EventRecord } from "../history/record.ts";
import type { ExecutionIdentity } from "./execution-identity.ts";
import type { CompiledState } from "./machine.ts";
import { type TokenHolder, taskTokenOf } from "./tasks/task-token.ts";

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

/** An execution, as far as the context object tells of it whatever its state. */
interface ExecutionFacts {
  readonly identity: ExecutionIdentity;
  readonly started: EventRecord;
  readonly redriveCount: number;
  /** Milliseconds since the epoch; undefined for one that never was. */
  readonly redrivenAt: number | undefined;
}

export function executionContextOf({ identity, started, redriveCount, redrivenAt }: ExecutionFacts): ExecutionContext {
  return {
    Execution: {
      Id: identity.arn,
      Input: started.value,
      StartTime: new Date(started.time).toISOString(),
      Name: identity.name,
      RoleArn: identity.roleArn,
      RedriveCount: redriveCount,
      ...(redrivenAt === undefined ? {} : { RedriveTime: new Date(redrivenAt).toISOString() }),
    },
    StateMachine: { Id: identity.stateMachineArn, Name: identity.stateMachineName },
  };
}

/** A branch, as far as the context object tells of it. */
export interface ContextSource extends TokenHolder {
  readonly execution: TokenHolder["execution"] & { readonly context: ExecutionContext };
  readonly state: CompiledState;
  /** The event that entered the state. Milliseconds since the epoch. */
  readonly entered: { readonly id: number; readonly time: number };
}

/**
 * The context object, `$$` in JSONPath and `$states.context` in JSONata.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
 */
export function contextOf(source: ContextSource, mapItem: unknown): Readonly<Record<string, unknown>> {
  const { state, execution, entered } = source;
  const isTask = state.type === "Task";
  return {
    ...execution.context,
    State: {
      Name: state.name,
      EnteredTime: new Date(entered.time).toISOString(),
      ...(isTask ? { RetryCount: source.retryCount } : {}),
    },
    ...(isTask && state.resource.pattern !== "RequestResponse" ? { Task: { Token: taskTokenOf(source) } } : {}),
    ...(mapItem === undefined ? {} : { Map: { Item: mapItem } }),
  };
}
