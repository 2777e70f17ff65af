/**
 * Words that lie in writable memory and are constants all the same: entries of a global offset table. Code loads
 * addresses from there by way of `gp`, nothing ever stores there, and lifting relies on it.
 */

import { segmentAt, wordAt } from "../image.ts";
import { GP } from "../machine.ts";
import { PAGE_BYTES } from "../oracle/watched-memory.ts";
import type { MemoryLayout, ProgramImage } from "../program.ts";

/** Indexes of the constant words of a page, by the page's number in linear memory. */
export type ConstantWords = ReadonlyMap<number, readonly number[]>;

const WORDS_PER_PAGE = PAGE_BYTES / 4;

/** The upper 11 bits of `lw rt, offset(gp)`: opcode and base register. */
const LOAD_BY_GP = (0x23 << 5) | GP;

/** Offsets from `gp` that some `lw` of the code names. Looks at bits instead of decoding: it goes through all code. */
function offsetsFromGp({ codeRanges, segments, endianness }: ProgramImage): Set<number> {
  const offsets = new Set<number>();
  for (const { address, bytes } of segments) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const { start, end } of codeRanges) {
      const last = Math.min(end - address, bytes.length) - 4;
      const first = Math.max(start - address, 0);
      for (let at = first + (-(address + first) & 3); at <= last; at += 4) {
        const word = view.getUint32(at, endianness === "little");
        if (word >>> 21 === LOAD_BY_GP) offsets.add((word << 16) >> 16);
      }
    }
  }
  return offsets;
}

/** Finds every word that some `lw` names by its offset from `gp` and that holds an address of the program's. */
export function constantWords(image: ProgramImage, layout: MemoryLayout): ConstantWords {
  const pages = new Map<number, Set<number>>();
  if (image.gp === undefined) return new Map();
  for (const offset of offsetsFromGp(image)) {
    const entry = (image.gp + offset) >>> 0;
    const value = wordAt(image, entry);
    if (value === undefined || segmentAt(image, value) === undefined) continue;
    const index = (entry - layout.base) / 4;
    const page = Math.floor(index / WORDS_PER_PAGE);
    const indexes = pages.get(page) ?? new Set();
    pages.set(page, indexes.add(index % WORDS_PER_PAGE));
  }
  return new Map([...pages].map(([page, indexes]) => [page, [...indexes]]));
}

function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Are a page's constant words the same in two versions of it? */
export function hasSameConstants(
  constants: ConstantWords,
  page: number,
  before: Uint8Array,
  after: Uint8Array,
): boolean {
  const [old, now] = [wordsOf(before), wordsOf(after)];
  return (constants.get(page) ?? []).every((index) => old[index] === now[index]);
}

/** Puts a page's constant words back to what they are when the program is loaded. */
export function restoreConstants(
  constants: ConstantWords,
  page: number,
  bytes: Uint8Array,
  loaded: () => Uint8Array,
): void {
  const indexes = constants.get(page);
  if (indexes === undefined) return;
  const original = wordsOf(loaded());
  const words = wordsOf(bytes);
  for (const index of indexes) words[index] = original[index]!;
}
