/**
 * The page of linear memory in which the interpreter keeps the guest's registers while it runs, so that a field of the word
 * is all it takes to find one. It lies between the guest's stack and its heap.
 */

/** A page of linear memory: it is a multiple of them that lies before the heap. */
export const REGION_BYTES = 65_536;

/** Offsets, in bytes. Words are in the host's order, as in globals. */
export const REGION = {
  /** By number, a word each. What is written to register 0 is put back. */
  general: 0,
  /** LO, then HI. */
  accumulator: 128,
  /** The address of the next instruction, and of the one after it: in a delay slot these are no neighbours. */
  pc: 136,
  after: 140,
  /** By number, a word each, or where registers have 64 bits two, the low one first. */
  float: 256,
} as const;
