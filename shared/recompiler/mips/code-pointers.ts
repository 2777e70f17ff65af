/** Addresses that may be taken of functions: words of the data, and what instructions spell out. */

import { isCodeAddress } from "../image.ts";
import type { ProgramImage } from "../program.ts";
import { addressConstants } from "./address-constants.ts";
import { globalPointerOf } from "./global-pointer.ts";

export interface CodePointer {
  /** Where the pointer stands, or undefined when instructions compute it. */
  readonly location: number | undefined;
  readonly target: number;
}

/** The offset table holds pages for `%got(local)` beside addresses: their low half is added by the code. */
const PAGE_SIZE = 0x10000;
const GP_REACH = 0x8000;

function isPageEntry(image: ProgramImage, location: number, target: number): boolean {
  const gp = globalPointerOf(image);
  return gp !== undefined && Math.abs(location - gp) <= GP_REACH && target % PAGE_SIZE === 0;
}

/** Every aligned word of the file that is a code address, and every code address that instructions compute. */
export function codePointers(image: ProgramImage): CodePointer[] {
  const pointers: CodePointer[] = [];
  const lowest = image.codeRanges[0]?.start ?? 0;
  const highest = image.codeRanges.at(-1)?.end ?? 0;
  for (const segment of image.segments) {
    const { address, bytes } = segment;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let offset = -address & 3; offset + 4 <= bytes.length; offset += 4) {
      const target = view.getUint32(offset, image.endianness === "little");
      const isPointer = (target & 3) === 0 && target >= lowest && target < highest && isCodeAddress(image, target);
      if (isPointer && !isPageEntry(image, address + offset, target)) {
        pointers.push({ location: address + offset, target });
      }
    }
  }
  for (const target of addressConstants(image)) {
    if (isCodeAddress(image, target)) pointers.push({ location: undefined, target });
  }
  return pointers;
}
