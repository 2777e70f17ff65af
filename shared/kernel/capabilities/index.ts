import { emptyChain } from "./chain.ts";
import { facts } from "./facts.ts";
import { log } from "./log.ts";
import { readBack } from "./read-back.ts";
import { recording } from "./recording.ts";
import { retryClass } from "./retry-class.ts";
import { schemaIn } from "./schema-in.ts";
import { schemaOut } from "./schema-out.ts";
import { secretsGuard } from "./secrets-guard.ts";

/** What stands around every attempt at a state, the outermost first; `capabilities.lock.json` says the same. */
export const attemptChain = emptyChain()
  // From here on, what is written and thrown holds no secret.
  .use(secretsGuard)
  .use(log)
  // From here on, the state is one that has not completed.
  .use(readBack)
  .use(retryClass)
  // From here on, what fails is a failure of the state, and stands in the log.
  .use(recording)
  .use(schemaIn)
  .use(facts)
  .use(schemaOut);
