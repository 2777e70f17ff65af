/** Addresses that may be taken of functions: words of the data, and what instructions spell out. */

import { isCodeAddress, wordAt } from "../image.ts";
import type { ProgramImage } from "../program.ts";
import { addressConstants } from "./address-constants.ts";

export interface CodePointer {
  /** Where the pointer stands, or undefined when instructions compute it. */
  readonly location: number | undefined;
  readonly target: number;
}

/** The offset table holds pages for `%got(local)` beside addresses: their low half is added by the code. */
const PAGE_SIZE = 0x10000;
const GP_REACH = 0x8000;

function isPageEntry(image: ProgramImage, location: number, target: number): boolean {
  return image.gp !== undefined && Math.abs(location - image.gp) <= GP_REACH && target % PAGE_SIZE === 0;
}

/** Every aligned word of the file that is a code address, and every code address that instructions compute. */
export function codePointers(image: ProgramImage): CodePointer[] {
  const pointers: CodePointer[] = [];
  for (const segment of image.segments) {
    const end = segment.address + segment.bytes.length;
    for (let location = Math.ceil(segment.address / 4) * 4; location + 4 <= end; location += 4) {
      const target = wordAt(image, location);
      if (target !== undefined && isCodeAddress(image, target) && !isPageEntry(image, location, target)) {
        pointers.push({ location, target });
      }
    }
  }
  for (const target of addressConstants(image)) {
    if (isCodeAddress(image, target)) pointers.push({ location: undefined, target });
  }
  return pointers;
}
