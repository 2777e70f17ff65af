import type { Cancellation } from "../contracts/cancellation.ts";
import type { RunId } from "../contracts/ids.ts";

/**
 * Who wants which run cancelled. Asking needs no lease, so that it reaches a run whoever carries it out, or nobody: the
 * holder takes it into the run's log.
 */
export interface CancellationStore {
  /**
   * Keeps that somebody wants it; durable when it returns. Who asked first stands: of several at once, one.
   * @returns what stands
   * @throws NotFoundError, CorruptionError; UnsupportedFormatError for a run of another version, which is left as it is
   */
  request(runId: RunId, cancellation: Cancellation): Promise<Cancellation>;
  /** @throws NotFoundError, CorruptionError */
  find(runId: RunId): Promise<Cancellation | undefined>;
  /** Resolves within a second of the request, or with undefined once the signal aborts. @throws as `find` */
  wait(runId: RunId, signal: AbortSignal): Promise<Cancellation | undefined>;
}
