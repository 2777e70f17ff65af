/** Guest memory that tells which words have been read and written since a moment. */

import { WatchedMemory } from "./watched-memory.ts";

/** Addresses of words, unsigned multiples of 4. What the kernel reads and writes is not among them. */
export class NotedMemory extends WatchedMemory {
  readonly read = new Set<number>();
  readonly written = new Set<number>();

  forget(): void {
    this.read.clear();
    this.written.clear();
  }

  protected override locate(address: number, width: number): number {
    const offset = super.locate(address, width);
    this.read.add(this.base + (offset & ~3));
    return offset;
  }

  protected override locateToWrite(address: number, width: number): number {
    const offset = super.locateToWrite(address, width);
    for (let word = offset & ~3; word < offset + width; word += 4) this.written.add(this.base + word);
    return offset;
  }
}
