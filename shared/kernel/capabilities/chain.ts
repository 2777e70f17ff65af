import type { World } from "../world.ts";
import { compose, composeBatch, type Layer } from "./batch.ts";
import type { Attempt, BatchMode, Capability, Next, Outcome } from "./capability.ts";

/** Whatever it needs, gives and keeps: the builder has seen to it that they fit. */
type AnyCapability = Capability<unknown, unknown, unknown>;

/** Capabilities in their order, the outermost first. A layer that needs what none around it gives does not compile. */
export interface Chain<A> {
  readonly capabilities: readonly AnyCapability[];
  use<Gives, State>(capability: Capability<A, Gives, State>): Chain<A & Gives>;
}

/** A chain without layers. */
export function emptyChain<A = Attempt>(capabilities: readonly AnyCapability[] = []): Chain<A> {
  return { capabilities, use: (capability) => emptyChain([...capabilities, capability as AnyCapability]) };
}

/** A chain whose layers are set up for one world. */
export interface StartedChain {
  run(attempt: Attempt): Promise<unknown>;
  /** @returns one outcome for each attempt, in their order */
  runBatch(attempts: readonly Attempt[], mode: BatchMode): Promise<readonly Outcome[]>;
  /** Cleans up, the innermost layer first. @throws what the first layer threw that could not, once all others have */
  stop(): Promise<void>;
}

/**
 * Sets the layers up in their order and lays them around `innermost`.
 * @throws what a layer's setup threw, once the layers set up before it are cleaned up
 */
export async function startChain<A>(chain: Chain<A>, world: World, innermost: Next<A>): Promise<StartedChain> {
  const started: { readonly capability: AnyCapability; readonly state: unknown }[] = [];
  const stop = async () => {
    const failures: unknown[] = [];
    for (const { capability, state } of started.splice(0).reverse()) {
      try {
        await capability.cleanup?.(state);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
  try {
    for (const capability of chain.capabilities) started.push({ capability, state: await capability.setup?.(world) });
  } catch (error) {
    // What the setup threw is the one to act on.
    await stop().catch(() => {});
    throw error;
  }
  const layers = started.map(({ capability, state }): Layer => {
    const { aroundBatch } = capability;
    return {
      around: (attempt, next) => capability.around(attempt, next, state),
      ...(aroundBatch === undefined
        ? {}
        : { aroundBatch: (attempts, next, mode) => aroundBatch(attempts, next, state, mode) }),
    };
  });
  const run = compose(layers, innermost as Next<unknown>);
  return { run, runBatch: composeBatch(layers, innermost as Next<unknown>), stop };
}
