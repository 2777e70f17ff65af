import type { FailureDetails } from "../../history/kinds.ts";
import { jsonBytes } from "../payload.ts";
import type { ExecutionIdentity } from "../ports.ts";

/** How a child execution of a Map Run ended. */
export interface ChildResult {
  readonly index: number;
  readonly identity: ExecutionIdentity;
  readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
  readonly input: unknown;
  readonly output: unknown;
  readonly failure: FailureDetails;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly stoppedAt: number;
  readonly redriveCount: number;
}

/** Takes in the results of children, in any order. */
export interface ResultCollector {
  add(result: ChildResult): void;
  /** What the Map state's result is, once all results are in; or undefined if they are too large to be one. */
  finish(): unknown;
}

/** Puts results in the order of their items. What waits for an earlier one is as much as runs at the same time. */
export class InOrder {
  readonly #waiting = new Map<number, ChildResult>();
  #next = 0;

  /** The results that can be told now. */
  *take(result: ChildResult): Generator<ChildResult> {
    this.#waiting.set(result.index, result);
    for (let next = this.#waiting.get(this.#next); next !== undefined; next = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next);
      this.#next += 1;
      yield next;
    }
  }

  /** The results left behind a gap: items that were never run. */
  *rest(): Generator<ChildResult> {
    yield* [...this.#waiting.values()].sort((one, other) => one.index - other.index);
    this.#waiting.clear();
  }
}

/** The outputs of the children as a list, as long as they fit into a payload. Children that failed have none. */
export class OutputList implements ResultCollector {
  readonly #limitBytes: number;
  readonly #order = new InOrder();
  #outputs: unknown[] = [];
  #bytes = 2;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  add(result: ChildResult): void {
    for (const { status, output } of this.#order.take(result)) if (status === "SUCCEEDED") this.#push(output);
  }

  finish(): unknown {
    for (const { status, output } of this.#order.rest()) if (status === "SUCCEEDED") this.#push(output);
    return this.#bytes > this.#limitBytes ? undefined : this.#outputs;
  }

  #push(output: unknown): void {
    if (this.#bytes > this.#limitBytes) return;
    if (this.#limitBytes !== Number.POSITIVE_INFINITY) this.#bytes += jsonBytes(output) + 1;
    if (this.#bytes > this.#limitBytes) this.#outputs = [];
    else this.#outputs.push(output);
  }
}
