import type * as z from "zod";
import type { RetryClass } from "../contracts/error-registry.ts";
import type { DependencyStrategy, SideEffects } from "../contracts/execution-plan.ts";
import type { Backoff, RunConfig, Tag } from "../contracts/run-config.ts";

/** Whether the context is kept as a snapshot once the stage has ended, besides what the run config asks for. */
export type SnapshotPolicy = "never" | "on_success" | "always";

/** How a stage's failed attempts are tried again. The Retry of its state is made from it. */
export interface StageRetry {
  /** Classes of errors that are tried again. */
  readonly classes: readonly RetryClass[];
  /** Attempts, the first included. */
  readonly maxAttempts: number;
  readonly backoff: Backoff;
}

/**
 * Under which key a stage's side effect may be repeated without being applied twice. The key follows from the stage's input;
 * it stands in the log with each entry of the state.
 */
export interface DerivedKey {
  /** The field of the input that it is taken from. */
  readonly from: string;
  /** @param input as the stage's schema gave it */
  derive(input: unknown): string;
}

/** A key that is one of the input's fields. @typeParam I the input's schema */
export function keyFrom<I extends z.ZodType>(field: keyof z.infer<I> & string): DerivedKey {
  return { from: field, derive: (input) => String((input as z.infer<I>)[field]) };
}

/** A state's side effect, for whoever applies it again or takes it back. */
export interface EffectKey {
  readonly key: string;
  /** The state was entered under it before: the effect may be there, wholly or in part. */
  readonly wasEntered: boolean;
}

/** What a stage is. Everything around it follows from this: plan, Retry and Catch, progress, what happens when it fails. */
export interface StageMeta {
  /** Standard tags of the machine contract: config, fetch_data, compute, execute, report, apply_side_effect, impure. */
  readonly tags: readonly Tag[];
  readonly sideEffects: SideEffects;
  readonly idempotency?: DerivedKey;
  /** Tags of the stages whose results this one needs. */
  readonly dependsOn: readonly Tag[];
  readonly dependsOnStrategy?: DependencyStrategy;
  /** Hard gates fail closed; the run goes on behind a soft one that fails; manual gates and overrides wait for a person. */
  readonly gate?: { readonly kind: "hard" | "soft" | "manual" | "override"; readonly name: string };
  /** Has a `compensate`: what it did is taken back when the run fails behind it. */
  readonly isCompensable?: true;
  /** Makes the run's bundle available to others. */
  readonly publishes?: true;
  /** Called once for each shard, by a Map. */
  readonly isSharded?: true;
  /** In a loop: entered once for each round. */
  readonly isLooped?: true;
  /** The state machine has a way around it, for runs that skip it or do not ask for it. */
  readonly mayBeBypassed?: true;
  /** Which runs have it. Default: every one. */
  readonly isAskedFor?: (config: RunConfig) => boolean;
  /** Its handler records the run's start. */
  readonly opensRun?: true;
  /** Its handler records the run's end, as `closesRun` says. */
  readonly closesRun?: true;
  /** Numbers of its output that tell a watcher how far the work is. Of a sharded stage they add up. */
  readonly counts?: readonly string[];
  /** Default: what the run config asks for, and no more. */
  readonly snapshot?: SnapshotPolicy;
  readonly retry: StageRetry;
}
