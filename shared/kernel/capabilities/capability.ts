import type { StateId } from "../../contracts/ids.ts";
import type { StageCall } from "../../contracts/stages.ts";
import type { Attributes } from "../../telemetry/tracer.ts";
import type { Flow } from "../flow.ts";
import type { Stage } from "../stage.ts";
import type { World } from "../world.ts";

/** One attempt at one state, as it comes in: each capability of the chain adds to it what it is there for. */
export interface Attempt {
  readonly call: StageCall;
  readonly flow: Flow;
  readonly stage: Stage;
  readonly stateId: StateId;
  readonly world: World;
  /** Aborted by who made the call, where he may. */
  readonly callSignal: AbortSignal | undefined;
  /** When the attempt must have ended, on the world's timer. */
  readonly deadline: number | undefined;
  /** What the caller knows of the call, for its trace. */
  readonly attributes: Attributes;
  /** Nobody has checked it until `schema_in` has. */
  readonly input: unknown;
}

export type Next<A> = (attempt: A) => Promise<unknown>;

/** How an attempt of a batch ended. */
export type Outcome = PromiseSettledResult<unknown>;

/** What goes for all attempts of a batch. */
export interface BatchMode {
  /** `fail_fast`: once one has failed, none of the others begins. `per_item`: each goes its own way. */
  readonly errors: "fail_fast" | "per_item";
  /** Stages that run at once; they begin in the order of the batch. At least 1. */
  readonly atOnce: number;
}

/** @returns one outcome for each attempt, in their order */
export type NextBatch<A> = (attempts: readonly A[]) => Promise<readonly Outcome[]>;

/**
 * One layer of the chain around every attempt: does one thing before the layers within, after them, or both. It answers with
 * their output, or does not call them.
 * @typeParam Needs what the layers around it must have added to the attempt
 * @typeParam Gives what it adds for the layers within
 * @typeParam State what it keeps between attempts, for as long as the world is in use
 */
export interface Capability<Needs, Gives, State> {
  readonly name: string;
  /** Goes up whenever an attempt would see a difference; stands in `capabilities.lock.json`. */
  readonly version: number;
  /** Called once for each world, before its first attempt. */
  setup?(world: World): State | Promise<State>;
  around<A extends Needs>(attempt: A, next: Next<A & Gives>, state: State): Promise<unknown>;
  /**
   * The same for attempts that come together, where that saves work. It hands on those it does not answer for, in their order.
   * Left out: `around` is laid around each.
   * @returns one outcome for each attempt, in their order
   */
  aroundBatch?<A extends Needs>(
    attempts: readonly A[],
    next: NextBatch<A & Gives>,
    state: State,
    mode: BatchMode,
  ): Promise<readonly Outcome[]>;
  /** Is never there: from it the compiler sees what the layer needs, which it does not from a generic method's bound. */
  readonly needs?: (attempt: Needs) => void;
  /** Called once, when the world is done with. */
  cleanup?(state: State): void | Promise<void>;
}

/** Names a layer. What it needs and gives is said by its type arguments. */
export function defineCapability<Needs = Attempt, Gives = unknown, State = void>(
  name: string,
  version: number,
  layer: Omit<Capability<Needs, Gives, State>, "name" | "version">,
): Capability<Needs, Gives, State> {
  return { name, version, ...layer };
}

/** The attempt with what a layer adds: the same one. A copy in each layer made an attempt half as dear again. */
export function extend<A extends object, G extends object>(attempt: A, given: G): A & G {
  return Object.assign(attempt, given);
}
