import type { ErrorCategory } from "./error-info.ts";
import type { ErrorCode } from "./ids.ts";

/** Whether the same attempt is made again, by the state machine's `Retry`. */
export type RetryClass = "transient_io" | "never";

/** What a process ends with that ends on the error: something failed, what it was given is wrong, or somebody cancelled it. */
export type ErrorExit = "failed" | "bad_input" | "cancelled";

/**
 * What the error means for the run it happens in.
 * - `verdict`: the attempt failed; at a hard gate, the gate said no
 * - `quarantine`: so it is, and what the detail `what` names is set aside
 * - `no_verdict`: the attempt failed, which says nothing of what a gate judges
 * - `stops`: so it is, and no retry in this process mends it: the process ends, and the run can be resumed
 */
export type ErrorEffect = "verdict" | "quarantine" | "no_verdict" | "stops";

/**
 * `code`: one, or those of a class that has several.
 * `shown`: the details that are shown as they are. Others may hold text from outside and stay in the run's log.
 */
type Row = readonly [
  code: string | readonly [string, ...string[]],
  category: ErrorCategory,
  retry: RetryClass,
  exit: ErrorExit,
  effect: ErrorEffect,
  shown?: string,
];
type Table = Readonly<Record<string, Row>>;

// biome-ignore format: a list
const PLAN_CODES = [
  "plan_empty_plan", "plan_duplicate_state_id", "plan_missing_state_for_edge", "plan_circular_dependency",
  "plan_dangling_dependency_tag", "plan_skipped_dependency", "plan_unskippable_state", "plan_unknown_skip_tag",
  "plan_unknown_retry",
] as const;
const ELF_CODES = ["elf_malformed", "elf_unsupported"] as const;
// biome-ignore format: a list
const RECOMPILER_CODES = [
  "worker_failed", "arguments_too_long", "captures_foreign", "captures_malformed", "code_too_wide",
  "entry_missing", "host_file", "ir_syntax", "layout_too_large", "memory_limit", "module_contract", "module_invalid", "module_malformed",
  "shard_foreign", "shard_malformed", "shard_overlap",
] as const;

/** The run contract. */
// biome-ignore format: a table, one row an error
const kernel = {
  FlowChanged:            ["flow_changed",             "context",    "never",        "bad_input", "verdict", "begun found"],
  ContractInputMissing:   ["contract_input_missing",   "contract",   "never",        "bad_input", "verdict"],
  HardGateFailed:         ["hard_gate_failed",         "gate",       "never",        "failed",    "verdict", "report"],
  ValidationFailed:       ["validation_failed",        "validation", "never",        "bad_input", "verdict"],
  TransientIo:            ["transient_io",             "resource",   "transient_io", "failed",    "verdict"],
  IllegalTransition:      ["illegal_transition",       "context",    "never",        "failed",    "verdict", "seq event field from to"],
  IdempotencyKeyChanged:  ["idempotency_key_changed",  "contract",   "never",        "failed",    "verdict", "state_id before now"],
  RetryBudgetExhausted:   ["retry_budget_exhausted",   "resource",   "never",        "failed",    "verdict", "state_id attempts error"],
  GateRefusal:            ["gate_refusal",             "gate",       "never",        "bad_input", "verdict"],
  GateRejected:           ["gate_rejected",            "gate",       "never",        "failed",    "verdict", "gate by"],
  AttemptTimedOut:        ["attempt_timed_out",        "resource",   "never",        "failed",    "no_verdict"],
  AttemptAborted:         ["attempt_aborted",          "resource",   "transient_io", "failed",    "no_verdict"],
  ChainMismatch:          ["chain_mismatch",           "contract",   "never",        "failed",    "stops", "place expected found"],
  RunCancelled:           ["run_cancelled",            "context",    "never",        "cancelled", "no_verdict", "by"],
  InvalidPlan:            [PLAN_CODES,                 "contract",   "never",        "bad_input", "verdict", "kind state_id missing from to cycle missing_tag skipped skip_tag known"],
  SecretRefused:          ["secret_refused",           "contract",   "never",        "bad_input", "verdict", "what found places"],
  DeclaredSecretUnusable: ["declared_secret_unusable", "contract",   "never",        "bad_input", "verdict"],
  SecretKeyUnusable:      ["secret_key_unusable",      "contract",   "never",        "bad_input", "verdict"],
  SealedSecretBroken:     ["sealed_secret_broken",     "contract",   "never",        "failed",    "verdict"],
  MissingFact:            ["missing_fact",             "context",    "never",        "failed",    "verdict", "key"],
  MissingFactRetryable:   ["missing_fact",             "context",    "transient_io", "failed",    "verdict", "key"],
  MissingFactKey:         ["missing_fact_key",         "contract",   "never",        "failed",    "verdict"],
  FactMismatch:           ["fact_mismatch",            "context",    "never",        "failed",    "verdict", "key pointer attempt"],
  FactKeyReused:          ["fact_key_reused",          "contract",   "never",        "failed",    "verdict", "key pointer"],
  NamespaceUnknown:       ["namespace_unknown",        "contract",   "never",        "failed",    "verdict", "namespace"],
  TransportFailed:        ["transport_failed",         "resource",   "transient_io", "failed",    "verdict", "service status timeout_ms retry_after_ms reason"],
  TransportRefused:       ["transport_refused",        "resource",   "never",        "failed",    "verdict", "service reason"],
  RateLimited:            ["rate_limited",             "resource",   "transient_io", "failed",    "verdict", "service status retry_after_ms"],
  CircuitOpen:            ["circuit_open",             "resource",   "transient_io", "failed",    "verdict", "service retry_after_ms"],
  ProgramNotAllowed:      ["program_not_allowed",      "contract",   "never",        "failed",    "verdict", "program"],
  ProgramUnusable:        ["program_unusable",         "contract",   "never",        "failed",    "verdict", "program"],
  ExecTimedOut:           ["exec_timed_out",           "resource",   "never",        "failed",    "verdict", "program timeout_ms"],
  ExecOutputTooLarge:     ["exec_output_too_large",    "resource",   "never",        "failed",    "verdict", "program max_output_bytes"],
  HostNotAllowed:         ["host_not_allowed",         "contract",   "never",        "failed",    "verdict", "method origin"],
  ResponseTooLarge:       ["response_too_large",       "resource",   "never",        "failed",    "verdict", "service max_response_bytes"],
  SecretEchoed:           ["secret_echoed",            "contract",   "never",        "failed",    "verdict", "service variable"],
} as const satisfies Table;

/** What the stores throw. */
// biome-ignore format: a table, one row an error
const stores = {
  ConcurrencyError:  ["store_concurrency",   "storage", "transient_io", "failed",    "no_verdict", "run_id expected found"],
  NotFoundError:     ["store_not_found",     "storage", "never",        "bad_input", "verdict", "what where"],
  CorruptionError:   ["store_corruption",    "storage", "never",        "failed",    "quarantine", "what where expected found"],
  ConflictError:     ["store_conflict",      "storage", "never",        "bad_input", "no_verdict", "run_id expected found"],
  LeaseHeldError:    ["store_lease_held",    "storage", "never",        "failed",    "no_verdict", "run_id folder holder place since"],
  LeaseLostError:    ["store_lease_lost",    "storage", "never",        "failed",    "no_verdict", "run_id folder epoch"],
  NoSpaceError:      ["store_no_space",      "storage", "never",        "failed",    "stops", "where"],
  AccessDeniedError: ["store_access_denied", "storage", "never",        "failed",    "stops", "where reason"],
  LayoutError:       ["store_layout",        "storage", "never",        "bad_input", "stops", "where found"],
  IoError:           ["store_io",            "storage", "transient_io", "failed",    "no_verdict", "where reason"],
  UnsupportedFormatError: ["store_unsupported_format", "storage", "never", "bad_input", "no_verdict", "what expected found"],
  InvalidInputError: ["store_invalid_input", "storage", "never",        "bad_input", "no_verdict", "what expected"],
} as const satisfies Table;

/** What a run is to its users. */
// biome-ignore format: a table, one row an error
const runs = {
  UnreadableRun: ["run_unreadable", "storage", "never", "failed", "no_verdict"],
} as const satisfies Table;

/** The command line. */
// biome-ignore format: a table, one row an error
const scripts = {
  UsageError: ["usage", "contract", "never", "bad_input", "verdict"],
} as const satisfies Table;

/** This room stands alone: its classes know nothing of this table, which a test holds against them. */
// biome-ignore format: a table, one row an error
const recompiler = {
  ElfError:        [ELF_CODES,        "parsing_input", "never", "bad_input", "verdict", "field offset expected found"],
  SymbolFileError: ["symbol_file_unusable", "parsing_input", "never", "bad_input", "verdict", "where expected found"],
  RecompilerError: [RECOMPILER_CODES, "recompiler",    "never", "failed",    "verdict"],
  GuestTrap:       ["guest_trap",     "recompiler",    "never", "failed",    "verdict"],
} as const satisfies Table;

/** As does this one. `States.*` are the names of the Amazon States Language (appendix A) that the interpreter gives. */
// biome-ignore format: a table, one row an error
const asl = {
  DefinitionError:                          ["definition_invalid",      "validation", "never", "bad_input", "verdict"],
  ExecutionInputError:                      ["execution_input_invalid", "validation", "never", "bad_input", "verdict"],
  HistoryError:                             ["history_unusable",        "context",    "never", "failed",    "no_verdict"],
  "States.DataLimitExceeded":               ["data_limit_exceeded",     "resource",   "never", "failed",    "verdict"],
  "States.ExceedToleratedFailureThreshold": ["too_many_items_failed",   "unknown",    "never", "failed",    "verdict"],
  "States.HeartbeatTimeout":                ["task_heartbeat_timeout",  "resource",   "never", "failed",    "no_verdict"],
  "States.ItemReaderFailed":                ["item_reader_failed",      "validation", "never", "failed",    "verdict"],
  "States.QueryEvaluationError":            ["query_evaluation_error",  "validation", "never", "failed",    "verdict"],
  "States.ReferencePathConflict":           ["reference_path_conflict", "validation", "never", "failed",    "verdict"],
  "States.ResultWriterFailed":              ["result_writer_failed",    "resource",   "never", "failed",    "verdict"],
  "States.Runtime":                         ["state_machine_runtime",   "validation", "never", "failed",    "verdict"],
  "States.TaskFailed":                      ["task_failed",             "unknown",    "never", "failed",    "verdict"],
  "States.Timeout":                         ["task_timeout",            "resource",   "never", "failed",    "no_verdict"],
} as const satisfies Table;

/** Names that only AWS gives, or who stands in for Lambda. Those retried are the ones the Step Functions guide says to retry ("Handle transient Lambda service exceptions"). */
// biome-ignore format: a table, one row an error
const aws = {
  "States.BranchFailed":                    ["branch_failed",             "unknown",    "never",        "failed", "verdict"],
  "States.IntrinsicFailure":                ["intrinsic_failure",         "validation", "never",        "failed", "verdict"],
  "States.NoChoiceMatched":                 ["no_choice_matched",         "validation", "never",        "failed", "verdict"],
  "States.ParameterPathFailure":            ["parameter_path_failure",    "validation", "never",        "failed", "verdict"],
  "States.Permissions":                     ["permissions_missing",       "resource",   "never",        "failed", "no_verdict"],
  "States.ResultPathMatchFailure":          ["result_path_match_failure", "validation", "never",        "failed", "verdict"],
  "Lambda.AWSLambdaException":              ["lambda_service",            "resource",   "transient_io", "failed", "no_verdict"],
  "Lambda.ClientExecutionTimeoutException": ["lambda_service",            "resource",   "transient_io", "failed", "no_verdict"],
  "Lambda.InvalidResponse":                 ["lambda_response",           "resource",   "never",        "failed", "no_verdict"],
  "Lambda.ResourceNotFoundException":       ["lambda_not_found",          "contract",   "never",        "failed", "no_verdict"],
  "Lambda.SdkClientException":              ["lambda_service",            "resource",   "transient_io", "failed", "no_verdict"],
  "Lambda.ServiceException":                ["lambda_service",            "resource",   "transient_io", "failed", "no_verdict"],
  "Lambda.TooManyRequestsException":        ["lambda_throttled",          "resource",   "transient_io", "failed", "no_verdict"],
  "Lambda.Unknown":                         ["lambda_unknown",            "unknown",    "never",        "failed", "no_verdict"],
  "Function.ResponseSizeTooLarge":          ["lambda_response",           "resource",   "never",        "failed", "no_verdict"],
  "Runtime.ExitError":                      ["lambda_exited",             "resource",   "never",        "failed", "no_verdict"],
  "Runtime.HandlerNotFound":                ["lambda_not_loaded",         "contract",   "never",        "failed", "no_verdict"],
  "Runtime.ImportModuleError":              ["lambda_not_loaded",         "contract",   "never",        "failed", "no_verdict"],
  "Runtime.MarshalError":                   ["lambda_response",           "validation", "never",        "failed", "no_verdict"],
  "Runtime.UnhandledPromiseRejection":      ["lambda_unhandled",          "unknown",    "never",        "failed", "no_verdict"],
  "Sandbox.Timedout":                       ["lambda_timeout",            "resource",   "never",        "failed", "no_verdict"],
} as const satisfies Table;

/** Every error that leaves its room: a class, or a name that the state machine's interpreter gives. */
const ROOMS = { kernel, stores, runs, scripts, recompiler, asl, aws } as const;
export type ErrorRoom = keyof typeof ROOMS;
type Rows = typeof kernel & typeof stores & typeof runs & typeof scripts & typeof recompiler & typeof asl & typeof aws;

export type ErrorName = keyof Rows;
type Room<R extends ErrorRoom> = (typeof ROOMS)[R];
/** Names of a room's errors that have one code. A class without a row has no name here, and does not compile. */
export type SingleCodedName<R extends ErrorRoom> = {
  [N in keyof Room<R>]: Room<R>[N] extends readonly [string, ...unknown[]] ? N : never;
}[keyof Room<R>];
/** What has to be said beside a name: nothing, or which of its codes. */
type CodeArguments<N extends ErrorName> = Rows[N][0] extends readonly (infer Each)[] ? [code: Each] : [];

/** A row, by its columns. */
export interface ErrorMeaning {
  readonly name: string;
  readonly room: ErrorRoom;
  readonly codes: readonly ErrorCode[];
  readonly category: ErrorCategory;
  readonly retry: RetryClass;
  readonly exit: ErrorExit;
  readonly effect: ErrorEffect;
  readonly shown: readonly string[];
}

const MEANINGS: ReadonlyMap<string, ErrorMeaning> = new Map(
  Object.entries(ROOMS).flatMap(([room, rows]) =>
    Object.entries<Row>(rows).map(([name, [code, category, retry, exit, effect, shown]]) => {
      const codes = (typeof code === "string" ? [code] : [...code]) as ErrorCode[];
      const columns = { category, retry, exit, effect, shown: shown?.split(" ") ?? [] };
      return [name, { name, room: room as ErrorRoom, codes, ...columns }];
    }),
  ),
);

/** What an error of this name means, wherever it was thrown; undefined for a name that is not one of ours. */
export function meaningOf(name: ErrorName): ErrorMeaning;
export function meaningOf(name: string): ErrorMeaning | undefined;
export function meaningOf(name: string): ErrorMeaning | undefined {
  return MEANINGS.get(name);
}

/** What an error carries that comes from its row. */
export interface ErrorIdentity {
  readonly name: string;
  readonly code: ErrorCode;
  readonly category: ErrorCategory;
  readonly retryable: boolean;
}

/** What a class that is thrown carries. A class of several codes says which one it is. */
export function registered<N extends ErrorName>(name: N, ...[code]: CodeArguments<N>): ErrorIdentity {
  const row = meaningOf(name as string);
  if (row === undefined) throw new Error(`error ${name}: expected a row in the error registry, found none; add one`);
  return {
    name,
    code: (code ?? row.codes[0]) as ErrorCode,
    category: row.category,
    retryable: row.retry !== "never",
  };
}

/**
 * What is known of an error by its name alone, as Lambda gives it back: it reports no more. `unknown` where the name is
 * none of ours, and as the code of a class that has several.
 */
export function identityOf(name: string): ErrorIdentity {
  const row = meaningOf(name);
  if (row === undefined) return { name, code: "unknown" as ErrorCode, category: "unknown", retryable: false };
  const [code, ...others] = row.codes;
  return {
    name,
    code: code === undefined || others.length > 0 ? ("unknown" as ErrorCode) : code,
    category: row.category,
    retryable: row.retry !== "never",
  };
}

/** What an error of this name means for the run it happens in. An error that nobody knows is a verdict: gates fail closed. */
export function effectOf(name: string): ErrorEffect {
  return meaningOf(name)?.effect ?? "verdict";
}

/** All rows, in the order of the rooms. */
export function errorMeanings(): ErrorMeaning[] {
  return [...MEANINGS.values()];
}

/** The names that a state machine's `Retry` lists for a class, sorted. */
export function errorNamesOfRetryClass(retry: RetryClass): string[] {
  return errorMeanings()
    .filter((row) => row.retry === retry)
    .map(({ name }) => name)
    .sort();
}
