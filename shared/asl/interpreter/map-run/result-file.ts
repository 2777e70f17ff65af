import { Utf8Text } from "../../history/utf8-text.ts";

/** A file is full when this much text has come together. */
const FULL_BYTES = 1024 * 1024;

/** Room for the entry that fills it; a larger one makes its own. */
const SLACK_BYTES = 64 * 1024;

/** Texts of files that were written, for files to come. */
export class FilePool {
  readonly #free: Utf8Text[] = [];

  /** Memory that is not written to is not taken from the system, so there is room for a full file at once. */
  take(): Utf8Text {
    return this.#free.pop() ?? new Utf8Text(FULL_BYTES + SLACK_BYTES);
  }

  giveBack(text: Utf8Text): void {
    text.clear();
    this.#free.push(text);
  }
}

/** JSON texts that are put together in files: a list of them, or one a line. They become bytes as they come. */
export class ResultFile {
  readonly #isLines: boolean;
  readonly #pool: FilePool;
  /** Undefined where the next entry begins a file. */
  #text: Utf8Text | undefined;

  constructor(isLines: boolean, pool: FilePool) {
    this.#isLines = isLines;
    this.#pool = pool;
  }

  get isFull(): boolean {
    return this.#text !== undefined && this.#text.length >= FULL_BYTES;
  }

  add(json: string): void {
    const opening = this.#text === undefined ? "[" : ",";
    this.#text ??= this.#pool.take();
    this.#text.add(this.#isLines ? `${json}\n` : opening + json);
  }

  /** The file that was begun, if one was. What is added next begins another. */
  take(): Utf8Text | undefined {
    const text = this.#text;
    if (!this.#isLines) text?.add("]");
    this.#text = undefined;
    return text;
  }
}
