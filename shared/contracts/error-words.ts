import type { ErrorCategory } from "./error-info.ts";
import { type ErrorName, meaningOf } from "./error-registry.ts";

/** `ErrorCategory` of the machine contract, and the categories here that are meant by each. */
export const CONTRACT_CATEGORIES = {
  ParsingInput: ["parsing_input", "contract", "validation"],
  /** Nothing here stands on a chain. */
  OnChain: [],
  /** What is not the run's own state and no call out of it: people at gates, the recompiler. */
  OffChain: ["gate", "recompiler"],
  /** Calls through transports, and what they use up. */
  Rpc: ["resource"],
  Storage: ["storage"],
  Context: ["context"],
  Unknown: ["unknown"],
} as const satisfies Record<string, readonly ErrorCategory[]>;

/** The error enums of the machine contract, by variant, and the classes here that take their part. */
export const CONTRACT_VARIANTS = {
  "IoError::MissingFactKey": ["MissingFactKey"],
  "IoError::MissingFact": ["MissingFact", "MissingFactRetryable"],
  "IoError::Transport": ["TransportFailed", "TransportRefused", "CircuitOpen"],
  "IoError::RateLimited": ["RateLimited"],
  "IoError::Other": [
    "FactMismatch",
    "FactKeyReused",
    "NamespaceUnknown",
    "ProgramNotAllowed",
    "ProgramUnusable",
    "ExecTimedOut",
    "ExecOutputTooLarge",
    "HostNotAllowed",
    "ResponseTooLarge",
    "SecretEchoed",
  ],
  "ContextError::MissingKey": ["ContractInputMissing"],
  "ContextError::Serialization": ["ValidationFailed"],
  "ContextError::Other": ["IllegalTransition"],
  "StorageError::Concurrency": ["ConcurrencyError"],
  "StorageError::NotFound": ["NotFoundError"],
  "StorageError::Corruption": ["CorruptionError"],
  "StorageError::Other": [
    "UnsupportedFormatError",
    "ConflictError",
    "LeaseHeldError",
    "LeaseLostError",
    "NoSpaceError",
    "AccessDeniedError",
    "LayoutError",
    "IoError",
    "InvalidInputError",
  ],
  "RunError::InvalidPlan": ["InvalidPlan"],
  "RunError::Other": ["RetryBudgetExhausted", "IdempotencyKeyChanged", "HardGateFailed", "GateRejected"],
} as const satisfies Record<string, readonly ErrorName[]>;

/** The pipeline runner's error classes; only the first is retried. */
export const RUNNER_CLASSES = [
  "transient_io",
  "contract_input_missing",
  "hard_gate_failed",
  "validation_failed",
] as const;
type RunnerClass = (typeof RUNNER_CLASSES)[number];

/** The pipeline runner's class of an error that is not retried, by its category here. */
const RUNNER_CLASS_OF: Readonly<Record<ErrorCategory, RunnerClass | undefined>> = {
  parsing_input: "contract_input_missing",
  contract: "contract_input_missing",
  context: "contract_input_missing",
  storage: "contract_input_missing",
  gate: "hard_gate_failed",
  validation: "validation_failed",
  recompiler: "validation_failed",
  // Nothing was found wanting: time, retries or room were used up, or a service refused. The runner has no word for that.
  resource: undefined,
  unknown: undefined,
};

/** Which of the pipeline runner's four error classes an error is of; undefined for one that none of them means. */
export function runnerClassOf(name: ErrorName): RunnerClass | undefined {
  const { retry, category } = meaningOf(name);
  return retry === "transient_io" ? "transient_io" : RUNNER_CLASS_OF[category];
}
