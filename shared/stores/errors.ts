/** What every error of this room carries. The class name is the ASL error name. */
export interface StoreErrorDetails {
  readonly [key: string]: string | number | boolean;
}

interface StoreErrorOptions {
  readonly code: string;
  readonly retryable?: boolean;
  readonly details?: StoreErrorDetails;
  readonly cause?: unknown;
}

/** Base of all storage errors. The message says what was wrong, where, and what to do. */
export class StoreError extends Error {
  readonly code: string;
  readonly category = "storage";
  readonly retryable: boolean;
  readonly details: StoreErrorDetails;

  constructor(message: string, options: StoreErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/** The log moved: another writer appended first. Read the head again and decide anew. */
export class ConcurrencyError extends StoreError {
  readonly expected: number;
  readonly found: number;

  constructor(runId: string, expected: number, found: number) {
    super(
      `run ${runId}: expected the log to end at seq ${expected}, found ${found}; another writer was first: read the head and try again`,
      { code: "store_concurrency", retryable: true, details: { run_id: runId, expected, found } },
    );
    this.expected = expected;
    this.found = found;
  }
}

/** There is no such run or artifact. */
export class NotFoundError extends StoreError {
  constructor(what: string, where: string) {
    super(`${what} not found in ${where}; check the id and the store it was written to`, {
      code: "store_not_found",
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
    super(`${what} in ${found.where} is damaged: expected ${found.expected}, found ${found.found}; ${found.remedy}`, {
      code: "store_corruption",
      details: { what, where: found.where, expected: found.expected, found: found.found },
      cause,
    });
  }
}

/** A run of this id exists with another submission. */
export class ConflictError extends StoreError {
  constructor(runId: string, expected: string, found: string) {
    super(
      `run ${runId} exists with another submission: expected ${expected} (SHA-256 of its canonical JSON), found ${found}; submit under a new run_id`,
      { code: "store_conflict", details: { run_id: runId, expected, found } },
    );
  }
}

/** Another holder works on the run. */
export class LeaseHeldError extends StoreError {
  /** Where the holder works, in the adapter's words. */
  readonly place: string;
  readonly since: string;

  constructor(runId: string, held: { readonly holder: string; readonly place: string; readonly since: string }) {
    super(
      `run ${runId} is held by ${held.holder} (${held.place}) since ${held.since}; wait for it to end, or stop it`,
      {
        code: "store_lease_held",
        details: { run_id: runId, holder: held.holder, place: held.place, since: held.since },
      },
    );
    this.place = held.place;
    this.since = held.since;
  }
}

/** This process held the run and was taken over. What it was writing was not acknowledged, and it may write no more. */
export class LeaseLostError extends StoreError {
  constructor(runId: string, epoch: number) {
    super(
      `run ${runId}: lease ${epoch} was taken over by another process, which goes on with the run; nothing more is written here`,
      { code: "store_lease_lost", details: { run_id: runId, epoch } },
    );
  }
}

/** The disk or the quota is full. Nothing was written. */
export class NoSpaceError extends StoreError {
  constructor(doing: string, where: string, cause: unknown) {
    super(`cannot ${doing}: no space left for ${where}; free some space and resume`, {
      code: "store_no_space",
      details: { where },
      cause,
    });
  }
}

/** The operating system refused: permissions, or a read-only file system. */
export class AccessDeniedError extends StoreError {
  constructor(doing: string, where: string, reason: string, cause: unknown) {
    super(`cannot ${doing}: ${reason} at ${where}; make it writable for this user, or choose another store folder`, {
      code: "store_access_denied",
      details: { where, reason },
      cause,
    });
  }
}

/** The store's folder does not look as it should: a file stands where a folder belongs, or a part is missing. */
export class LayoutError extends StoreError {
  constructor(doing: string, where: string, found: string, cause?: unknown) {
    super(`cannot ${doing}: ${found} at ${where}; move it away, or choose another store folder`, {
      code: "store_layout",
      details: { where, found },
      cause,
    });
  }
}

/** Any other failure of the operating system; usually passes. */
export class IoError extends StoreError {
  constructor(doing: string, where: string, reason: string, cause: unknown) {
    super(`cannot ${doing}: ${reason} at ${where}; try again, and check the disk if it comes back`, {
      code: "store_io",
      retryable: true,
      details: { where, reason },
      cause,
    });
  }
}

/** The caller passed something the store cannot keep. Nothing was written. */
export class InvalidInputError extends StoreError {
  constructor(what: string, expected: string, found: string) {
    super(`${what}: expected ${expected}, found ${found}`, {
      code: "store_invalid_input",
      details: { what, expected, found },
    });
  }
}
