/** Guest memory as a program sees it, on the linear memory of a WebAssembly instance. */

import { type Endianness, GuestTrap, hex, type TrapKind } from "../machine.ts";
import type { MemoryLayout, ProgramImage } from "../program.ts";

/** Bytes in a page of linear memory, the unit it grows by. */
export const WASM_PAGE = 0x10000;

/** What a program may do to a page. */
export type PageRight = "none" | "read" | "write";

/** Bytes that a copy takes of the host's memory. */
const LONGEST_COPY = 1 << 20;

/**
 * Reads and writes guest memory by guest address. Addresses may be given signed or unsigned: they count modulo 2**32.
 *
 * Guest address `a` lies at byte `a - base`. Words of a big-endian guest are kept in the host's order, so its bytes lie
 * at `^ 3` and its halfwords at `^ 2`. Word and halfword accesses must be aligned; alignment is checked before bounds.
 *
 * Every access outside the memory throws a `memory_fault` and every misaligned one an `address_error` ({@link GuestTrap}).
 */
export class GuestMemory {
  readonly base: number;
  readonly endianness: Endianness;
  /** Bytes, a multiple of {@link WASM_PAGE}. */
  size = 0;
  bytes = new Uint8Array(0);
  halves = new Uint16Array(0);
  words = new Int32Array(0);
  protected readonly byteFlip: number;
  protected readonly halfFlip: number;
  readonly #memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory, base: number, endianness: Endianness) {
    this.#memory = memory;
    this.base = base;
    this.endianness = endianness;
    this.byteFlip = endianness === "big" ? 3 : 0;
    this.halfFlip = endianness === "big" ? 2 : 0;
    this.#takeUp(memory.buffer);
  }

  /** Takes up the memory's current buffer; needed after anyone else grew it. */
  refresh(): void {
    if (this.bytes.buffer === this.#memory.buffer) return;
    this.#takeUp(this.#memory.buffer);
    this.resized();
  }

  /** Grows to at least `byteLength` bytes. Returns false, with nothing changed, when the memory may not grow so far. */
  growTo(byteLength: number): boolean {
    if (byteLength <= this.size) return true;
    try {
      this.#memory.grow(Math.ceil((byteLength - this.size) / WASM_PAGE));
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
    this.refresh();
    return true;
  }

  /** The guest address of a byte of linear memory, as {@link bytes} counts them. */
  addressOf(offset: number): number {
    return (this.base + (offset ^ this.byteFlip)) >>> 0;
  }

  loadByte(address: number): number {
    return this.bytes[this.locate(address, 1) ^ this.byteFlip]!;
  }

  loadHalf(address: number): number {
    return this.halves[(this.locate(address, 2) ^ this.halfFlip) >>> 1]!;
  }

  loadWord(address: number): number {
    return this.words[this.locate(address, 4) >>> 2]!;
  }

  storeByte(address: number, value: number): void {
    this.bytes[this.locateToWrite(address, 1) ^ this.byteFlip] = value;
  }

  storeHalf(address: number, value: number): void {
    this.halves[(this.locateToWrite(address, 2) ^ this.halfFlip) >>> 1] = value;
  }

  storeWord(address: number, value: number): void {
    this.words[this.locateToWrite(address, 4) >>> 2] = value;
  }

  /**
   * Told what the program may do from now on to the pages of `[start, end)`. Linear memory protects nothing: only who
   * watches accesses can hold a program to it.
   */
  protect(_start: number, _end: number, _right: PageRight): void {}

  /** A copy of `[address, address + length)` in guest order. */
  readBytes(address: number, length: number): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    this.touchRange(this.#range(address, length), length, "read");
    return this.copyBytes(address, length);
  }

  /** The same without the guest's or its kernel's doing: it is no access. */
  copyBytes(address: number, length: number): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    const start = this.#range(address, length);
    if (this.byteFlip === 0) return this.bytes.slice(start, start + length);
    const aligned = start - (start & 3);
    return this.#inGuestOrder(aligned, start + length).subarray(start - aligned, start - aligned + length);
  }

  /** Writes bytes given in guest order at `address` and on. Faults before anything is written. */
  writeBytes(address: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const start = this.#range(address, bytes.length);
    this.touchRange(start, bytes.length, "write");
    if (this.byteFlip === 0) {
      this.bytes.set(bytes, start);
      return;
    }
    const aligned = start - (start & 3);
    const window = this.#inGuestOrder(aligned, start + bytes.length);
    window.set(bytes, start - aligned);
    this.bytes.set(swapWords(window), aligned);
  }

  /** Zeroes `[address, address + length)`. Faults before anything is written. */
  fillZero(address: number, length: number): void {
    if (length === 0) return;
    const start = this.#range(address, length);
    this.touchRange(start, length, "write");
    const end = start + length;
    // Whole words in place; what is left at either end is less than one.
    const [firstWord, endOfWords] = [start + (-start & 3), end - (end & 3)];
    if (firstWord >= endOfWords) {
      this.writeBytes(address, new Uint8Array(length));
      return;
    }
    this.bytes.fill(0, firstWord, endOfWords);
    if (firstWord > start) this.writeBytes(address, new Uint8Array(firstWord - start));
    if (end > endOfWords) this.writeBytes(address + (endOfWords - start), new Uint8Array(end - endOfWords));
  }

  /** Copies a range to another that it does not overlap. Faults before anything is written. */
  copy(from: number, to: number, length: number): void {
    if (length === 0) return;
    this.#range(from, length);
    this.#range(to, length);
    for (let done = 0; done < length; done += LONGEST_COPY) {
      this.writeBytes(to + done, this.readBytes(from + done, Math.min(LONGEST_COPY, length - done)));
    }
  }

  /** The bytes at `address` up to a zero byte, as UTF-8 text; undefined when there is none within `limit` bytes. */
  readString(address: number, limit = 4096): string | undefined {
    const bytes: number[] = [];
    for (let index = 0; index < limit; index++) {
      const byte = this.loadByte(address + index);
      if (byte === 0) return Buffer.from(bytes).toString("utf8");
      bytes.push(byte);
    }
    return undefined;
  }

  #takeUp(buffer: ArrayBuffer): void {
    this.size = buffer.byteLength;
    this.bytes = new Uint8Array(buffer);
    this.halves = new Uint16Array(buffer);
    this.words = new Int32Array(buffer);
  }

  /** Told of a new size. */
  protected resized(): void {}

  /** Told of every range of linear memory (offsets) before it is read or written in bulk. */
  protected touchRange(_start: number, _length: number, _access: "read" | "write"): void {}

  /** Copies the words of a big-endian guest that cover `[aligned, end)`, in guest order. */
  #inGuestOrder(aligned: number, end: number): Uint8Array {
    return swapWords(this.bytes.slice(aligned, aligned + ((end - aligned + 3) & ~3)));
  }

  /** The offset in linear memory of an access of 1, 2 or 4 bytes, once it is known to be aligned and inside. */
  protected locate(address: number, width: number): number {
    const offset = (address - this.base) >>> 0;
    if ((offset & (width - 1)) !== 0) throw new AccessTrap("address_error", address, width);
    if (offset >= this.size) throw new AccessTrap("memory_fault", address, width);
    return offset;
  }

  /** The same, for an access that writes. */
  protected locateToWrite(address: number, width: number): number {
    return this.locate(address, width);
  }

  #range(address: number, length: number): number {
    const offset = (address - this.base) >>> 0;
    if (offset + length > this.size) throw new AccessTrap("memory_fault", address, length);
    return offset;
  }
}

/** Reverses the bytes of each word, in place. */
function swapWords(bytes: Uint8Array): Uint8Array {
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).swap32();
  return bytes;
}

/** A load or store that is misaligned or outside the memory. */
export class AccessTrap extends GuestTrap {
  readonly detail: string;
  constructor(kind: TrapKind, accessed: number, width: number) {
    const detail = `access of ${width} byte${width === 1 ? "" : "s"} to ${hex(accessed)}`;
    super(kind, undefined, detail);
    this.detail = detail;
  }
}

/** A fresh memory of a layout's size with the image's segments in it and zeros elsewhere. */
export function loadImage(image: ProgramImage, layout: MemoryLayout): WebAssembly.Memory {
  const memory = new WebAssembly.Memory({
    initial: layout.initialBytes / WASM_PAGE,
    maximum: layout.maximumBytes / WASM_PAGE,
  });
  const view = new GuestMemory(memory, layout.base, image.endianness);
  for (const segment of image.segments) view.writeBytes(segment.address, segment.bytes);
  return memory;
}
