import type { ErrorCategory, ErrorInfo } from "../contracts/error-info.ts";
import { ErrorCode } from "../contracts/ids.ts";

/** Base of the kernel's errors. The class name is the ASL error name, so Retry and Catch match it. */
export class KernelError extends Error {
  readonly code: ErrorCode;
  readonly category: ErrorCategory;
  readonly retryable: boolean;
  readonly details: ErrorInfo["details"];

  constructor(
    message: string,
    options: {
      code: string;
      category: ErrorCategory;
      retryable?: boolean;
      details?: ErrorInfo["details"];
      cause?: unknown;
    },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = ErrorCode.parse(options.code);
    this.category = options.category;
    this.retryable = options.retryable ?? false;
    this.details = options.details;
  }
}

type Detail = { details?: ErrorInfo["details"]; cause?: unknown };

/** Something the run was promised (a manifest, an artifact, a field) is missing or malformed. Never retried. */
export class ContractInputMissing extends KernelError {
  constructor(message: string, options: Detail = {}) {
    super(message, { code: "contract_input_missing", category: "contract", ...options });
  }
}

/** A hard gate said no: everything behind it is skipped and the run fails. Never retried. */
export class HardGateFailed extends KernelError {
  readonly gate: string;
  constructor(gate: string, message: string, options: Detail = {}) {
    super(message, { code: "hard_gate_failed", category: "gate", ...options });
    this.gate = gate;
  }
}

/** A value does not have the shape its contract gives it. Never retried. */
export class ValidationFailed extends KernelError {
  constructor(message: string, options: Detail = {}) {
    super(message, { code: "validation_failed", category: "validation", ...options });
  }
}

/** The outside failed in a way that may pass: retried with backoff. */
export class TransientIo extends KernelError {
  constructor(message: string, options: Detail = {}) {
    super(message, { code: "transient_io", category: "resource", retryable: true, ...options });
  }
}

/** The event log asks for a step that the run's state machine does not allow. */
export class IllegalTransition extends KernelError {
  constructor(message: string, options: Detail = {}) {
    super(message, { code: "illegal_transition", category: "context", ...options });
  }
}

/** A transient error came once more than the run config allows: a person has to look. Never retried. */
export class RetryBudgetExhausted extends KernelError {
  constructor(stateId: string, attempts: number, last: ErrorInfo, options: { cause?: unknown } = {}) {
    super(`${stateId}: gave up after ${attempts} attempts; the last failed with ${last.name}: ${last.message}`, {
      code: "retry_budget_exhausted",
      category: last.category,
      details: { state_id: stateId, attempts, error: last.name },
      ...options,
    });
  }
}

/** A decision that cannot be taken: no such gate is open, it is not the kind for it, or not this principal's to take. */
export class GateRefusal extends KernelError {
  constructor(message: string) {
    super(message, { code: "gate_refusal", category: "gate" });
  }
}

/** A person said no at a gate: the run fails. Never retried. */
export class GateRejected extends KernelError {
  constructor(gate: string, by: string, reason: string) {
    super(`gate ${gate} was rejected by ${by}: ${reason}`, {
      code: "gate_rejected",
      category: "gate",
      details: { gate, by, reason },
    });
  }
}

/** The capabilities around attempts are not those of the lock file: this build is not the one it claims to be. */
export class ChainMismatch extends KernelError {
  constructor(place: number, expected: string, found: string) {
    super(
      `capabilities.lock.json, place ${place}: expected ${expected}, found ${found}; run the build that the lock is of, ` +
        "or write the lock anew with `npm run lock-capabilities`",
      { code: "chain_mismatch", category: "contract", details: { place, expected, found } },
    );
  }
}

const CODE = /^[a-z][a-z0-9_]{0,62}$/;

/** Any thrown value as the record that is stored and sent. Rooms that stand alone only share the fields, not the class. */
export function toErrorInfo(error: unknown): ErrorInfo {
  if (!(error instanceof Error)) {
    return {
      name: "Error",
      code: ErrorCode.parse("unknown"),
      category: "unknown",
      retryable: false,
      message: String(error),
    };
  }
  const fields = error as Partial<KernelError>;
  return {
    name: error.name,
    code: ErrorCode.parse(typeof fields.code === "string" && CODE.test(fields.code) ? fields.code : "unknown"),
    category: fields.category ?? "unknown",
    retryable: fields.retryable ?? false,
    message: error.message,
    ...(fields.details === undefined ? {} : { details: fields.details }),
  };
}
