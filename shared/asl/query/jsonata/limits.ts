/** Bounds of one evaluation: milliseconds, nested evaluations, items of one sequence. */
export interface LibraryBounds {
  readonly timeout?: number;
  readonly stack: number;
  readonly sequence?: number;
}

/**
 * What one evaluation may use. The time is AWS's documented second; depth, list and text are the largest that AWS is
 * known to accept.
 */
export const bounds = { timeout: 1_000, stack: 100, sequence: 873_782 } as const satisfies LibraryBounds;

/** Items of one list. */
export const longestList = bounds.sequence;

/** UTF-16 units of one string, and of a result as JSON text. */
export const longestText = 6_990_256;

/** Bytes of a value that another thread gives: what a state may pass on, and lists that a Map takes apart. */
export const longestAnswer = 2 ** 21;

/** Items that `$range` gives. */
export const longestRange = 360_145;

/** Steps that reading an expression may take, and what each of its characters adds. */
export const stepsToParse = { least: 200_000, perCharacter: 100 } as const;

/** UTF-16 units of the reason that a failure gives. */
export const longestReason = 16_384;
