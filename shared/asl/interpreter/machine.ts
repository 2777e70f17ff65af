import type {
  ChoiceDefinition,
  FailDefinition,
  MapDefinition,
  ParallelDefinition,
  PassDefinition,
  QueryLanguage,
  StateDefinition,
  StateMachineDefinition,
  StateMachineType,
  SucceedDefinition,
  TaskDefinition,
  WaitDefinition,
} from "../definition.ts";
import type { EventKind } from "../history/kinds.ts";
import type { Query, Scope } from "../query/index.ts";
import type { TaskResource } from "../services/resource.ts";
import type { Batcher } from "./map-run/child-inputs.ts";
import type { ItemReader } from "./map-run/item-reader.ts";
import type { ResultWriter } from "./map-run/result-writer.ts";

/** A definition compiled once; runs any number of executions, also at the same time. */
export interface StateMachine {
  readonly definition: StateMachineDefinition;
  readonly type: StateMachineType;
  readonly workflow: CompiledWorkflow;
  readonly timeoutSeconds: number | undefined;
}

export interface CompiledWorkflow {
  readonly startAt: CompiledState;
  readonly states: ReadonlyMap<string, CompiledState>;
}

/** The fields by which a state reads its input and shapes its output; a missing one leaves the value as it is. */
export interface DataFlow {
  /** `InputPath`. */
  readonly inputPath: Query | undefined;
  /** `Parameters` or `Arguments`. */
  readonly parameters: Query | undefined;
  readonly resultSelector: Query | undefined;
  /** `ResultPath`, of the raw input and the result. */
  readonly resultPath: ((input: unknown, result: unknown) => unknown) | undefined;
  readonly outputPath: Query | undefined;
  /** `Output`, JSONata's own. */
  readonly output: Query | undefined;
  readonly assign: Query | undefined;
}

interface StateBase<Type extends StateDefinition["Type"], Definition> extends DataFlow {
  readonly type: Type;
  readonly name: string;
  readonly definition: Definition;
  readonly language: QueryLanguage;
  /** Work, as turns are measured in, that the text of its fields alone makes, besides its events; mostly none. */
  readonly work: number;
  readonly entered: EventKind;
  /** The kind of its exit event; a Fail state has none and never asks. */
  readonly exited: EventKind;
  /** Undefined ends the workflow. */
  readonly next: CompiledState | undefined;
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly Catcher[];
}

export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number | undefined;
  readonly hasFullJitter: boolean;
}

export interface Catcher {
  readonly errorEquals: readonly string[];
  readonly next: CompiledState;
  readonly resultPath: DataFlow["resultPath"];
  readonly output: Query | undefined;
  readonly assign: Query | undefined;
}

export interface PassState extends StateBase<"Pass", PassDefinition> {
  readonly result: { readonly value: unknown } | undefined;
  /** Output is input, whatever the input. */
  readonly isPlain: boolean;
}

export interface ChoiceState extends StateBase<"Choice", ChoiceDefinition> {
  /** The index of the rule that holds, or undefined. */
  readonly choose: (scope: Scope) => number | undefined;
  readonly rules: readonly ChoiceRule[];
  readonly default: CompiledState | undefined;
}

export interface ChoiceRule {
  readonly next: CompiledState;
  readonly output: Query | undefined;
  readonly assign: Query | undefined;
}

export interface WaitState extends StateBase<"Wait", WaitDefinition> {
  /** The moment at which the wait is over, given the moment it began; both in milliseconds. */
  readonly until: (scope: Scope, startedAt: number) => number;
}

export interface TaskState extends StateBase<"Task", TaskDefinition> {
  readonly resource: TaskResource;
  readonly timeoutSeconds: Query<number> | undefined;
  readonly heartbeatSeconds: Query<number> | undefined;
  readonly credentials: Query | undefined;
}

export type SucceedState = StateBase<"Succeed", SucceedDefinition>;

export interface FailState extends StateBase<"Fail", FailDefinition> {
  readonly error: Query | undefined;
  readonly cause: Query | undefined;
}

export interface ParallelState extends StateBase<"Parallel", ParallelDefinition> {
  readonly branches: readonly CompiledWorkflow[];
}

export interface MapState extends StateBase<"Map", MapDefinition> {
  readonly processor: CompiledWorkflow;
  /** Answers with the list to be mapped, or with what is not one. */
  readonly items: Query;
  readonly itemSelector: Query | undefined;
  readonly maxConcurrency: Query<number> | undefined;
  readonly toleratedFailureCount: Query<number> | undefined;
  readonly toleratedFailurePercentage: Query<number> | undefined;
  /** How a Distributed Map runs its items; undefined for an inline one. */
  readonly distributed: DistributedMap | undefined;
}

export interface DistributedMap {
  /** The processor as the machine each child execution runs. */
  readonly machine: StateMachine;
  readonly itemReader: ItemReader | undefined;
  readonly batcher: Batcher | undefined;
  readonly resultWriter: ResultWriter | undefined;
}

export type CompiledState =
  | PassState
  | ChoiceState
  | WaitState
  | TaskState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;
