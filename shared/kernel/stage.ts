import type * as z from "zod";
import type { RetryClass } from "../contracts/error-registry.ts";
import type { RunEnd } from "../contracts/event-payloads.ts";
import type { DependencyStrategy, ExecutionPlan, SideEffects } from "../contracts/execution-plan.ts";
import type { ArtifactRef, RunId, StateId } from "../contracts/ids.ts";
import type { BuildProvenance } from "../contracts/provenance.ts";
import type { Backoff, RunConfig, Tag } from "../contracts/run-config.ts";
import type { ArtifactStore, Head } from "../stores/ports.ts";
import type { PublicationStore } from "../stores/publications.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { StageTelemetry } from "../telemetry/stage-telemetry.ts";
import type { Flow } from "./flow.ts";
import type { IoProvider } from "./io/provider.ts";
import type { Statement } from "./recorder.ts";
import type { RunRecord, StepRecord } from "./run/record.ts";

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

/** A run's record, and the end of the log it was made from. */
export interface RunSoFar {
  readonly record: RunRecord;
  readonly head: Head;
}

/** What a stage may use besides its input. Stages keep nothing between calls. */
export interface StageContext {
  readonly runId: RunId;
  readonly stateId: StateId;
  readonly attempt: number;
  /** Of a stage that declares a key: it, and whether its effect may be there already. Where it is taken back, too. */
  readonly idempotency?: EffectKey;
  /** Of a state that waits for a person: what its answer goes to. */
  readonly taskToken?: string;
  readonly config: RunConfig;
  readonly artifacts: ArtifactStore;
  readonly publications: PublicationStore;
  /** Everything from outside: clock, randomness, processes, network. Recorded when live, read back in replay. */
  readonly io: IoProvider;
  readonly log: Logger;
  /** Counters, warnings and diagnostics, for those who watch; the warnings stand in the run's summary. */
  readonly telemetry: StageTelemetry;
  /** Of this run, in this process alone; a retry finds it empty. Nothing may depend on what another state left there. */
  readonly cache: Map<string, unknown>;
  /** Aborted when the attempt's time is up, or nobody waits for it any more. */
  readonly signal: AbortSignal;
  /** To be called between the pieces of long work that never pauses. @throws what the signal is aborted with */
  checkpoint(): void;
  readonly flow: Flow;
  /** The run's plan. */
  plan(): ExecutionPlan;
  /** Domain events of this attempt, written together with its end. */
  emit(statement: Omit<Statement, "kind">): void;
  /**
   * Says that the stage's soft gate failed; the stage goes on, and so does the run. Recorded with the attempt's end.
   * @param evidence why, as an artifact
   */
  gateFailed(reason: string, evidence: ArtifactRef): void;
  /** Writes domain events at once: what happened stays written, whatever becomes of the attempt. */
  record(...statements: Omit<Statement, "kind">[]): Promise<void>;
  /** What the log says of the run now. Differs from one execution to the next: record what you take from it as a fact. */
  run(): Promise<RunSoFar>;
  /** What this program was built from. Differs between machines: record it as a fact. */
  build(): Promise<BuildProvenance>;
  /** Takes back what a state of this run did, or half did, from the snapshot it began with. */
  compensate(step: StepRecord, stage: Stage): Promise<void>;
}

/** One step of the lifecycle: typed input to typed output, everything else through the context. */
export interface Stage<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly meta: StageMeta;
  readonly input: I;
  readonly output: O;
  /** How the run has ended, where the stage closes it. */
  readonly closesRun?: (output: z.infer<O>) => {
    readonly status: RunEnd;
    readonly rolledBack?: boolean;
  };
  run(input: z.infer<I>, context: StageContext): Promise<z.infer<O>>;
  /** Takes back what `run` did to the world, wholly or in part. Must bear being called again after a crash. */
  compensate?(input: z.infer<I>, context: StageContext): Promise<void>;
}

/** Infers a stage's types from its schemas. */
export function defineStage<I extends z.ZodType, O extends z.ZodType>(stage: Stage<I, O>): Stage<I, O> {
  return stage;
}

/** Says that the run produced an artifact worth naming. */
export function artifactEmitted(role: string, artifact: ArtifactRef): Omit<Statement, "kind"> {
  return { name: "recomp.artifact.emitted", payload: { role }, payloadRef: artifact };
}
