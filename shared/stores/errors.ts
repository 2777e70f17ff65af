import type { ErrorCategory } from "../contracts/error-info.ts";
import { registered, type SingleCodedName } from "../contracts/error-registry.ts";
import type { ErrorCode } from "../contracts/ids.ts";

/** What every error of this room carries. The class name is the ASL error name. */
export interface StoreErrorDetails {
  readonly [key: string]: string | number | boolean;
}

/** Base of all storage errors. The message says what was wrong, where, and what to do; the registry what it means. */
export class StoreError extends Error {
  readonly code: ErrorCode;
  readonly category: ErrorCategory;
  readonly retryable: boolean;
  readonly details: StoreErrorDetails;

  constructor(
    name: SingleCodedName<"stores">,
    message: string,
    { details = {}, cause }: { readonly details?: StoreErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    const { code, category, retryable } = registered(name);
    this.name = name;
    this.code = code;
    this.category = category;
    this.retryable = retryable;
    this.details = details;
  }
}

/** The log moved: another writer appended first. Read the head again and decide anew. */
export class ConcurrencyError extends StoreError {
  readonly expected: number;
  readonly found: number;

  constructor(runId: string, expected: number, found: number) {
    super(
      "ConcurrencyError",
      `run ${runId}: expected the log to end at seq ${expected}, found ${found}; another writer was first: read the head and try again`,
      { details: { run_id: runId, expected, found } },
    );
    this.expected = expected;
    this.found = found;
  }
}

/** There is no such run or artifact. */
export class NotFoundError extends StoreError {
  constructor(what: string, where: string, remedy = "check the id and the store it was written to") {
    super("NotFoundError", `${what} not found in ${where}; ${remedy}`, {
      details: { what, where },
    });
  }
}

/** Stored bytes are not what was written. Never retried, never served. */
export class CorruptionError extends StoreError {
  constructor(
    what: string,
    found: { readonly where: string; readonly expected: string; readonly found: string; readonly remedy: string },
    cause?: unknown,
  ) {
    super(
      "CorruptionError",
      `${what} in ${found.where} is damaged: expected ${found.expected}, found ${found.found}; ${found.remedy}`,
      { details: { what, where: found.where, expected: found.expected, found: found.found }, cause },
    );
  }
}

/** A run of this id exists with another submission. */
export class ConflictError extends StoreError {
  /** @param fields of the submission that differ, and what is expected and found: SHA-256 of its canonical JSON */
  constructor(runId: string, fields: readonly string[], expected: string, found: string) {
    super(
      "ConflictError",
      `run ${runId} exists with another submission: ${fields.join(", ")} differ${fields.length === 1 ? "s" : ""} (expected SHA-256 ${expected}, found ${found}); submit under a new run_id, as \`restep run <manifest> --new\` does`,
      { details: { run_id: runId, expected, found } },
    );
  }
}

/** What a lease is on: a run, by its id, or a folder in which one process works at a time. */
export type LeaseSubject = string | { readonly folder: string };

function subjectOf(subject: LeaseSubject) {
  if (typeof subject === "string") return { name: `run ${subject}`, short: "the run", details: { run_id: subject } };
  return { name: subject.folder, short: "its work", details: { folder: subject.folder } };
}

/** Another holder works on the run, or in the folder. */
export class LeaseHeldError extends StoreError {
  /** Where the holder works, in the adapter's words. */
  readonly place: string;
  readonly since: string;

  constructor(
    subject: LeaseSubject,
    held: { readonly holder: string; readonly place: string; readonly since: string },
  ) {
    const { name, details } = subjectOf(subject);
    super(
      "LeaseHeldError",
      `${name} is held by ${held.holder} (${held.place}) since ${held.since}; wait for it to end, or stop it`,
      { details: { ...details, holder: held.holder, place: held.place, since: held.since } },
    );
    this.place = held.place;
    this.since = held.since;
  }
}

/** This process held the run, or the folder, and was taken over. What it was writing was not acknowledged, and it may write no more. */
export class LeaseLostError extends StoreError {
  constructor(subject: LeaseSubject, epoch: number) {
    const { name, short, details } = subjectOf(subject);
    super(
      "LeaseLostError",
      `${name}: lease ${epoch} was taken over by another process, which goes on with ${short}; nothing more is written here`,
      { details: { ...details, epoch } },
    );
  }
}

/** The disk or the quota is full. Nothing was written. */
export class NoSpaceError extends StoreError {
  constructor(doing: string, where: string, cause: unknown) {
    super("NoSpaceError", `cannot ${doing}: no space left for ${where}; free some space and resume`, {
      details: { where },
      cause,
    });
  }
}

/** The operating system, or AWS, refused: permissions, credentials, or a read-only file system. */
export class AccessDeniedError extends StoreError {
  constructor(
    doing: string,
    where: string,
    reason: string,
    cause: unknown,
    remedy = "make it writable for this user, or choose another folder",
  ) {
    super("AccessDeniedError", `cannot ${doing}: ${reason} at ${where}; ${remedy}`, {
      details: { where, reason },
      cause,
    });
  }
}

/** The store's folder, or bucket, is not as it should be: a file stands where a folder belongs, or a part is missing. */
export class LayoutError extends StoreError {
  constructor(
    doing: string,
    where: string,
    found: string,
    cause?: unknown,
    remedy = "move it away, or choose another folder",
  ) {
    super("LayoutError", `cannot ${doing}: ${found} at ${where}; ${remedy}`, { details: { where, found }, cause });
  }
}

/** Any other failure of the operating system or of AWS; usually passes. */
export class IoError extends StoreError {
  constructor(
    doing: string,
    where: string,
    reason: string,
    cause: unknown,
    remedy = "try again, and check the disk if it comes back",
  ) {
    super("IoError", `cannot ${doing}: ${reason} at ${where}; ${remedy}`, { details: { where, reason }, cause });
  }
}

/** The caller passed something the store cannot keep. Nothing was written. */
export class InvalidInputError extends StoreError {
  constructor(what: string, expected: string, found: string) {
    super("InvalidInputError", `${what}: expected ${expected}, found ${found}`, { details: { what, expected, found } });
  }
}

/** What is stored is written in a way that this version does not read, or does not go on with. Nothing was changed. */
export class UnsupportedFormatError extends StoreError {
  constructor(message: string, details: { readonly what: string; readonly expected: number; readonly found: number }) {
    super("UnsupportedFormatError", message, { details });
  }
}
