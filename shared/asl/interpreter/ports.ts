import type { HistoryEvent } from "../history/event.ts";
import type { FailureDetails } from "../history/kinds.ts";
import type { Entropy, ExpressionThreads } from "../query/index.ts";
import type { ObjectStore } from "../services/object-store.ts";
import type { TaskResolver } from "../services/resolver.ts";
import type { ExecutionClock } from "./clock.ts";
import type { ExecutionIdentity } from "./execution-identity.ts";
import type { MapRunRegistry } from "./map-run/registry.ts";
import type { PayloadMeter } from "./payload.ts";
import type { ExecutionStatus } from "./result.ts";
import type { PendingTask } from "./tasks/pending-task.ts";
import type { Turns } from "./turns.ts";

/** What an execution needs from outside. */
export interface Ports {
  readonly resolver: TaskResolver;
  readonly objects: ObjectStore | undefined;
  readonly clock: ExecutionClock;
  readonly entropy: Entropy;
  readonly region: string;
  readonly accountId: string;
  /** The role of executions that are given none. */
  readonly defaultRoleArn: string;
  /** Most events of a Standard execution's history. */
  readonly maxEvents: number;
  readonly payloads: PayloadMeter;
  readonly turns: Turns;
  /** Where expressions are evaluated that take long, or may. */
  readonly threads: Pick<ExpressionThreads, "run">;
  readonly mapRuns: MapRunRegistry;
  /** Told of an execution whose task tokens may be known to somebody, so that they find it. */
  readonly register: (execution: TaskOwner) => void;
  /** Told when it has ended, or crashed. */
  readonly unregister: (execution: TaskOwner) => void;
}

/** An execution, as a task token finds it. */
export interface TaskOwner {
  readonly arn: string;
  pendingTask(enteredId: number): PendingTask | undefined;
  /** Resolves when the events written so far are durable; rejects if they could not be kept. */
  durable(): Promise<void>;
}

/** An execution that is over, as it is reported. */
export interface EndedExecution {
  readonly identity: ExecutionIdentity;
  readonly status: ExecutionStatus;
  readonly input: unknown;
  readonly output: unknown;
  readonly failure: FailureDetails;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** When its last event happened, in milliseconds since the epoch. */
  readonly lastEventTime: number;
  readonly redriveCount: number;
  /** Those of its events that are in memory, made when asked for. */
  readonly events: readonly HistoryEvent[];
}

/** Who wants to know how an execution went. */
export interface ExecutionListener {
  /** It has ended, and its last event is durable. */
  ended(execution: EndedExecution): void;
  /** Its history could not be kept: it stopped in this process, and can be taken up again. */
  crashed(error: unknown): void;
}
