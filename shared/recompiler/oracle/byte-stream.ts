/** Bytes written and read in sequence: variable-length numbers (LEB128) and runs of zeros, as captures are stored. */

import { RecompilerError } from "../errors.ts";

export class ByteSink {
  #bytes = new Uint8Array(1024);
  #length = 0;

  /** A whole number from 0 to 2**53 - 1, seven bits a byte, lowest first. */
  count(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#byte(rest);
  }

  /** A signed word, four bytes, lowest first. */
  word(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.#byte((value >>> shift) & 0xff);
  }

  /** Bytes with their length, as alternating runs: how many zeros, how many others, the others. */
  bytes(content: Uint8Array): void {
    this.count(content.length);
    for (let position = 0; position < content.length; ) {
      const literal = firstIndex(content, position, (at) => content[at] !== 0);
      const zeros = firstIndex(content, literal, (at) => isZeroRun(content, at));
      this.count(literal - position);
      this.count(zeros - literal);
      for (let at = literal; at < zeros; at++) this.#byte(content[at]!);
      position = zeros;
    }
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #byte(value: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = value;
  }
}

function firstIndex(content: Uint8Array, from: number, isMet: (index: number) => boolean): number {
  let index = from;
  while (index < content.length && !isMet(index)) index++;
  return index;
}

/** A run of zeros is worth ending a literal for from three on. */
function isZeroRun(content: Uint8Array, at: number): boolean {
  return content[at] === 0 && (content[at + 1] ?? 0) === 0 && (content[at + 2] ?? 0) === 0;
}

/** Reads what {@link ByteSink} wrote. Every method throws `captures_malformed` when the bytes do not hold it. */
export class ByteSource {
  readonly #bytes: Uint8Array;
  #position = 0;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  count(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 0x80) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
    }
    throw this.malformed("a number below 2**53", "a larger one");
  }

  /** A count of things that take at least a byte each, so that no absurd number is believed. */
  countOfItems(): number {
    const value = this.count();
    const left = this.#bytes.length - this.#position;
    if (value > left) throw this.malformed(`at most ${left} items`, `${value}`);
    return value;
  }

  word(): number {
    let value = 0;
    for (let shift = 0; shift < 32; shift += 8) value |= this.#byte() << shift;
    return value;
  }

  /** @param most the longest content that is believed, in bytes */
  bytes(most: number): Uint8Array {
    const length = this.count();
    if (length > most) throw this.malformed(`at most ${most} bytes`, `${length}`);
    const content = new Uint8Array(length);
    for (let position = 0; position < length; ) {
      const zeros = this.count();
      const literals = this.count();
      if (zeros + literals === 0 || position + zeros + literals > length) {
        throw this.malformed(`runs of ${length} bytes in all`, "runs that do not fit");
      }
      position += zeros;
      for (let end = position + literals; position < end; position++) content[position] = this.#byte();
    }
    return content;
  }

  /** One of `limit` things, by number. */
  index(limit: number): number {
    const value = this.count();
    if (value >= limit) throw this.malformed(`an index below ${limit}`, `${value}`);
    return value;
  }

  end(): void {
    if (this.#position !== this.#bytes.length) {
      throw this.malformed("the end", `${this.#bytes.length - this.#position} more bytes`);
    }
  }

  malformed(expected: string, found: string): RecompilerError {
    return new RecompilerError(
      "captures_malformed",
      `captures: at byte ${this.#position} expected ${expected}, found ${found}; trace the program again`,
    );
  }

  #byte(): number {
    const byte = this.#bytes[this.#position];
    if (byte === undefined) throw this.malformed("another byte", "the end");
    this.#position++;
    return byte;
  }
}
