import type { EventEnvelope } from "../contracts/event.ts";
import type { FactIndexEntry } from "../contracts/facts.ts";
import type { RunId } from "../contracts/ids.ts";
import type { BegunUnder } from "../kernel/run/same-flow.ts";
import type { Stores } from "../stores/ports.ts";
import type { TakenDecision } from "./gates.ts";

/** How far a run was taken: to its end, to a gate where it waits for a person, or to where it was interrupted. */
export type RunOutcome = "ended" | "blocked" | "interrupted";

/** Stores that are open, and the URL by which others open them too: worker threads, other machines. */
export interface StoresAt {
  readonly url: string;
  readonly stores: Stores;
}

export interface Carrying {
  /** Aborting leaves the run where it is, to be resumed. */
  readonly signal: AbortSignal;
  /** Aborting cancels the run. A `Cancellation` as its reason says who wants that and why. */
  readonly cancel?: AbortSignal;
  /** Told of each event once it is durable. */
  onEvent?(event: EventEnvelope): void;
  /** Does once more what was done before. */
  readonly past?: Past;
}

/** What happened to a run from outside: no external call is made, nobody is asked, and no wait is waited for. */
export interface Past {
  /** The flow it was begun under: under another it is not done again. */
  readonly begun: BegunUnder;
  /** Every external call is answered from these. */
  readonly facts: readonly FactIndexEntry[];
  /** By the names of the gates. */
  readonly decisions: ReadonlyMap<string, TakenDecision>;
}

/**
 * Carries a run as far as it goes, from its start or from where it was left. Nothing happens to a run that has ended.
 * Rejects with what keeps the run from going on here, such as a LeaseHeldError when another process works on it.
 */
export type Executor = (at: StoresAt, runId: RunId, carrying: Carrying) => Promise<RunOutcome>;
