/** Guest memory that tells when a page is touched for the first time since a moment: how states are kept and undone. */

import { GuestMemory } from "../runtime/memory.ts";

/** Bytes in a page as captures and tests count them, and its binary logarithm. */
export const PAGE_BYTES = 256;
export const PAGE_SHIFT = 8;

/**
 * Each page carries the stamp of its last first touch. An access to a page whose stamp is older than the current one
 * is reported before it happens, so that the page can still be copied as it was.
 */
export class WatchedMemory extends GuestMemory {
  /** Told the page's number (offset in linear memory / {@link PAGE_BYTES}) before the access. */
  onFirstTouch: (page: number, lastStamp: number) => void = () => {};
  #stamps: Int32Array;
  #stamp = 0;

  constructor(memory: WebAssembly.Memory, base: number, endianness: "big" | "little") {
    super(memory, base, endianness);
    this.#stamps = new Int32Array(this.size >>> PAGE_SHIFT);
  }

  /** Starts a new moment: every page counts as untouched. Returns its stamp, which only ever grows. */
  nextMoment(): number {
    this.#stamp++;
    return this.#stamp;
  }

  /** A copy of a page's bytes in the order of linear memory. */
  copyPage(page: number): Uint8Array {
    return this.bytes.slice(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
  }

  /** Copies a page's bytes, in the order of linear memory, to where there is room for them. */
  copyPageInto(copy: Uint8Array, page: number): void {
    const { bytes } = this;
    const start = page * PAGE_BYTES;
    for (let index = 0; index < PAGE_BYTES; index++) copy[index] = bytes[start + index]!;
  }

  /** Gives a page other bytes, in the order of linear memory. */
  replacePage(page: number, bytes: Uint8Array): void {
    this.touchRange(page * PAGE_BYTES, PAGE_BYTES);
    this.bytes.set(bytes, page * PAGE_BYTES);
  }

  /** Has the page these bytes? Beyond the end of the memory all pages are zero. */
  pageEquals(page: number, bytes: Uint8Array): boolean {
    const start = page * PAGE_BYTES;
    for (let index = 0; index < PAGE_BYTES; index++) {
      if ((this.bytes[start + index] ?? 0) !== bytes[index]) return false;
    }
    return true;
  }

  protected override locate(address: number, width: number): number {
    const offset = super.locate(address, width);
    if (this.#stamps[offset >>> PAGE_SHIFT]! < this.#stamp) this.#touch(offset >>> PAGE_SHIFT);
    return offset;
  }

  protected override touchRange(start: number, length: number): void {
    const last = Math.floor((start + length - 1) / PAGE_BYTES);
    for (let page = Math.floor(start / PAGE_BYTES); page <= last; page++) {
      if (this.#stamps[page]! < this.#stamp) this.#touch(page);
    }
  }

  protected override resized(): void {
    const pages = this.size / PAGE_BYTES;
    if (pages <= this.#stamps.length) return;
    // With room for more: a program may grow by one page at a time.
    const stamps = new Int32Array(Math.max(pages, this.#stamps.length * 2));
    stamps.set(this.#stamps);
    this.#stamps = stamps;
  }

  #touch(page: number): void {
    const lastStamp = this.#stamps[page]!;
    this.#stamps[page] = this.#stamp;
    this.onFirstTouch(page, lastStamp);
  }
}
