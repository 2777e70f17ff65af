import type { RunConfig } from "../../contracts/run-config.ts";
import { guardedArtifacts } from "../guarded-artifacts.ts";
import { guardedConfig } from "../run-configs.ts";
import { type Guard, withoutSecrets } from "../secrets-guard.ts";
import type { ReadConfig } from "../stage.ts";
import { type Attempt, defineCapability, extend } from "./capability.ts";

/** An attempt whose run's secrets are known. Its world takes no structured artifact with one of them in it. */
export interface Guarded extends Attempt {
  readonly config: RunConfig;
  readonly guard: Guard;
  /** The manifest that the config is part of, where it could be read. */
  readonly configManifest: ReadConfig | undefined;
  /** Why the run config could not be read: it is all defaults then. */
  readonly configFault: Error | undefined;
}

/** Keeps secrets out of what the layers within write, and out of the error that leaves them: it ends up in the history. */
export const secretsGuard = defineCapability<Attempt, Guarded>("secrets_guard", 1, {
  async around(attempt, next) {
    const { call, world } = attempt;
    const { config, guard, manifest, unreadable } = await guardedConfig(world, call.config);
    const artifacts = guardedArtifacts(world.artifacts, guard);
    try {
      const given = { config, guard, configManifest: manifest, configFault: unreadable };
      return await next(extend(attempt, { ...given, world: { ...world, artifacts } }));
    } catch (error) {
      throw withoutSecrets(error, guard);
    }
  },
});
