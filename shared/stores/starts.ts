import type { RunId } from "../contracts/ids.ts";
import type { Priority } from "../contracts/priorities.ts";

/** A run that was taken in to be carried out elsewhere. */
export interface NotedStart {
  readonly runId: RunId;
  readonly priority: Priority;
  /** Milliseconds since 1970: when it was noted first. */
  readonly since: number;
}

/** Runs that are to be started, until it is known that they were: whoever dies between the two is found here. */
export interface StartStore {
  /** Durable when it returns; noting it again changes nothing. */
  note(runId: RunId, priority: Priority): Promise<void>;
  forget(runId: RunId): Promise<void>;
  /** In order of run id. */
  list(): AsyncIterable<NotedStart>;
  /**
   * Takes one of so many places for a run that is to go on, unless it has one. Who asks for the same run at the same time may take two.
   * @returns false when all are taken
   */
  takePlace(runId: RunId, places: number): Promise<boolean>;
  /** Gives back every place that the run has. */
  givePlace(runId: RunId): Promise<void>;
  /** Those that have a place. */
  inPlaces(): AsyncIterable<RunId>;
}
