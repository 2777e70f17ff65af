import type { Entropy } from "../query/index.ts";
import type { ObjectStore } from "../services/object-store.ts";
import type { TaskResolver } from "../services/resolver.ts";
import type { Branch } from "./branch.ts";
import type { Clock } from "./clock.ts";
import type { Execution } from "./execution.ts";
import type { MapRunRegistry } from "./map-run/registry.ts";

/** What an execution needs from outside. */
export interface Ports {
  readonly resolver: TaskResolver;
  readonly objects: ObjectStore | undefined;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly region: string;
  readonly accountId: string;
  /** The role of executions that are given none. */
  readonly defaultRoleArn: string;
  /** Most events of a Standard execution's history. */
  readonly maxEvents: number;
  /** Most bytes of a payload, as JSON text. */
  readonly maxPayloadBytes: number;
  readonly mapRuns: MapRunRegistry;
  /** Runs a branch until it waits for something or ends. */
  readonly runBranch: (branch: Branch) => void;
  /** Told of an execution with a task under way, so that the task's token finds it. */
  readonly enlist: (execution: Execution) => void;
  /** Told when it has ended, or crashed. */
  readonly dismiss: (execution: Execution) => void;
}

export interface ExecutionIdentity {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  /** The Map Run it is a child of, and which of its children it is; undefined for one that is none. */
  readonly child?: { readonly mapRunArn: string; readonly index: number } | undefined;
}

/** Who wants to know how an execution went. */
export interface ExecutionListener {
  /** It has ended, and its last event is durable. */
  ended(execution: Execution): void;
  /** Its history could not be kept: it stopped in this process, and can be taken up again. */
  crashed(error: unknown): void;
}
