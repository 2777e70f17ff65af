/** Reads the binary format of WebAssembly as far as metering a module needs it (core specification, chapter 5). */

import { RecompilerError } from "../errors.ts";

export class WasmReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  position: number;
  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.position >= this.end;
  }

  byte(): number {
    if (this.isAtEnd) throw this.malformed("a section ends too early");
    return this.bytes[this.position++]!;
  }

  /** An unsigned LEB128 number of up to 32 bits. */
  unsigned(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 28; factor *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw this.malformed("a number has more than five bytes");
  }

  /** A signed LEB128 number of up to 32 bits. */
  signed(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      return shift < 28 && (byte & 0x40) !== 0 ? value | (-1 << (shift + 7)) : value;
    }
    throw this.malformed("a number has more than five bytes");
  }

  /** Passes over a LEB128 number of any size. */
  skipNumber(): void {
    while (this.byte() >= 0x80);
  }

  skip(count: number): void {
    if (this.position + count > this.end) throw this.malformed("a section ends too early");
    this.position += count;
  }

  /** Passes over a vector whose items are LEB128 numbers. */
  skipNumbers(): void {
    for (let left = this.unsigned(); left > 0; left--) this.skipNumber();
  }

  /** A name: its UTF-8 bytes behind their count. */
  name(): string {
    const length = this.unsigned();
    const start = this.position;
    this.skip(length);
    return new TextDecoder().decode(this.bytes.subarray(start, start + length));
  }

  skipName(): void {
    this.skip(this.unsigned());
  }

  malformed(problem: string): RecompilerError {
    return new RecompilerError("module_malformed", `WebAssembly module at byte ${this.position}: ${problem}`);
  }
}
