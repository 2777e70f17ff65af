/** Keeps a run's status record up to date without anyone having to wait for it. */
export interface StatusWriter {
  /** Says that the record has changed. */
  touch(): void;
  /** Resolves when the last change is written. @throws what writing it threw */
  settled(): Promise<void>;
}

/**
 * Changes that come while one is being written go together into the next.
 * @param write writes the record as it is then
 * @param onFailure told at once; nothing is written any more
 */
export function statusWriter(write: () => Promise<void>, onFailure: (error: unknown) => void): StatusWriter {
  let isStale = false;
  let writing: Promise<void> | undefined;
  const writeAll = async () => {
    while (isStale) {
      isStale = false;
      await write();
    }
    writing = undefined;
  };
  return {
    touch() {
      isStale = true;
      if (writing !== undefined) return;
      writing = writeAll();
      writing.catch(onFailure);
    },
    settled: async () => writing,
  };
}
