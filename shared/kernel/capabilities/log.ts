import type { Logger } from "../../telemetry/logger.ts";
import { defineCapability, extend } from "./capability.ts";
import type { Guarded } from "./secrets-guard.ts";

export interface Logged {
  /** Every line says which attempt it is of, and holds no secret. */
  readonly log: Logger;
}

export const log = defineCapability<Guarded, Logged>("log", 1, {
  around(attempt, next) {
    const { call, stage, guard, configFault } = attempt;
    const { run_id, shard, attempt: number } = call;
    const logger = attempt.world.logger({ run_id, stage: stage.name, shard, attempt: number }, guard.redact);
    if (configFault !== undefined) {
      logger.warn({ reason: configFault.message }, "run config not readable, defaults in use");
    }
    return next(extend(attempt, { log: logger }));
  },
});
