import type { z } from "zod";
import type { ArtifactRef, RunId } from "../contracts/ids.ts";
import type { StageName } from "../contracts/stages.ts";
import type { Statement } from "../kernel/recorder.ts";
import type { ArtifactStore } from "../stores/ports.ts";
import type { PublicationStore } from "../stores/publications.ts";
import type { Logger } from "../telemetry/logger.ts";

/** How a stage touches the world; it decides what a dry run skips and what a retry may repeat. */
export type SideEffects = "pure" | "read_only_io" | "apply_side_effect";

export interface StageMeta {
  /** Standard tags of the machine contract: config, fetch_data, compute, execute, report, apply_side_effect, impure. */
  readonly tags: readonly string[];
  readonly sideEffects: SideEffects;
  /** Hard gates fail closed: on failure everything behind them is skipped. */
  readonly gate?: "hard";
}

/** What a stage may use besides its input. Stages keep nothing between calls. */
export interface StageContext {
  readonly runId: RunId;
  readonly artifacts: ArtifactStore;
  readonly publications: PublicationStore;
  readonly log: Logger;
  /** Domain events of this attempt, written together with its end. */
  emit(statement: Omit<Statement, "kind">): void;
}

/** One step of the lifecycle: typed input to typed output, everything else through the context. */
export interface Stage<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly name: StageName;
  readonly meta: StageMeta;
  readonly input: I;
  readonly output: O;
  /** The first stage of a run: its handler records the run's start. */
  readonly opensRun?: true;
  /** A last stage of a run: its handler records the run's end, with this status. */
  readonly closesRun?: "completed" | "failed";
  run(input: z.infer<I>, context: StageContext): Promise<z.infer<O>>;
}

/** Infers a stage's types from its schemas. */
export function defineStage<I extends z.ZodType, O extends z.ZodType>(stage: Stage<I, O>): Stage<I, O> {
  return stage;
}

/** Says that the run produced an artifact worth naming. */
export function artifactEmitted(role: string, artifact: ArtifactRef): Omit<Statement, "kind"> {
  return { name: "recomp.artifact.emitted", payload: { role }, payloadRef: artifact };
}
