import type { ErrorInfo } from "../../contracts/error-info.ts";
import { recordableError } from "../error-records.ts";
import { RetryBudgetExhausted } from "../errors.ts";
import { withoutSecrets } from "../secrets-guard.ts";
import { defineCapability, extend } from "./capability.ts";
import type { Guarded } from "./secrets-guard.ts";

/** What an error means for the attempt it ended. */
export interface ErrorClass {
  /** Without secrets. */
  readonly error: ErrorInfo;
  /** It would be retried, but there were as many attempts as run config and stage allow. */
  readonly isExhausted: boolean;
}

export interface Classified {
  readonly classify: (error: unknown) => ErrorClass;
}

/** Ends retries where the run config's budget ends: what is thrown past it is RetryBudgetExhausted. */
export const retryClass = defineCapability<Guarded, Classified>("retry_class", 1, {
  async around(attempt, next) {
    const { call, stage, stateId, config, guard } = attempt;
    const attempts = call.attempt + 1;
    const most = Math.min(config.retry_policy.max_attempts, stage.meta.retry.maxAttempts);
    const classify = (thrown: unknown): ErrorClass => {
      const error = guard.redact(recordableError(thrown));
      return { error, isExhausted: error.retryable && attempts >= most };
    };
    try {
      return await next(extend(attempt, { classify }));
    } catch (thrown) {
      const { error, isExhausted } = classify(thrown);
      if (!isExhausted) throw thrown;
      throw new RetryBudgetExhausted(stateId, attempts, error, { cause: withoutSecrets(thrown, guard) });
    }
  },
});
