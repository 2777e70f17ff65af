import { StageCall } from "../contracts/stages.ts";
import type { Attributes } from "../telemetry/tracer.ts";
import type { Attempt } from "./capabilities/capability.ts";
import { type StartedChain, startChain } from "./capabilities/chain.ts";
import { attemptChain } from "./capabilities/index.ts";
import { expectLocked } from "./capabilities/lock.ts";
import { flowNamed } from "./flow.ts";
import { parseAs } from "./parse.ts";
import type { Stage } from "./stage.ts";
import { type ReadyAttempt, stageContext } from "./stage-context.ts";
import { stateIdOf } from "./state-ids.ts";
import type { World } from "./world.ts";

/** What only the caller of one attempt knows. */
export interface CallOptions {
  /** Aborted when nobody waits for the attempt any more. */
  readonly signal?: AbortSignal;
  /** When the attempt must have ended, on the world's timer: in time to record how. */
  readonly deadline?: number | undefined;
  /** For its trace. */
  readonly attributes?: Attributes;
}

/**
 * One attempt at a state, within the chain of capabilities that every attempt goes through, in the order of
 * `capabilities.lock.json`: records its entry, runs the stage between its two contracts, and records its end together with
 * the stage's own events. A state that completed before is not run again: its output is read back from its snapshot.
 * @throws the stage's error under its own name, recorded as `state_failed`; RetryBudgetExhausted instead of an error that
 *   would be retried once more than the run config allows
 */
export async function attemptStage(
  stage: Stage,
  rawCall: unknown,
  world: World,
  options: CallOptions = {},
): Promise<unknown> {
  const chain = await startCapabilities(world);
  return chain.run(attemptOf(stage, rawCall, world, options));
}

/** @throws {ValidationFailed} when the call is none; {ContractInputMissing} when its flow is not known here */
export function attemptOf(stage: Stage, rawCall: unknown, world: World, options: CallOptions): Attempt {
  const call = parseAs(StageCall, rawCall, "stage call");
  const flow = flowNamed(world.flows, call.flow);
  return {
    call,
    flow,
    stage,
    stateId: stateIdOf(flow.machine, stage.name, call),
    world,
    input: call.input,
    callSignal: options.signal,
    deadline: options.deadline,
    attributes: options.attributes ?? {},
  };
}

/** One chain for each world, for as long as it is in use. */
const chains = new WeakMap<World, Promise<StartedChain>>();

/**
 * Sets up what stands around the attempts in this world, unless it was before; tried again where it failed.
 * @throws {ChainMismatch} when the capabilities of this program are not those of `capabilities.lock.json`
 */
export function startCapabilities(world: World): Promise<StartedChain> {
  const before = chains.get(world);
  if (before !== undefined) return before;
  const starting = start(world);
  chains.set(world, starting);
  starting.catch(() => chains.delete(world));
  return starting;
}

/** Cleans up what stood around the attempts in this world: there are no more. */
export async function stopCapabilities(world: World): Promise<void> {
  const running = chains.get(world);
  chains.delete(world);
  await (await running)?.stop();
}

async function start(world: World): Promise<StartedChain> {
  expectLocked(attemptChain.capabilities);
  return startChain(attemptChain, world, runStage);
}

/** What the chain is laid around. */
async function runStage(attempt: ReadyAttempt): Promise<unknown> {
  const { stage, input, log } = attempt;
  const begun = performance.now();
  const output = await stage.run(input, stageContext(attempt));
  log.info({ stage_ms: performance.now() - begun }, "stage ran");
  return output;
}
