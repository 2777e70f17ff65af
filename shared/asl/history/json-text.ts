import { stringifyExact } from "../query/index.ts";

/** What JSON text may hold that a string literal must escape. */
const NEEDS_ESCAPE = /["\\]/;

/**
 * Values as JSON text. The output of one state is the input of the next, by reference, so the last text made is kept:
 * most events of a chain need no second `stringifyExact`.
 */
export class JsonText {
  #value: unknown = undefined;
  #text = "null";
  #quotedText: string | undefined;
  #time = -1;
  #seconds = "";
  readonly #quotedNames = new Map<string, string>();

  of(value: unknown): string {
    if (value !== this.#value) {
      this.#text = typeof value === "number" ? numberText(value) : (stringifyExact(value) ?? "null");
      this.#value = value;
      this.#quotedText = undefined;
    }
    return this.#text;
  }

  /** The JSON text as a JSON string literal, which is how an event carries a payload. */
  quotedOf(value: unknown): string {
    const text = this.of(value);
    this.#quotedText ??= NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
    return this.#quotedText;
  }

  /** A name as a JSON string literal; there are few, so they are kept. */
  quotedName(name: string | undefined): string {
    if (name === undefined) return "null";
    const known = this.#quotedNames.get(name);
    if (known !== undefined) return known;
    const quoted = JSON.stringify(name);
    this.#quotedNames.set(name, quoted);
    return quoted;
  }

  /** Milliseconds as seconds. */
  seconds(time: number): string {
    if (time !== this.#time) {
      this.#time = time;
      this.#seconds = String(time / 1000);
    }
    return this.#seconds;
  }
}

const numberText = (value: number): string => (Number.isFinite(value) ? String(value) : "null");
