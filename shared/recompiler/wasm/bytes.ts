/** How many bytes an unsigned 32-bit number takes in LEB128. */
export function unsignedLength(value: number): number {
  return Math.max(1, Math.ceil((32 - Math.clz32(value)) / 7));
}

/** A growing run of bytes in the encodings of the WebAssembly binary format. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  /** Bytes written so far. */
  length = 0;

  /** @param expected bytes that there will be, about: what is written past them is copied once more */
  constructor(expected = 256) {
    this.#bytes = new Uint8Array(expected);
  }

  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.length++] = value;
  }

  /** An unsigned 32-bit number in LEB128. */
  unsigned(value: number): void {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** A signed 32-bit number in LEB128. */
  signed(value: number): void {
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    this.byte(rest & 0x7f);
  }

  /** A signed 64-bit number in LEB128. */
  signedWide(value: bigint): void {
    let rest = value;
    while (rest < -64n || rest > 63n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest & 0x7fn));
  }

  bytes(values: Uint8Array): void {
    this.#reserve(values.length);
    this.#bytes.set(values, this.length);
    this.length += values.length;
  }

  /** A name: its UTF-8 bytes behind their count. */
  name(text: string): void {
    const encoded = new TextEncoder().encode(text);
    this.unsigned(encoded.length);
    this.bytes(encoded);
  }

  /** The byte at a position already written, for the few encodings that are decided one instruction late. */
  at(position: number): number {
    return this.#bytes[position]!;
  }

  replace(position: number, value: number): void {
    this.#bytes[position] = value;
  }

  /** What was written; nothing may be written after it. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.length);
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + count));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
  }
}

/** Reads the same encodings back. Positions count from the start of the bytes given. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  position: number;
  readonly end: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /** @throws RangeError past the end */
  byte(): number {
    if (this.position >= this.end) throw new RangeError(`the bytes end at ${this.end}`);
    return this.#bytes[this.position++]!;
  }

  /** @throws RangeError past the end, and on a number of more than 32 bits */
  unsigned(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const next = this.byte();
      value += (next & 0x7f) * 2 ** shift;
      if (next < 0x80 && value < 2 ** 32) return value;
    }
    throw new RangeError(`the number at ${this.position} has more than 32 bits`);
  }

  /** A view of the next `count` bytes. @throws RangeError past the end */
  bytes(count: number): Uint8Array {
    if (this.position + count > this.end) throw new RangeError(`the bytes end at ${this.end}`);
    this.position += count;
    return this.#bytes.subarray(this.position - count, this.position);
  }

  get isAtEnd(): boolean {
    return this.position >= this.end;
  }
}
