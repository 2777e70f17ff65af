/** A token that lets its bearer call the API, as far as it is kept: nobody can read it from here. */
export interface KeptToken {
  /** What whoever made it calls it. */
  readonly name: string;
  /** SHA-256 of the token, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Milliseconds since 1970: when it was made. */
  readonly since: number;
}

export interface TokenStore {
  /** @returns false when there is a token of that name: nothing was written */
  add(name: string, sha256: string): Promise<boolean>;
  /** From then on it opens nothing. @returns false when there is none of that name */
  revoke(name: string): Promise<boolean>;
  /** In order of name, as it is now. */
  list(): AsyncIterable<KeptToken>;
  close(): void;
}
