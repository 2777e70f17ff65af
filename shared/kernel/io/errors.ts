import type { ErrorInfo } from "../../contracts/error-info.ts";
import { KernelError } from "../errors.ts";

type Details = { readonly [key: string]: string | number | boolean | null };
type Detail = { details?: Details; cause?: unknown };

/** An error that was recorded as a fact. Live and replay throw the same: match it by name or code, not by class. */
export class RecordedError extends KernelError {
  constructor(info: ErrorInfo, options: { cause?: unknown } = {}) {
    super(info, info.message, { details: info.details, ...options });
  }
}

/** A replay has no fact for a call. Never retried. */
export class MissingFact extends KernelError {
  constructor(
    key: string,
    why: string,
    options: { cause?: unknown } = {},
    name: "MissingFact" | "MissingFactRetryable" = "MissingFact",
  ) {
    super(
      name,
      `fact ${key}: ${why}. A replay makes no calls of its own: give it the facts of a run that got this far, or run live`,
      { details: { key }, ...options },
    );
  }
}

/** The same where the run config has `replay_missing_fact_retryable`: the facts may still be on their way. Retried. */
export class MissingFactRetryable extends MissingFact {
  constructor(key: string, why: string, options: { cause?: unknown } = {}) {
    super(key, why, options, "MissingFactRetryable");
  }
}

/** A call has no name, or none that can stand in a fact key. Never retried. */
export class MissingFactKey extends KernelError {
  constructor(message: string) {
    super("MissingFactKey", message);
  }
}

/** A replay asks something else than the run asked under this key. Never retried. */
export class FactMismatch extends KernelError {
  constructor(key: string, attempt: number, difference: { pointer: string; recorded: string; asked: string }) {
    const { pointer, recorded, asked } = difference;
    const where = pointer === "" ? "the whole request" : `request ${pointer}`;
    super(
      "FactMismatch",
      `fact ${key}: ${where}: expected ${recorded} (recorded in attempt ${attempt}), found ${asked}; ` +
        "the inputs or the code are not those of the recorded run",
      { details: { key, pointer, attempt } },
    );
  }
}

/** One attempt asked two different things under one key. Never retried. */
export class FactKeyReused extends KernelError {
  constructor(key: string, pointer: string) {
    super(
      "FactKeyReused",
      `fact ${key}: asked again with another request (first difference at "${pointer}"); give each call its own name`,
      { details: { key, pointer } },
    );
  }
}

/** No transport answers this namespace. Never retried. */
export class NamespaceUnknown extends KernelError {
  constructor(namespace: string, known: readonly string[]) {
    const found = known.length === 0 ? "none" : known.join(", ");
    super("NamespaceUnknown", `namespace ${namespace}: expected one that has a transport; there are ${found}`, {
      details: { namespace },
    });
  }
}

/** The way to a service failed, and may work later. Counted by its circuit breaker. Retried. */
export class TransportFailed extends KernelError {
  constructor(message: string, options: Detail = {}) {
    super("TransportFailed", message, options);
  }
}

/** The way to a service is barred, and trying again would not help: its certificate, its redirects. Never retried. */
export class TransportRefused extends KernelError {
  constructor(message: string, options: Detail = {}) {
    super("TransportRefused", message, options);
  }
}

/** A service asks for fewer calls; `retry_after_ms` is its own word on when. Retried. */
export class RateLimited extends KernelError {
  constructor(message: string, options: Detail = {}) {
    super("RateLimited", message, options);
  }
}

/** A service failed so often that it is left alone for `retry_after_ms`; nothing was sent. Retried. */
export class CircuitOpen extends KernelError {
  constructor(service: string, retryAfter: number) {
    super(
      "CircuitOpen",
      `service ${service}: left alone after repeated failures, to be tried again in ${retryAfter} ms`,
      { details: { service, retry_after_ms: retryAfter } },
    );
  }
}

/** The run config does not let a run start this program. Never retried. */
export class ProgramNotAllowed extends KernelError {
  constructor(program: string, allowed: readonly string[]) {
    const found = allowed.length === 0 ? "it allows none" : `it allows ${allowed.join(", ")}`;
    super(
      "ProgramNotAllowed",
      `program ${program}: expected a name in run.exec.allow of the config manifest; ${found}`,
      { details: { program } },
    );
  }
}

/** An allowed program is not there, cannot be started, or is not the file the run config names. Never retried. */
export class ProgramUnusable extends KernelError {
  constructor(message: string, options: Detail = {}) {
    super("ProgramUnusable", message, options);
  }
}

/** A program ran into its time limit and was killed with all it had started. Never retried. */
export class ExecTimedOut extends KernelError {
  constructor(program: string, timeout: number) {
    super(
      "ExecTimedOut",
      `program ${program}: killed after ${timeout} ms; raise run.exec.timeout_ms or give it less to do`,
      { details: { program, timeout_ms: timeout } },
    );
  }
}

/** A program wrote more than it may and was killed with all it had started. Never retried. */
export class ExecOutputTooLarge extends KernelError {
  constructor(program: string, limit: number) {
    super(
      "ExecOutputTooLarge",
      `program ${program}: killed after more than ${limit} bytes of output; raise run.exec.max_output_bytes`,
      { details: { program, max_output_bytes: limit } },
    );
  }
}

/** The run config does not let a run send this method to this host. Never retried. */
export class HostNotAllowed extends KernelError {
  constructor(method: string, origin: string, allowed: readonly string[]) {
    const found = allowed.length === 0 ? "it allows none" : `it allows ${allowed.join(", ")}`;
    super(
      "HostNotAllowed",
      `${method} ${origin}: expected a host and method in run.http.allow of the config manifest; ${found}`,
      { details: { method, origin } },
    );
  }
}

/** A response is longer than the run config lets it be. Never retried. */
export class ResponseTooLarge extends KernelError {
  constructor(service: string, limit: number) {
    super(
      "ResponseTooLarge",
      `service ${service}: expected at most ${limit} bytes; raise run.http.max_response_bytes`,
      { details: { service, max_response_bytes: limit } },
    );
  }
}

/** A response repeats the value of a variable that was sent in the request's headers: it cannot be recorded. Never retried. */
export class SecretEchoed extends KernelError {
  constructor(service: string, variable: string) {
    super(
      "SecretEchoed",
      `service ${service}: its response repeats the value of environment variable ${variable}; it was not recorded`,
      { details: { service, variable } },
    );
  }
}
