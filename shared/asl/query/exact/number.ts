/** A property with it cannot be cloned: what goes to another thread is told as text instead, and keeps its spelling. */
const notToBeCloned = Symbol("exact number");

let made = 0;
let written = 0;

/**
 * A number that a double does not give back as it was spelt: `12345678901234567890`, `1.0`, `1e400`. Whoever hands it on
 * hands on its spelling; whoever computes takes {@link asDouble}. All other numbers are plain ones.
 */
export class ExactNumber {
  /** As in the JSON text that it came in. */
  readonly spelling: string;
  readonly cloneable: symbol = notToBeCloned;

  constructor(spelling: string) {
    this.spelling = spelling;
    made += 1;
  }

  /** The double next to it, which may be infinite. */
  get double(): number {
    return Number(this.spelling);
  }

  /** Whether Java reads it as a whole number: it has neither fraction nor exponent. */
  get isWhole(): boolean {
    return !/[.eE]/.test(this.spelling);
  }

  toJSON(): number {
    written += 1;
    return this.double;
  }
}

/** As `instanceof` has it, but without the time that takes as long as there was none: it is asked of every object. */
export const isExactNumber = (value: object): value is ExactNumber => made > 0 && value instanceof ExactNumber;

/** How many there were so far, and how often one was given to `JSON.stringify`, which cannot write the spelling. */
export const exactNumbersMade = (): number => made;
export const exactNumbersWritten = (): number => written;

const NAMES: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(ExactNumber.prototype),
  "spelling",
  "cloneable",
]);

/** Whether a path would find the name on an exact number, which has no fields. */
export const isNameOfItsOwn = (name: string): boolean => NAMES.has(name);

/** A number to compute with; anything else as it is. */
export function asDouble(value: unknown): unknown {
  return value instanceof ExactNumber ? value.double : value;
}
