/**
 * Where a server keeps what must outlast it: records and logs in a place that it alone holds. Shared code does not know how;
 * `Error`s named `CorruptionError` are of what is damaged, and their messages say what, where, and what to do.
 */
export interface SfnStorage {
  /** Aborts when another server has taken the place over; nothing is written after. */
  readonly lost: AbortSignal;
  /** What opening repaired, in sentences. */
  readonly notices: readonly string[];
  records(kind: string): StoredRecords;
  logs(kind: string): StoredLogs;
  /** Waits for what is being written and gives the place back. */
  release(): Promise<void>;
}

/** Texts of JSON objects, by names that are file names. */
export interface StoredRecords {
  /** Each once: of one that is as it was when it was summed up, that alone. */
  read(): AsyncIterable<(StoredText & { readonly name: string }) | StoredSummary>;
  /** One of them; undefined if it is not there. */
  find(name: string): Promise<StoredText | undefined>;
  /** Durable when it returns. */
  put(name: string, text: string): Promise<void>;
  /** Notes what `read` may give in place of the record as it is now. It may be lost, and then the record is read. */
  sumUp(name: string, summary: string): Promise<void>;
  /** Durable when it returns; one that is not there is no error. */
  remove(name: string): Promise<void>;
}

export interface StoredSummary {
  readonly name: string;
  readonly summary: string;
}

export interface StoredText {
  /** As it was put; as it stands where it is damaged. */
  readonly text: string;
  readonly damage: Error | undefined;
}

/** How far a log goes, and what vouches for all its lines. */
export interface LogEnd {
  readonly lines: number;
  readonly sha256: string;
}

/** Behind a line of a log. */
export interface LogPlace extends LogEnd {
  readonly bytes: number;
}

/** Logs of JSON objects, one a line, by paths. */
export interface StoredLogs {
  /** Of the logs at the top. */
  names(): Promise<readonly string[]>;
  open(path: string): StoredLog;
  /**
   * The whole lines from a place on.
   * @param atLeast how far the log must go
   * @throws CorruptionError behind the last line that is vouched for
   */
  lines(
    path: string,
    from?: LogPlace,
    atLeast?: LogEnd,
  ): AsyncIterable<{ readonly text: string; readonly end: LogPlace }>;
  /** How far the log, and those below it, are known to go that have not ended. */
  ends(path: string): Readonly<Record<string, LogEnd>>;
  /** Says that they have ended: how far they go is no longer kept in mind. */
  ended(path: string): void;
}

/** A log under way. */
export interface StoredLog {
  /** Whole lines. Durable when it returns. */
  append(lines: string): Promise<void>;
  /** The lines so far, a torn last one cut off. @throws CorruptionError */
  read(): AsyncIterable<string>;
  close(): Promise<void>;
}

/** Whether something stored is damaged, as opposed to a disk that failed. */
export function isDamage(error: unknown): error is Error {
  return error instanceof Error && error.name === "CorruptionError";
}
