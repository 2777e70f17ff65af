/**
 * A path, intrinsic call or JSONata expression that cannot be read. Thrown when a definition is compiled, never while
 * it runs, so that a validator can point at the character.
 */
export class QuerySyntaxError extends Error {
  /** The whole text that was being read. */
  readonly text: string;
  /** Offset in UTF-16 units of the first character that does not fit. */
  readonly position: number;

  constructor(message: string, text: string, position: number) {
    super(message);
    this.name = "QuerySyntaxError";
    this.text = text;
    this.position = position;
  }
}
