/** What a program may do to each page of its memory, as Linux would have it. */

import { hex } from "../machine.ts";
import type { MemoryLayout, ProgramImage } from "../program.ts";
import { PAGE, roundToPage } from "../runtime/address-space.ts";
import { AccessTrap, type PageRight } from "../runtime/memory.ts";

const RIGHTS = { none: 0, read: 1, write: 2 } as const satisfies Record<PageRight, number>;

export type AccessKind = "read" | "write";

/**
 * An access inside the memory that Linux ends with SIGSEGV: there is nothing mapped, or nothing to be written. A system
 * call that is given such an address answers EFAULT, as for any other {@link AccessTrap}.
 */
export class ForbiddenAccess extends AccessTrap {
  readonly accessed: number;
  readonly access: AccessKind;
  constructor(accessed: number, width: number, access: AccessKind) {
    super("memory_fault", accessed, width);
    this.accessed = accessed >>> 0;
    this.access = access;
  }
}

/** One line on a forbidden access by the instruction at `address`. */
export function describeForbidden(address: number, accessed: number, access: AccessKind): string {
  const what = access === "read" ? `reads ${hex(accessed)}` : `writes to ${hex(accessed)}`;
  return `the program ${what} at ${hex(address)}, where Linux ends it with SIGSEGV`;
}

export interface PageAccess {
  /** @param offset in linear memory */
  allows(offset: number, access: AccessKind): boolean;
  /** `[start, end)` are offsets in linear memory, multiples of {@link PAGE}. */
  set(start: number, end: number, right: PageRight): void;
}

/**
 * The rights a program starts with: its segments in whole pages, of two in one page those of the later; the stack above
 * a page that is left free, so that one that grows too far is noticed; nothing elsewhere.
 *
 * @param heap what lies above the stack: closed until the program asks for it, or open, where that is not known
 */
export function pageAccessOf(
  { segments }: ProgramImage,
  { base, maximumBytes, stackBottom, stackTop }: MemoryLayout,
  heap: "closed" | "open" = "closed",
): PageAccess {
  const rights = new Uint8Array(maximumBytes / PAGE);
  const set = (start: number, end: number, right: PageRight): void => {
    rights.fill(RIGHTS[right], start / PAGE, end / PAGE);
  };
  let imageEnd = 0;
  for (const { address, memorySize, isWritable } of segments) {
    const end = roundToPage(address + memorySize - base);
    set(address - (address % PAGE) - base, end, isWritable ? "write" : "read");
    imageEnd = Math.max(imageEnd, end);
  }
  set(Math.max(stackBottom - base, imageEnd + PAGE), stackTop - base, "write");
  if (heap === "open") set(stackTop - base, maximumBytes, "write");
  return {
    set,
    allows: (offset, access) => rights[Math.floor(offset / PAGE)]! >= RIGHTS[access],
  };
}
