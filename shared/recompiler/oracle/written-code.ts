/** Notices a program that writes its own code: the oracle decodes from the file, and so does the lifter. */

import { wordAt } from "../image.ts";
import type { ProgramImage } from "../program.ts";
import { AccessTrap, type GuestMemory } from "../runtime/memory.ts";
import type { Code } from "./code.ts";
import type { PageAccess } from "./page-access.ts";
import { WatchedMemory } from "./watched-memory.ts";

/**
 * Whether control has come to what the program made itself, where its file has no code: memory that it may read, with a word
 * that is not the file's. Linux on MIPS runs what may be read.
 */
export function isMadeByProgram(image: ProgramImage, memory: GuestMemory, address: number): boolean {
  try {
    return (address & 3) === 0 && memory.loadWord(address) !== ((wordAt(image, address) ?? 0) | 0);
  } catch (error) {
    if (error instanceof AccessTrap) return false;
    throw error;
  }
}

/**
 * Memory that marks each instruction whose word is another than the file's: one that is written and put back, or never
 * run, does no harm.
 */
export class CodeMemory extends WatchedMemory {
  readonly #image: ProgramImage;
  /** All code lies between these. */
  readonly #first: number;
  readonly #end: number;
  readonly #code: Code;

  constructor(memory: WebAssembly.Memory, base: number, image: ProgramImage, code: Code, rights: PageAccess) {
    super(memory, base, image.endianness, rights);
    this.#image = image;
    this.#first = Math.min(...image.codeRanges.map(({ start }) => start));
    this.#end = Math.max(...image.codeRanges.map(({ end }) => end));
    this.#code = code;
  }

  override storeByte(address: number, value: number): void {
    super.storeByte(address, value);
    this.#look(address, 1);
  }

  override storeHalf(address: number, value: number): void {
    super.storeHalf(address, value);
    this.#look(address, 2);
  }

  override storeWord(address: number, value: number): void {
    super.storeWord(address, value);
    this.#look(address, 4);
  }

  override writeBytes(address: number, bytes: Uint8Array): void {
    super.writeBytes(address, bytes);
    this.#look(address, bytes.length);
  }

  override fillZero(address: number, length: number): void {
    super.fillZero(address, length);
    this.#look(address, length);
  }

  #look(address: number, length: number): void {
    const from = address >>> 0;
    if (from < this.#end && from + length > this.#first) this.#compare(from, length);
  }

  #compare(from: number, length: number): void {
    for (const { start, end } of this.#image.codeRanges) {
      const last = Math.min(from + length, end);
      for (let at = Math.max(from - (from & 3), start); at < last; at += 4) {
        const isWritten = this.words[((at - this.base) >>> 0) >>> 2] !== ((wordAt(this.#image, at) ?? 0) | 0);
        this.#code.markWritten(at, isWritten);
      }
    }
  }
}
