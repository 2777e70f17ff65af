/** Which parts of the memory above `heapStart` are the program break's and which are mappings. */

import type { MemoryLayout } from "../program.ts";
import type { GuestMemory } from "./memory.ts";

/** The unit of mappings: Linux's page on MIPS. */
export const PAGE = 4096;

/** What the first mapping leaves free above the program break, so that `brk` and `mmap` may both go on. */
const BREAK_RESERVE = 16 << 20;

interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The heap grows from `heapStart` by `brk`; mappings lie above it, first fit. Memory that is given back is zeroed at
 * once and stays readable: linear memory neither shrinks nor protects. So what is free is zero.
 */
export class AddressSpace {
  readonly #memory: GuestMemory;
  readonly #layout: MemoryLayout;
  #breakAddress: number;
  #firstMapping: number | undefined;
  #mappings: Range[] = [];

  constructor(memory: GuestMemory, layout: MemoryLayout) {
    this.#memory = memory;
    this.#layout = layout;
    this.#breakAddress = layout.heapStart;
  }

  /** `brk`: moves the break where it may go and returns where it is then. */
  moveBreak(address: number): number {
    if (address < this.#layout.heapStart || address > (this.#firstMapping ?? this.#limit)) return this.#breakAddress;
    if (!this.#memory.growTo(address - this.#layout.base)) return this.#breakAddress;
    if (address < this.#breakAddress) this.#clear({ start: address, end: this.#breakAddress });
    this.#breakAddress = address;
    return address;
  }

  /** Maps zeroed memory, at `fixed` or wherever it fits. Returns its address, or undefined when there is no room. */
  map(length: number, fixed?: number): number | undefined {
    const bytes = roundToPage(length);
    const start = fixed ?? this.#findGap(bytes);
    const range = { start, end: start + bytes };
    if (range.start < this.#layout.base || range.end > this.#limit) return undefined;
    if (!this.#memory.growTo(range.end - this.#layout.base)) return undefined;
    if (this.#firstMapping !== undefined && start >= this.#firstMapping) this.#take(range);
    else this.#clear(range);
    return start;
  }

  unmap(address: number, length: number): void {
    this.#release({ start: address, end: address + roundToPage(length) });
  }

  /** Grows or shrinks a mapping where it is, as far as what follows it lets it. */
  resize(address: number, oldLength: number, newLength: number): boolean {
    const oldEnd = address + roundToPage(oldLength);
    const newEnd = address + roundToPage(newLength);
    if (newEnd > oldEnd) {
      if (newEnd > this.#limit || this.#mappings.some(({ start, end }) => start < newEnd && end > oldEnd)) return false;
      if (!this.#memory.growTo(newEnd - this.#layout.base)) return false;
      this.#take({ start: oldEnd, end: newEnd });
    } else {
      this.#release({ start: newEnd, end: oldEnd });
    }
    return true;
  }

  get #limit(): number {
    return this.#layout.base + this.#layout.maximumBytes;
  }

  #findGap(bytes: number): number {
    this.#firstMapping ??= roundToPage(Math.min(this.#breakAddress + BREAK_RESERVE, this.#limit));
    let candidate = this.#firstMapping;
    for (const { start, end } of this.#mappings) {
      if (start - candidate >= bytes) break;
      candidate = end;
    }
    return candidate;
  }

  #take(range: Range): void {
    this.#release(range);
    this.#mappings = [...this.#mappings, range].sort((a, b) => a.start - b.start);
  }

  #release(range: Range): void {
    this.#mappings = this.#mappings.flatMap((mapping) => {
      if (mapping.end <= range.start || mapping.start >= range.end) return [mapping];
      this.#clear({ start: Math.max(mapping.start, range.start), end: Math.min(mapping.end, range.end) });
      const before = { start: mapping.start, end: range.start };
      const after = { start: range.end, end: mapping.end };
      return [before, after].filter(({ start, end }) => start < end);
    });
  }

  #clear({ start, end }: Range): void {
    this.#memory.fillZero(start, end - start);
  }
}

export function roundToPage(length: number): number {
  return Math.ceil(length / PAGE) * PAGE;
}
