/**
 * A state machine definition as it is written: Amazon States Language, parsed from JSON and not yet checked.
 * Field names are the language's own. Fields that take JSONata (`"{% ... %}"`) beside a literal are typed `unknown`.
 *
 * https://states-language.net/spec.html
 */
export type QueryLanguage = "JSONPath" | "JSONata";

/** STANDARD keeps a durable history of at most 25,000 events; EXPRESS runs in memory for at most five minutes. */
export type StateMachineType = "STANDARD" | "EXPRESS";

export interface StateMachineDefinition extends Workflow {
  readonly Comment?: string;
  readonly Version?: string;
  readonly QueryLanguage?: QueryLanguage;
  /** Seconds the whole execution may take. */
  readonly TimeoutSeconds?: number;
}

/** A start state and the states reachable from it: the machine itself, a Parallel branch, a Map processor. */
export interface Workflow {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, StateDefinition>>;
}

export interface StateFields {
  readonly Comment?: string;
  readonly QueryLanguage?: QueryLanguage;
  readonly InputPath?: string | null;
  readonly OutputPath?: string | null;
  /** JSONata: the state's output in place of its result. */
  readonly Output?: unknown;
  readonly Assign?: Readonly<Record<string, unknown>>;
  readonly Next?: string;
  readonly End?: boolean;
}

export interface ResultFields {
  readonly Parameters?: unknown;
  readonly Arguments?: unknown;
  readonly ResultSelector?: unknown;
  readonly ResultPath?: string | null;
}

export interface ErrorFields {
  readonly Retry?: readonly RetryDefinition[];
  readonly Catch?: readonly CatchDefinition[];
}

export interface RetryDefinition {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: "FULL" | "NONE";
}

export interface CatchDefinition {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly ResultPath?: string | null;
  readonly Output?: unknown;
  readonly Assign?: Readonly<Record<string, unknown>>;
}

export interface PassDefinition extends StateFields {
  readonly Type: "Pass";
  readonly Parameters?: unknown;
  readonly Result?: unknown;
  readonly ResultPath?: string | null;
}

export interface TaskDefinition extends StateFields, ResultFields, ErrorFields {
  readonly Type: "Task";
  readonly Resource: string;
  readonly TimeoutSeconds?: unknown;
  readonly TimeoutSecondsPath?: string;
  readonly HeartbeatSeconds?: unknown;
  readonly HeartbeatSecondsPath?: string;
  readonly Credentials?: unknown;
}

export interface ChoiceDefinition extends StateFields {
  readonly Type: "Choice";
  readonly Choices: readonly ChoiceRuleDefinition[];
  readonly Default?: string;
}

/** A comparison or, with `And`, `Or`, `Not`, a tree of them; in JSONata one `Condition`. */
export interface ChoiceRuleDefinition {
  readonly Next: string;
  readonly Condition?: unknown;
  readonly Output?: unknown;
  readonly Assign?: Readonly<Record<string, unknown>>;
  readonly [operator: string]: unknown;
}

export interface WaitDefinition extends StateFields {
  readonly Type: "Wait";
  readonly Seconds?: unknown;
  readonly SecondsPath?: string;
  readonly Timestamp?: unknown;
  readonly TimestampPath?: string;
}

export interface SucceedDefinition extends StateFields {
  readonly Type: "Succeed";
}

export interface FailDefinition extends StateFields {
  readonly Type: "Fail";
  readonly Error?: unknown;
  readonly ErrorPath?: string;
  readonly Cause?: unknown;
  readonly CausePath?: string;
}

export interface ParallelDefinition extends StateFields, ResultFields, ErrorFields {
  readonly Type: "Parallel";
  readonly Branches: readonly Workflow[];
}

export interface MapDefinition extends StateFields, ResultFields, ErrorFields {
  readonly Type: "Map";
  readonly ItemProcessor?: ItemProcessorDefinition;
  /** The name of `ItemProcessor` before Distributed Map; always inline. */
  readonly Iterator?: Workflow;
  readonly Items?: unknown;
  readonly ItemsPath?: string;
  readonly ItemSelector?: unknown;
  readonly ItemReader?: ItemReaderDefinition;
  readonly ItemBatcher?: ItemBatcherDefinition;
  readonly ResultWriter?: ResultWriterDefinition;
  readonly MaxConcurrency?: unknown;
  readonly MaxConcurrencyPath?: string;
  readonly ToleratedFailureCount?: unknown;
  readonly ToleratedFailureCountPath?: string;
  readonly ToleratedFailurePercentage?: unknown;
  readonly ToleratedFailurePercentagePath?: string;
  readonly Label?: string;
}

export interface ItemProcessorDefinition extends Workflow {
  readonly ProcessorConfig?: { readonly Mode?: "INLINE" | "DISTRIBUTED"; readonly ExecutionType?: StateMachineType };
}

export interface ItemReaderDefinition {
  readonly Resource: string;
  readonly Parameters?: unknown;
  readonly Arguments?: unknown;
  readonly ReaderConfig?: ReaderConfigDefinition;
}

export interface ReaderConfigDefinition {
  readonly InputType?: "JSON" | "JSONL" | "CSV" | "MANIFEST" | "PARQUET";
  readonly Transformation?: "NONE" | "LOAD_AND_FLATTEN";
  readonly ManifestType?: string;
  readonly CSVHeaderLocation?: "FIRST_ROW" | "GIVEN";
  readonly CSVHeaders?: readonly string[];
  readonly CSVDelimiter?: "COMMA" | "PIPE" | "SEMICOLON" | "SPACE" | "TAB";
  readonly MaxItems?: unknown;
  readonly MaxItemsPath?: string;
  readonly ItemsPointer?: string;
}

export interface ItemBatcherDefinition {
  readonly BatchInput?: unknown;
  readonly MaxItemsPerBatch?: unknown;
  readonly MaxItemsPerBatchPath?: string;
  readonly MaxInputBytesPerBatch?: unknown;
  readonly MaxInputBytesPerBatchPath?: string;
}

export interface ResultWriterDefinition {
  readonly Resource?: string;
  readonly Parameters?: unknown;
  readonly Arguments?: unknown;
  readonly WriterConfig?: {
    readonly Transformation?: "NONE" | "COMPACT" | "FLATTEN";
    readonly OutputType?: "JSON" | "JSONL";
  };
}

export type StateDefinition =
  | PassDefinition
  | TaskDefinition
  | ChoiceDefinition
  | WaitDefinition
  | SucceedDefinition
  | FailDefinition
  | ParallelDefinition
  | MapDefinition;
