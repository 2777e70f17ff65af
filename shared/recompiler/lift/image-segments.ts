/** The program image as data segments of the module. */

import type { MemoryLayout, ProgramImage } from "../program.ts";
import { OP, SECTION } from "../wasm/opcodes.ts";
import { type Section, section } from "../wasm/sections.ts";

/** Bytes for the guest addresses from `address` on, a multiple of 4 of both. */
export interface ImageRun {
  readonly address: number;
  readonly bytes: Uint8Array;
}

const roundDown = (address: number) => address - (address % 4);
const roundUp = (address: number) => roundDown(address + 3);

/** The image in the host's word order: whole words, so that segments that share a word are in one run. */
export function imageRuns(image: ProgramImage): ImageRun[] {
  const runs: { address: number; bytes: Uint8Array }[] = [];
  for (const { address, bytes } of image.segments) {
    if (bytes.length === 0) continue;
    const last = runs.at(-1);
    const end = roundUp(address + bytes.length);
    if (last !== undefined && last.address + last.bytes.length >= address) {
      const joined = new Uint8Array(end - last.address);
      joined.set(last.bytes);
      joined.set(bytes, address - last.address);
      last.bytes = joined;
    } else {
      const start = roundDown(address);
      const padded = new Uint8Array(end - start);
      padded.set(bytes, address - start);
      runs.push({ address: start, bytes: padded });
    }
  }
  if (image.endianness === "big") for (const { bytes } of runs) swapWords(bytes);
  return runs;
}

function swapWords(bytes: Uint8Array): void {
  for (let word = 0; word < bytes.length; word += 4) bytes.subarray(word, word + 4).reverse();
}

export function dataSection(image: ProgramImage, layout: MemoryLayout): Section {
  const runs = imageRuns(image);
  return section(SECTION.data, (content) => {
    content.unsigned(runs.length);
    for (const { address, bytes } of runs) {
      content.unsigned(0);
      content.byte(OP.i32Const);
      content.signed(address - layout.base);
      content.byte(OP.end);
      content.unsigned(bytes.length);
      content.bytes(bytes);
    }
  });
}
