/** Of UTF-8, for a unit of UTF-16. */
const MOST_BYTES_PER_UNIT = 3;

/** Text as bytes. It is turned into bytes as it comes: much text in pieces is hard on the garbage collector. */
export class Utf8Text {
  #bytes: Buffer;
  #length = 0;

  constructor(bytes = 16 * 1024) {
    this.#bytes = Buffer.allocUnsafe(bytes);
  }

  /** Begins anew, in the place of what was there. */
  clear(): void {
    this.#length = 0;
  }

  add(text: string): void {
    const needed = this.#length + text.length * MOST_BYTES_PER_UNIT;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
