/** Reading a loaded program: bytes and words at guest addresses, and which addresses hold code. */

import type { ProgramImage, Segment } from "./program.ts";

/** Index of the last of the sorted entries that starts at or before the address, or -1. */
export function lastStartingAtOrBefore<Entry>(
  sorted: readonly Entry[],
  address: number,
  startOf: (entry: Entry) => number,
): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (startOf(sorted[middle]!) <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const segmentStart = (segment: Segment): number => segment.address;
const rangeStart = (range: { readonly start: number }): number => range.start;

/** The segment whose memory holds the address. */
export function segmentAt(image: ProgramImage, address: number): Segment | undefined {
  const segment = image.segments[lastStartingAtOrBefore(image.segments, address, segmentStart)];
  return segment !== undefined && address - segment.address < segment.memorySize ? segment : undefined;
}

/**
 * The initial word at an address in the guest's byte order, unsigned.
 *
 * @returns undefined when the address is misaligned or the word is not wholly inside one segment
 */
export function wordAt(image: ProgramImage, address: number): number | undefined {
  if ((address & 3) !== 0) return undefined;
  const segment = segmentAt(image, address);
  if (segment === undefined) return undefined;
  const offset = address - segment.address;
  if (offset + 4 > segment.memorySize) return undefined;
  const { bytes } = segment;
  const b0 = bytes[offset] ?? 0;
  const b1 = bytes[offset + 1] ?? 0;
  const b2 = bytes[offset + 2] ?? 0;
  const b3 = bytes[offset + 3] ?? 0;
  const word =
    image.endianness === "big" ? (b0 << 24) | (b1 << 16) | (b2 << 8) | b3 : (b3 << 24) | (b2 << 16) | (b1 << 8) | b0;
  return word >>> 0;
}

/** The code range that holds the address. */
export function codeRangeAt(
  image: ProgramImage,
  address: number,
): { readonly start: number; readonly end: number } | undefined {
  const range = image.codeRanges[lastStartingAtOrBefore(image.codeRanges, address, rangeStart)];
  return range !== undefined && address < range.end ? range : undefined;
}

/** True of an aligned address inside a code range: one where an instruction may stand. */
export function isCodeAddress(image: ProgramImage, address: number): boolean {
  return (address & 3) === 0 && codeRangeAt(image, address) !== undefined;
}
