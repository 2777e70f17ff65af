import type { Cancellation } from "../contracts/cancellation.ts";
import type { ErrorCategory, ErrorInfo } from "../contracts/error-info.ts";
import { type ErrorIdentity, identityOf, registered, type SingleCodedName } from "../contracts/error-registry.ts";
import { ErrorCode } from "../contracts/ids.ts";

/** Base of the kernel's errors. Its name is the ASL error name, so Retry and Catch match it; the registry says the rest. */
export class KernelError extends Error {
  readonly code: ErrorCode;
  readonly category: ErrorCategory;
  readonly retryable: boolean;
  readonly details: ErrorInfo["details"];

  /** @param row its name in the registry, without which a class does not compile; or what the row says, of one of several codes */
  constructor(row: SingleCodedName<"kernel"> | ErrorIdentity, message: string, { details, cause }: Detail = {}) {
    super(message, cause === undefined ? undefined : { cause });
    const identity = typeof row === "string" ? registered(row) : row;
    this.name = identity.name;
    this.code = identity.code;
    this.category = identity.category;
    this.retryable = identity.retryable;
    this.details = details;
  }
}

type Detail = { details?: ErrorInfo["details"]; cause?: unknown };

/** Something the run was promised (a manifest, an artifact, a field) is missing or malformed. Never retried. */
export class ContractInputMissing extends KernelError {
  constructor(message: string, options: Detail = {}) {
    super("ContractInputMissing", message, options);
  }
}

/** A hard gate said no: everything behind it is skipped and the run fails. Never retried. */
export class HardGateFailed extends KernelError {
  readonly gate: string;
  constructor(gate: string, message: string, options: Detail = {}) {
    super("HardGateFailed", message, options);
    this.gate = gate;
  }
}

/** A value does not have the shape its contract gives it. Never retried. */
export class ValidationFailed extends KernelError {
  constructor(message: string, options: Detail = {}) {
    super("ValidationFailed", message, options);
  }
}

/**
 * The outside failed in a way that may pass: retried with backoff.
 *
 * @public for stages; the kernel itself retries by class
 */
export class TransientIo extends KernelError {
  constructor(message: string, options: Detail = {}) {
    super("TransientIo", message, options);
  }
}

/** The event log asks for a step that the run's state machine does not allow. */
export class IllegalTransition extends KernelError {
  constructor(message: string, options: Detail = {}) {
    super("IllegalTransition", message, options);
  }
}

/** A run was begun under another flow, or another version or definition of it, and cannot go on under this one. */
export class FlowChanged extends KernelError {
  constructor(runId: string, begun: string, found: string) {
    super(
      "FlowChanged",
      `run ${runId}: expected ${begun}, under which it was begun, found ${found}; use the release of restep that began it, or run its manifest again with --new`,
      { details: { begun, found } },
    );
  }
}

/** A state that applies a side effect is entered again under another key: what stands outside would be of two keys. */
export class IdempotencyKeyChanged extends KernelError {
  constructor(stateId: string, before: string, now: string) {
    super(
      "IdempotencyKeyChanged",
      `${stateId}: expected the idempotency key ${before}, under which it was entered before, found ${now}; its input changed between two attempts: run the manifest again with --new`,
      { details: { state_id: stateId, before, now } },
    );
  }
}

/** A transient error came once more than the run config allows: a person has to look. Never retried. */
export class RetryBudgetExhausted extends KernelError {
  constructor(stateId: string, attempts: number, last: ErrorInfo, options: { cause?: unknown } = {}) {
    const message = `${stateId}: gave up after ${attempts} attempts; the last failed with ${last.name}: ${last.message}`;
    const details = { state_id: stateId, attempts, error: last.name };
    super("RetryBudgetExhausted", message, { details, ...options });
  }
}

/** A decision that cannot be taken: no such gate is open, it is not the kind for it, or not this principal's to take. */
export class GateRefusal extends KernelError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super("GateRefusal", message, options);
  }
}

/** A person said no at a gate: the run fails. Never retried. */
export class GateRejected extends KernelError {
  constructor(gate: string, by: string, reason: string) {
    super("GateRejected", `gate ${gate} was rejected by ${by}: ${reason}`, { details: { gate, by, reason } });
  }
}

/** The process that makes the attempt is about to be ended from outside. Never retried: it would take as long again. */
export class AttemptTimedOut extends KernelError {
  constructor(stateId: string) {
    super("AttemptTimedOut", `${stateId}: ran out of time; give its function more, or its shard fewer functions`);
  }
}

/** The process shuts down, or the caller gave up: the attempt says nothing of the state. Retried. */
export class AttemptAborted extends KernelError {
  constructor(message: string) {
    super("AttemptAborted", message);
  }
}

/** Somebody wanted the run cancelled: what was under way has no outcome. Never retried. */
export class RunCancelled extends KernelError {
  constructor({ by, reason }: Cancellation) {
    super("RunCancelled", `cancelled by ${by}: ${reason}`, { details: { by } });
  }
}

/** The capabilities around attempts are not those of the lock file: this build is not the one it claims to be. */
export class ChainMismatch extends KernelError {
  constructor(place: number, expected: string, found: string) {
    super(
      "ChainMismatch",
      `capabilities.lock.json, place ${place}: expected ${expected}, found ${found}; run the build that the lock is of, ` +
        "or write the lock anew with `npm run lock-capabilities`",
      { details: { place, expected, found } },
    );
  }
}

/**
 * Any thrown value as the record that is stored and sent. Rooms that stand alone share the registry's names, not the
 * class: what one of theirs does not say of itself, its row does.
 */
export function toErrorInfo(error: unknown): ErrorInfo {
  if (!(error instanceof Error)) return { ...identityOf("Error"), message: String(error) };
  const fields = error as Partial<KernelError>;
  const known = identityOf(error.name);
  const code = ErrorCode.safeParse(fields.code);
  return {
    name: error.name,
    code: code.success ? code.data : known.code,
    category: fields.category ?? known.category,
    retryable: fields.retryable ?? known.retryable,
    message: error.message,
    ...(fields.details === undefined ? {} : { details: fields.details }),
  };
}
