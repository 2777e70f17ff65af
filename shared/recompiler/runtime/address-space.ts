/** Which parts of the memory above `heapStart` are the program break's and which are mappings. */

import type { MemoryLayout } from "../program.ts";
import type { GuestMemory, PageRight } from "./memory.ts";

/** The unit of mappings: Linux's page on MIPS. */
export const PAGE = 4096;

/** What the first mapping leaves free above the program break, so that `brk` and `mmap` may both go on. */
const BREAK_RESERVE = 16 << 20;

/** Linux's `vm.max_map_count`: each call looks through them. */
const MOST_MAPPINGS = 65_530;

interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The heap grows from `heapStart` by `brk`; mappings lie above it, first fit. Memory that is given back is zeroed at
 * once: linear memory does not shrink. So what is free is zero. The memory is told what the program may do to its pages.
 */
export class AddressSpace {
  readonly #memory: GuestMemory;
  readonly #layout: MemoryLayout;
  #breakAddress: number;
  #firstMapping: number | undefined;
  /** Sorted, none touching another. */
  readonly #mappings: Range[] = [];

  constructor(memory: GuestMemory, layout: MemoryLayout) {
    this.#memory = memory;
    this.#layout = layout;
    this.#breakAddress = layout.heapStart;
  }

  /** `brk`: moves the break where it may go and returns where it is then. */
  moveBreak(address: number): number {
    if (address < this.#layout.heapStart || address > this.#breakLimit) return this.#breakAddress;
    if (!this.#memory.growTo(address - this.#layout.base)) return this.#breakAddress;
    if (address < this.#breakAddress) this.#clear({ start: address, end: this.#breakAddress });
    const [before, after] = [roundToPage(this.#breakAddress), roundToPage(address)];
    if (after > before) this.#memory.protect(before, after, "write");
    else this.#memory.protect(after, before, "none");
    this.#breakAddress = address;
    return address;
  }

  /**
   * Maps zeroed memory that may be written, at `fixed` or wherever it fits. Returns its address, or undefined when there
   * is no room.
   */
  map(length: number, fixed?: number): number | undefined {
    const bytes = roundToPage(length);
    const start = fixed ?? this.#findGap(bytes);
    const range = { start, end: start + bytes };
    if (range.start < this.#layout.base || range.end > this.#limit) return undefined;
    if (this.#mappings.length >= MOST_MAPPINGS) return undefined;
    if (!this.#memory.growTo(range.end - this.#layout.base)) return undefined;
    if (start >= roundToPage(this.#breakAddress)) this.#take(range);
    else this.#clear(range);
    this.#memory.protect(range.start, range.end, "write");
    return start;
  }

  unmap(address: number, length: number): void {
    const range = { start: address, end: address + roundToPage(length) };
    this.#release(range);
    this.#protect(range, "none");
  }

  /** False where not all of the range is mapped, as far as that is known: below the heap all is taken to be. */
  protect(address: number, length: number, right: PageRight): boolean {
    const range = { start: address, end: address + roundToPage(length) };
    if (!this.#isMapped(range)) return false;
    this.#protect(range, right);
    return true;
  }

  /** Grows or shrinks a mapping where it is, as far as what follows it lets it. */
  resize(address: number, oldLength: number, newLength: number): boolean {
    const oldEnd = address + roundToPage(oldLength);
    const newEnd = address + roundToPage(newLength);
    if (newEnd > oldEnd) {
      if (newEnd > this.#limit || this.#mappings.some(({ start, end }) => start < newEnd && end > oldEnd)) return false;
      if (!this.#memory.growTo(newEnd - this.#layout.base)) return false;
      this.#take({ start: oldEnd, end: newEnd });
      this.#memory.protect(oldEnd, newEnd, "write");
    } else {
      this.unmap(newEnd, oldEnd - newEnd);
    }
    return true;
  }

  get #limit(): number {
    return this.#layout.base + this.#layout.maximumBytes;
  }

  get #breakLimit(): number {
    return Math.min(this.#firstMapping ?? this.#limit, this.#mappings[0]?.start ?? this.#limit);
  }

  #findGap(bytes: number): number {
    this.#firstMapping ??= roundToPage(Math.min(this.#breakAddress + BREAK_RESERVE, this.#limit));
    let candidate = this.#firstMapping;
    for (const { start, end } of this.#mappings) {
      if (start - candidate >= bytes) break;
      candidate = Math.max(candidate, end);
    }
    return candidate;
  }

  /** Puts a range in its place among the others; neighbours that touch become one, as Linux joins them. */
  #take(range: Range): void {
    this.#release(range);
    const at = this.#firstEndingAt(range.start);
    let [to, start, end] = [at, range.start, range.end];
    const [before, after] = [this.#mappings[at], this.#mappings[at + 1]];
    if (before?.end === start) {
      start = before.start;
      to++;
    }
    const next = before?.end === range.start ? after : before;
    if (next?.start === end) {
      end = next.end;
      to++;
    }
    this.#mappings.splice(at, to - at, { start, end });
  }

  #release(range: Range): void {
    const from = this.#firstEndingAt(range.start + 1);
    let to = from;
    const left: Range[] = [];
    for (
      let mapping = this.#mappings[to];
      mapping !== undefined && mapping.start < range.end;
      mapping = this.#mappings[++to]
    ) {
      this.#clear({ start: Math.max(mapping.start, range.start), end: Math.min(mapping.end, range.end) });
      if (mapping.start < range.start) left.push({ start: mapping.start, end: range.start });
      if (mapping.end > range.end) left.push({ start: range.end, end: mapping.end });
    }
    if (to > from) this.#mappings.splice(from, to - from, ...left);
  }

  /** Index of the first mapping that ends at an address or behind it. */
  #firstEndingAt(address: number): number {
    let [low, high] = [0, this.#mappings.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#mappings[middle]!.end < address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isMapped({ start, end }: Range): boolean {
    if (start < this.#layout.base || end > this.#limit) return false;
    const from = Math.max(start, roundToPage(this.#breakAddress));
    if (from >= end) return true;
    const mapping = this.#mappings[this.#firstEndingAt(end)];
    return mapping !== undefined && mapping.start <= from;
  }

  /** Of a range that may reach beyond the memory. */
  #protect({ start, end }: Range, right: PageRight): void {
    const [from, to] = [Math.max(start, this.#layout.base), Math.min(end, this.#limit)];
    if (from < to) this.#memory.protect(from, to, right);
  }

  /** Whatever the program may do to it. */
  #clear({ start, end }: Range): void {
    this.#memory.protect(start - (start % PAGE), roundToPage(end), "write");
    this.#memory.fillZero(start, end - start);
  }
}

export function roundToPage(length: number): number {
  return Math.ceil(length / PAGE) * PAGE;
}
