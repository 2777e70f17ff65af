import { emptyChain } from "./chain.ts";
import { deadline } from "./deadline.ts";
import { facts } from "./facts.ts";
import { idempotency } from "./idempotency.ts";
import { log } from "./log.ts";
import { metrics } from "./metrics.ts";
import { rateLimit } from "./rate-limit.ts";
import { readBack } from "./read-back.ts";
import { recording } from "./recording.ts";
import { retryClass } from "./retry-class.ts";
import { reuse } from "./reuse.ts";
import { runCache } from "./run-cache.ts";
import { schemaIn, schemaOut } from "./schemas.ts";
import { secretsGuard } from "./secrets-guard.ts";
import { trace } from "./trace.ts";

/** What stands around every attempt at a state, the outermost first; `capabilities.lock.json` says the same. */
export const attemptChain = emptyChain()
  .use(trace)
  .use(metrics)
  .use(rateLimit)
  // From here on, what is written and thrown holds no secret.
  .use(secretsGuard)
  .use(log)
  .use(readBack)
  .use(reuse)
  // From here on, the state is one that has not completed.
  .use(runCache)
  .use(retryClass)
  .use(idempotency)
  // From here on, what fails is a failure of the state, and stands in the log.
  .use(recording)
  .use(deadline)
  .use(schemaIn)
  .use(facts)
  .use(schemaOut);
