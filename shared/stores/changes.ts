/** A signal that may be waited for again and again. */
export interface Changes {
  /** Resolves at the first change after this call. */
  next(): Promise<void>;
  announce(): void;
}

export function changes(): Changes {
  let upcoming = deferred();
  return {
    next: () => upcoming.promise,
    announce() {
      const { resolve } = upcoming;
      upcoming = deferred();
      resolve();
    },
  };
}

export interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/** A promise that is settled from outside. */
export function deferred(): Deferred {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
