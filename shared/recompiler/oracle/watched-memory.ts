/** Guest memory that tells when a page is touched for the first time since a moment: how states are kept and undone. */

import { GuestMemory, type PageRight } from "../runtime/memory.ts";
import { type AccessKind, ForbiddenAccess, type PageAccess } from "./page-access.ts";

/** Bytes in a page as captures and tests count them, and its binary logarithm. */
export const PAGE_BYTES = 256;
export const PAGE_SHIFT = 8;

/** The complement of the first stamp. */
const UNSEEN = ~0;

/**
 * Each page carries the stamp of its last first touch. An access to a page whose stamp is older than the current one
 * is reported before it happens, so that the page can still be copied as it was.
 *
 * Rights are looked at then too, so that an access to a page that has been accessed before costs nothing more. A page
 * whose rights are to be looked at again carries the complement of its stamp, which is older than any.
 */
export class WatchedMemory extends GuestMemory {
  /** Told the page's number (offset in linear memory / {@link PAGE_BYTES}) before the access. */
  onFirstTouch: (page: number, lastStamp: number) => void = () => {};
  /** What may be accessed; undefined for everything. Another one holds from the next moment on. */
  rights: PageAccess | undefined;
  #stamps: Int32Array;
  /** The moment of each page's last first write, or older: such a page may be written in that moment. */
  #writes: Int32Array;
  #stamp = 0;

  constructor(memory: WebAssembly.Memory, base: number, endianness: "big" | "little", rights?: PageAccess) {
    super(memory, base, endianness);
    this.rights = rights;
    const pages = this.size >>> PAGE_SHIFT;
    this.#stamps = new Int32Array(pages).fill(UNSEEN);
    this.#writes = new Int32Array(pages).fill(UNSEEN);
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
    this.#touch(page);
    this.#stamps[page] = ~this.#stamp;
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

  override protect(start: number, end: number, right: PageRight): void {
    if (this.rights === undefined) return;
    const [from, to] = [start - this.base, end - this.base];
    this.rights.set(from, to, right);
    const last = Math.min(to, this.size) / PAGE_BYTES;
    for (let page = from / PAGE_BYTES; page < last; page++) {
      if (this.#stamps[page]! >= 0) this.#stamps[page] = ~this.#stamps[page]!;
      this.#writes[page] = UNSEEN;
    }
  }

  protected override locate(address: number, width: number): number {
    const offset = super.locate(address, width);
    if (this.#stamps[offset >>> PAGE_SHIFT]! < this.#stamp) this.#admit(offset, width, "read");
    return offset;
  }

  protected override locateToWrite(address: number, width: number): number {
    const offset = super.locate(address, width);
    if (this.#writes[offset >>> PAGE_SHIFT]! < this.#stamp) this.#admit(offset, width, "write");
    return offset;
  }

  protected override touchRange(start: number, length: number, access: AccessKind): void {
    const seen = access === "read" ? this.#stamps : this.#writes;
    const last = Math.floor((start + length - 1) / PAGE_BYTES);
    for (let page = Math.floor(start / PAGE_BYTES); page <= last; page++) {
      if (seen[page]! < this.#stamp) this.#admit(Math.max(start, page * PAGE_BYTES), length, access);
    }
  }

  protected override resized(): void {
    const pages = this.size / PAGE_BYTES;
    if (pages <= this.#stamps.length) return;
    // With room for more: a program may grow by one page at a time.
    const length = Math.max(pages, this.#stamps.length * 2);
    this.#stamps = extended(this.#stamps, length);
    this.#writes = extended(this.#writes, length);
  }

  /** @throws ForbiddenAccess */
  #admit(offset: number, width: number, access: AccessKind): void {
    if (this.rights?.allows(offset, access) === false) throw new ForbiddenAccess(this.base + offset, width, access);
    const page = Math.floor(offset / PAGE_BYTES);
    this.#touch(page);
    if (access === "write") this.#writes[page] = this.#stamp;
  }

  #touch(page: number): void {
    const stamp = this.#stamps[page]!;
    const lastStamp = stamp < 0 ? ~stamp : stamp;
    this.#stamps[page] = this.#stamp;
    if (lastStamp < this.#stamp) this.onFirstTouch(page, lastStamp);
  }
}

function extended(stamps: Int32Array, length: number): Int32Array {
  const longer = new Int32Array(length).fill(UNSEEN, stamps.length);
  longer.set(stamps);
  return longer;
}
