/**
 * A folder in which one process works at a time: records, each there as a whole or not at all, and logs whose lines vouch
 * for each other. One that is damaged stands in the way of no other. Whoever uses it knows
 * what records and lines mean. Methods reject with a `StoreError`.
 */

import type { CorruptionError } from "./errors.ts";

export interface LeasedFolder {
  /** Aborts when the folder is found to be taken over by another process; nothing is written after. */
  readonly lost: AbortSignal;
  /** What opening repaired, in sentences. */
  readonly notices: readonly string[];
  /** Records of a kind: JSON objects as text, by names that are file names. */
  records(kind: string): RecordFiles;
  /** Logs of a kind, by paths with `/`. */
  logs(kind: string): LogFiles;
  /** Waits for what is being written and gives the folder back. Safe to call twice, and after a loss. */
  release(): Promise<void>;
}

export interface RecordFiles {
  /** Every record once, in no order: of one that is as it was when it was summed up, that alone. */
  read(): AsyncIterable<FoundRecord | FoundSummary>;
  /** One of them, as it stands; undefined if it is not there. */
  find(name: string): Promise<FoundRecord | undefined>;
  /** Durable when it returns. */
  put(name: string, text: string): Promise<void>;
  /** Notes what `read` may give in place of the record as it is now. It may be lost, and then the record is read. */
  sumUp(name: string, summary: string): Promise<void>;
  /** Durable when it returns; one that is not there is no error. */
  remove(name: string): Promise<void>;
}

export interface FoundSummary {
  readonly name: string;
  readonly summary: string;
}

export interface FoundRecord {
  readonly name: string;
  /** As it was put; as it stands where it is damaged. */
  readonly text: string;
  readonly damage: CorruptionError | undefined;
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

export interface LogLine {
  /** The object as it was appended. */
  readonly text: string;
  readonly end: LogPlace;
}

export interface LogFiles {
  /** Paths of the logs that stand in the folder itself. */
  names(): Promise<readonly string[]>;
  /** A log to append to; it is made with the first line. One at a time for a path. */
  open(path: string): KeptLog;
  /**
   * The lines of a log as it stands, from a place on; none where there is no log. What a crash or a write under way left
   * behind the last whole line is ignored.
   * @param atLeast how far it must go
   * @throws CorruptionError behind the last line that is vouched for
   */
  lines(path: string, from?: LogPlace, atLeast?: LogEnd): AsyncIterable<LogLine>;
  /** How far a log at the top, and those below it, are known to go that have not ended, by their paths. */
  ends(path: string): Readonly<Record<string, LogEnd>>;
  /** Says that a log has ended: no later process need know how far it went. Also the logs below it. */
  ended(path: string): void;
  /** Removes a log and those below it, durably. */
  remove(path: string): Promise<void>;
}

/** A log under way. */
export interface KeptLog {
  /** Each line is a JSON object with members and ends in a newline. Durable and the lease still held when it returns. */
  append(lines: string): Promise<void>;
  /**
   * The lines so far. A torn last line is cut off before.
   * @throws CorruptionError for a line that is not vouched for, or a log that is shorter than it is known to have been
   */
  read(): AsyncIterable<string>;
  close(): Promise<void>;
}
