/** A shape that is known without a name. */
export interface CollectedShape {
  readonly id: string;
  /** Lowercase: a text that holds none of them holds no match. */
  readonly words: readonly string[];
  /** The secret alone where it has no groups, else its first group. */
  readonly pattern: string;
  /** Bits for each character that a secret exceeds; placeholders do not. */
  readonly entropy?: number;
}

/** A shape that counts under a name that holds a word. */
export interface CollectedName {
  readonly id: string;
  /** Stands in the name, in any case. */
  readonly word: string;
  /** All of the value. */
  readonly value: string;
  readonly entropy?: number;
}
