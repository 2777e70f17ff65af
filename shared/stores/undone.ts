/** A call that a deployment gave up, after every attempt at it. */
export interface UndoneCall {
  /** Of the function that was called. */
  readonly functionName: string;
  /** RFC 3339: when it was given up. */
  readonly at: string;
  /** Attempts at it. */
  readonly attempts: number;
  /** What the last attempt failed with, or why there was none, such as `EventAgeExceeded`. */
  readonly why: string;
  /** What was uploaded, or the run, as far as the call tells. */
  readonly of: string | undefined;
  /** Calls the function again, as it was called, and takes the call out of the queue. If it fails again it comes there again. */
  sendAgain(): Promise<void>;
  /** Leaves it in the queue, for whoever asks next. */
  leave(): Promise<void>;
}

/** What a deployment could not do and keeps for a person: starts of runs, and ends to be recorded. */
export interface UndoneCalls {
  /**
   * Each that is there, in no order. One that is neither sent again nor left is shown to nobody else for a minute.
   * @throws NotFoundError where there is no such queue; CorruptionError for a message that is no call
   */
  list(): AsyncIterable<UndoneCall>;
  close(): void;
}
