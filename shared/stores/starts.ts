import type { RunId } from "../contracts/ids.ts";

/** A run that was taken in to be carried out elsewhere. */
export interface NotedStart {
  readonly runId: RunId;
  /** Milliseconds since 1970: when it was noted first. */
  readonly since: number;
}

/** Runs that are to be started, until it is known that they were: whoever dies between the two is found here. */
export interface StartStore {
  /** Durable when it returns; noting it again changes nothing. */
  note(runId: RunId): Promise<void>;
  forget(runId: RunId): Promise<void>;
  /** In order of run id. */
  list(): AsyncIterable<NotedStart>;
}
