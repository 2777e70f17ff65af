import type { StateId } from "../../contracts/ids.ts";
import { AttemptAborted } from "../errors.ts";
import { createRecorder, type EventDraft, type Preparing, type Recorder } from "../recorder.ts";
import type { Stage } from "../stage.ts";
import { extend } from "./capability.ts";
import type { Keyed } from "./idempotency.ts";
import type { Logged } from "./log.ts";
import type { Measured } from "./metrics.ts";
import type { Viewed } from "./read-back.ts";
import type { Classified } from "./retry-class.ts";
import type { Guarded } from "./secrets-guard.ts";

export interface Recorded {
  readonly recorder: Recorder;
  /** Domain events of this attempt, written with its end. */
  readonly emitted: Omit<EventDraft, "kind">[];
}

/** What has to be known of an attempt to record it. */
export type Recordable = Measured & Guarded & Logged & Viewed & Classified & Keyed;

/** An attempt that is being recorded. */
export interface Recording<A> {
  readonly recorded: A & { readonly recorder: Recorder & Preparing; readonly emitted: Recorded["emitted"] };
  /** As the layers within see it: nothing of it is written once it has ended. */
  readonly within: A & Recorded;
  end(): void;
}

export function beginRecording<A extends Recordable>(attempt: A): Recording<A> {
  const { call, world, stateId, guard } = attempt;
  const recorder = createRecorder({
    log: world.log,
    runId: call.run_id,
    actor: world.actor,
    attempt: call.attempt,
    clock: world.clock,
    guard: guard.refuse,
  });
  const recorded = extend(attempt, { recorder, emitted: [] as Recorded["emitted"] });
  let isOver = false;
  const within: Recorder = {
    record: (...drafts) => (isOver ? refuse(stateId) : recorder.record(...drafts)),
    enqueue: (...drafts) => (isOver ? refuse(stateId) : recorder.enqueue(...drafts)),
  };
  const end = () => {
    isOver = true;
  };
  return { recorded, within: { ...recorded, recorder: within }, end };
}

/** A stage that was ended before its time may still be at work. */
async function refuse(stateId: StateId): Promise<never> {
  throw new AttemptAborted(`${stateId}: this attempt has ended; nothing more of it is written`);
}

/** The log must know on disk what a stage changes outside, and that it did; what one computes may be computed again. */
export function appliesSideEffect({ meta }: Stage): boolean {
  return meta.sideEffects === "apply_side_effect";
}
