/** Where the hand-written programs of these tests lie. */

export const ENTRY = 0x1000;

export const LAYOUT = {
  base: 0,
  initialBytes: 0x40000,
  maximumBytes: 0x40000,
  stackBottom: 0x20000,
  stackTop: 0x40000,
  heapStart: 0x40000,
};
