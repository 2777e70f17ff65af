import type { Evaluations } from "./isolation/evaluations.ts";

/** Where randomness, identifiers and the clock come from, so that an execution can record them and be replayed. */
export interface Entropy {
  /** A number in [0, 1). */
  random(): number;
  /** A version 4 UUID. */
  uuid(): string;
  now(): Date;
}

/** What a query may read. Values are JSON, shared and never changed. */
export interface Scope {
  /** `$` in JSONPath and `$states.input` in JSONata. */
  readonly input: unknown;
  /** `$$` in JSONPath and `$states.context` in JSONata. */
  readonly context: unknown;
  /** Workflow variables by name, without the dollar sign. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** `$states.result`: only where a state has a result. */
  readonly result?: unknown;
  /** `$states.errorOutput`: only in a catcher. */
  readonly errorOutput?: unknown;
  /** Defaults to this process's own randomness and clock. */
  readonly entropy?: Entropy;
  /**
   * What the queries of a step may do together before they are evaluated in another thread, and what came from there.
   * Without it each has all it may use, and waits for the other thread without a turn of the event loop.
   */
  readonly evaluations?: Pick<Evaluations, "answerTo" | "steps"> | undefined;
}

/** A compiled query: a synchronous function of the scope. */
export type Query<Value = unknown> = (scope: Scope) => Value;

export const systemEntropy: Entropy = {
  random: () => Math.random(),
  uuid: () => globalThis.crypto.randomUUID(),
  now: () => new Date(),
};
