/** Which instructions lie in some function, kept while functions come and go. */

import { lastStartingAtOrBefore } from "../image.ts";
import type { ProgramImage } from "../program.ts";

interface CoveredRange {
  readonly start: number;
  /** By word, how many functions hold it. */
  readonly holders: Uint16Array;
}

const startOf = (range: CoveredRange): number => range.start;

export class Coverage {
  readonly #ranges: readonly CoveredRange[];

  private constructor(ranges: readonly CoveredRange[]) {
    this.#ranges = ranges;
  }

  static of({ codeRanges }: ProgramImage): Coverage {
    return new Coverage(
      codeRanges.map(({ start, end }) => ({ start, holders: new Uint16Array(Math.ceil((end - start) / 4)) })),
    );
  }

  copy(): Coverage {
    return new Coverage(this.#ranges.map(({ start, holders }) => ({ start, holders: holders.slice() })));
  }

  has(address: number): boolean {
    const range = this.#rangeAt(address);
    return range !== undefined && range.holders[(address - range.start) >>> 2]! > 0;
  }

  add(addresses: Iterable<number>): void {
    for (const address of addresses) this.#count(address, 1);
  }

  /** Undoes one `add` of the same. */
  remove(addresses: Iterable<number>): void {
    for (const address of addresses) this.#count(address, -1);
  }

  #count(address: number, difference: 1 | -1): void {
    const range = this.#rangeAt(address);
    if (range !== undefined) range.holders[(address - range.start) >>> 2]! += difference;
  }

  #rangeAt(address: number): CoveredRange | undefined {
    const range = this.#ranges[lastStartingAtOrBefore(this.#ranges, address, startOf)];
    return range !== undefined && (address - range.start) >>> 2 < range.holders.length ? range : undefined;
  }
}
