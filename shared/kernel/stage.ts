import type * as z from "zod";
import type { ConfigManifest } from "../contracts/config-manifest.ts";
import type { RunEnd } from "../contracts/event-payloads.ts";
import type { ExecutionPlan } from "../contracts/execution-plan.ts";
import type { ArtifactRef, RunId, StateId } from "../contracts/ids.ts";
import type { BuildProvenance } from "../contracts/provenance.ts";
import type { RunConfig } from "../contracts/run-config.ts";
import type { ArtifactStore, Head } from "../stores/ports.ts";
import type { PublicationStore } from "../stores/publications.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { StageTelemetry } from "../telemetry/stage-telemetry.ts";
import type { Flow } from "./flow.ts";
import type { IoProvider } from "./io/provider.ts";
import type { DomainEventDraft } from "./recorder.ts";
import type { RunRecord, StepRecord } from "./run/record.ts";
import type { EffectKey, StageMeta } from "./stage-meta.ts";

/** A run's record, and the end of the log it was made from. */
export interface RunSoFar {
  readonly record: RunRecord;
  readonly head: Head;
}

/** A config manifest and what names it. */
export interface ReadConfig {
  readonly ref: ArtifactRef;
  /** Frozen. */
  readonly document: ConfigManifest;
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
  /** The config manifest that it is part of, where it could be read: it need not be read again. */
  readonly configManifest?: ReadConfig;
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
  throwIfAborted(): void;
  readonly flow: Flow;
  /** The run's plan. */
  plan(): ExecutionPlan;
  /** Domain events of this attempt, written together with its end. */
  emit(draft: DomainEventDraft): void;
  /**
   * Says that the stage's soft gate failed; the stage goes on, and so does the run. Recorded with the attempt's end.
   * @param evidence why, as an artifact
   */
  gateFailed(reason: string, evidence: ArtifactRef): void;
  /** Writes domain events at once: what happened stays written, whatever becomes of the attempt. */
  record(...drafts: DomainEventDraft[]): Promise<void>;
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
export function artifactEmitted(role: string, artifact: ArtifactRef): DomainEventDraft {
  return { name: "recomp.artifact.emitted", payload: { role }, payloadRef: artifact };
}
