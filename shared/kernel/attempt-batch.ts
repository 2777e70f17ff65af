import { canonicalHash } from "../stores/digest.ts";
import { attemptOf, type CallOptions, startCapabilities } from "./attempt.ts";
import type { Attempt, BatchMode, Outcome } from "./capabilities/capability.ts";
import { ValidationFailed } from "./errors.ts";
import type { Stage } from "./stage.ts";
import type { World } from "./world.ts";

export interface BatchOptions extends CallOptions {
  readonly errors: BatchMode["errors"];
  /** Stages that run at once. Default: one after the other. */
  readonly atOnce?: number;
}

/** What a batch tells of itself. */
export interface BatchMetadata {
  /** Follows from the states and attempts in it: 64 hex digits. */
  readonly id: string;
  readonly size: number;
  /** RFC 3339. Information, never logic. */
  readonly began_at: string;
  readonly ended_at: string;
}

export interface AttemptedBatch {
  readonly batch: BatchMetadata;
  /** One for each call, in their order. */
  readonly outcomes: readonly Outcome[];
}

/**
 * Attempts at states of one stage and one run together, each as `attemptStage` makes it: it stands in the log as it would
 * alone, but all entries go there in one append, and all ends in another.
 * @param options `fail_fast`: what had not begun when one failed ends with AttemptAborted, as that would be retried
 * @throws {ValidationFailed} when the calls are not of one run and flow, or two are of one state: nothing is attempted then
 */
export async function attemptBatch(
  stage: Stage,
  rawCalls: readonly unknown[],
  world: World,
  { errors, atOnce = 1, attributes = {}, ...options }: BatchOptions,
): Promise<AttemptedBatch> {
  const chain = await startCapabilities(world);
  const attempts = rawCalls.map((rawCall) => attemptOf(stage, rawCall, world, options));
  expectTogether(attempts);
  const id = canonicalHash(attempts.map(({ call, stateId }) => [call.run_id, stateId, call.attempt]));
  const size = attempts.length;
  const began_at = world.clock.now().toISOString();
  const marked = attempts.map((attempt, index) => ({
    ...attempt,
    attributes: { ...attributes, "restep.batch.id": id, "restep.batch.size": size, "restep.batch.index": index },
  }));
  const outcomes = await chain.runBatch(marked, { errors, atOnce });
  return { batch: { id, size, began_at, ended_at: world.clock.now().toISOString() }, outcomes };
}

function expectTogether(attempts: readonly Attempt[]): void {
  const [first] = attempts;
  const states = new Set<string>();
  for (const [index, { call, stateId }] of attempts.entries()) {
    const of = `run ${call.run_id}, flow ${call.flow}`;
    const expected = `run ${first?.call.run_id}, flow ${first?.call.flow}`;
    if (of !== expected) throw new ValidationFailed(`batch, call ${index}: expected one of ${expected}, found ${of}`);
    if (states.has(stateId)) {
      throw new ValidationFailed(`batch, call ${index}: expected each state once, found ${stateId} again`);
    }
    states.add(stateId);
  }
}
