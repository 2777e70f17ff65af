import type { RunConfig } from "../../contracts/run-config.ts";
import { guardedArtifacts } from "../guarded-artifacts.ts";
import { guardedConfig } from "../run-configs.ts";
import { type Guard, withoutSecrets } from "../secrets-guard.ts";
import { type Attempt, defineCapability, extend } from "./capability.ts";

/** An attempt whose run's secrets are known. Its world takes no structured artifact with one of them in it. */
export interface Guarded extends Attempt {
  readonly config: RunConfig;
  readonly guard: Guard;
  /** Why the run config could not be read: it is all defaults then. */
  readonly configFault: Error | undefined;
}

/** Keeps secrets out of what the layers within write, and out of the error that leaves them: it ends up in the history. */
export const secretsGuard = defineCapability<Attempt, Guarded>("secrets_guard", 1, {
  async around(attempt, next) {
    const { call, world } = attempt;
    const { config, guard, unreadable } = await guardedConfig(world, call.config);
    const artifacts = guardedArtifacts(world.artifacts, guard);
    try {
      return await next(extend(attempt, { config, guard, configFault: unreadable, world: { ...world, artifacts } }));
    } catch (error) {
      throw withoutSecrets(error, guard);
    }
  },
});
