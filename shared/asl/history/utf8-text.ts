import { stringifyExact } from "../query/index.ts";
import { NOT_SMALL, writeSmallJson } from "./small-json.ts";

/** Of UTF-8, for a unit of UTF-16. */
const MOST_BYTES_PER_UNIT = 3;

/** Bytes of JSON up to which a value is small. */
const SMALL_BYTES = 512;

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
    this.#makeRoom(text.length * MOST_BYTES_PER_UNIT);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** Adds text that is in UTF-8 already. */
  addBytes(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Adds a character of ASCII. */
  addByte(byte: number): void {
    this.#makeRoom(1);
    this.#bytes[this.#length++] = byte;
  }

  /** Adds what `stringifyExact` gives; of what JSON cannot say, `null`. */
  addJson(value: unknown): void {
    this.#makeRoom(SMALL_BYTES);
    const end = writeSmallJson(this.#bytes, this.#length, this.#length + SMALL_BYTES, value ?? null);
    if (end === NOT_SMALL) this.add(stringifyExact(value) ?? "null");
    else this.#length = end;
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #makeRoom(bytes: number): void {
    if (this.#length + bytes > this.#bytes.length) this.#grow(this.#length + bytes);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
