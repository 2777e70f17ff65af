import { ConfigManifest } from "../contracts/config-manifest.ts";
import type { ArtifactRef } from "../contracts/ids.ts";
import { RunConfig } from "../contracts/run-config.ts";
import type { ArtifactReader } from "../stores/ports.ts";
import { frozen, getDocument } from "./documents.ts";
import { toErrorInfo } from "./errors.ts";
import { createGuard, declaredSecrets, type Guard } from "./secrets-guard.ts";
import type { ReadConfig } from "./stage.ts";
import type { World } from "./world.ts";

/** What a run may do, and the guard that keeps its secrets. */
export interface GuardedConfig {
  readonly config: RunConfig;
  readonly guard: Guard;
  /** The manifest that the config is part of. */
  readonly manifest?: ReadConfig;
  /** Why it could not be read: the config is all defaults then. */
  readonly unreadable?: Error;
}

/** Read once for each process: what a reference names never changes, and neither does a process's environment. */
const known = new WeakMap<World, Map<ArtifactRef, GuardedConfig>>();

/** @throws what may pass: with the defaults a run would go on as another run than was asked for */
export async function guardedConfig(world: World, ref: ArtifactRef): Promise<GuardedConfig> {
  const before = known.get(world)?.get(ref);
  if (before !== undefined) return before;
  const read = await readGuardedConfig(world, ref);
  if (read.unreadable === undefined) known.set(world, (known.get(world) ?? new Map()).set(ref, read));
  return read;
}

/** What reading a run config takes. */
export type ConfigSource = Pick<World, "environment"> & { readonly artifacts: ArtifactReader };

/** The same, read anew. @throws as `guardedConfig` does */
export async function readGuardedConfig(source: ConfigSource, ref: ArtifactRef): Promise<GuardedConfig> {
  try {
    const document = frozen(await getDocument(source.artifacts, ref, ConfigManifest, "config manifest"));
    return { ...withGuard(source, document.run), manifest: { ref, document } };
  } catch (error) {
    if (toErrorInfo(error).retryable) throw error;
    return { ...withGuard(source, RunConfig.parse({})), unreadable: error as Error };
  }
}

/** The same, where nothing can be done with the defaults. @throws {ContractInputMissing} for a config that cannot be read */
export async function expectGuardedConfig(source: ConfigSource, ref: ArtifactRef): Promise<GuardedConfig> {
  const read = await readGuardedConfig(source, ref);
  if (read.unreadable !== undefined) throw read.unreadable;
  return read;
}

export function withGuard({ environment }: Pick<ConfigSource, "environment">, config: RunConfig): GuardedConfig {
  return { config, guard: createGuard(declaredSecrets(config, environment)) };
}
