/** The guest's memory as the kernel uses it while a program is traced: every range it reads or writes is written down. */

import { GuestMemory, type PageRight } from "../runtime/memory.ts";
import type { WatchedMemory } from "./watched-memory.ts";

/** `[address, address + length)` in guest memory. */
export interface AddressRange {
  readonly address: number;
  readonly length: number;
}

function addTo(ranges: AddressRange[], address: number, length: number): void {
  const start = address >>> 0;
  const last = ranges.at(-1);
  if (length === 0) return;
  if (last !== undefined && last.address + last.length === start) {
    ranges[ranges.length - 1] = { address: last.address, length: last.length + length };
  } else {
    ranges.push({ address: start, length });
  }
}

/** Passes everything on to the watched memory. Ranges are in the order of access; neighbours are joined. */
export class LoggedMemory extends GuestMemory {
  reads: AddressRange[] = [];
  writes: AddressRange[] = [];
  readonly #target: WatchedMemory;

  constructor(memory: WebAssembly.Memory, target: WatchedMemory) {
    super(memory, target.base, target.endianness);
    this.#target = target;
  }

  startLog(): void {
    this.reads = [];
    this.writes = [];
  }

  override growTo(byteLength: number): boolean {
    const hasRoom = this.#target.growTo(byteLength);
    this.refresh();
    return hasRoom;
  }

  override protect(start: number, end: number, right: PageRight): void {
    this.#target.protect(start, end, right);
  }

  override loadByte(address: number): number {
    addTo(this.reads, address, 1);
    return this.#target.loadByte(address);
  }

  override loadHalf(address: number): number {
    addTo(this.reads, address, 2);
    return this.#target.loadHalf(address);
  }

  override loadWord(address: number): number {
    addTo(this.reads, address, 4);
    return this.#target.loadWord(address);
  }

  override storeByte(address: number, value: number): void {
    this.#target.storeByte(address, value);
    addTo(this.writes, address, 1);
  }

  override storeHalf(address: number, value: number): void {
    this.#target.storeHalf(address, value);
    addTo(this.writes, address, 2);
  }

  override storeWord(address: number, value: number): void {
    this.#target.storeWord(address, value);
    addTo(this.writes, address, 4);
  }

  override readBytes(address: number, length: number): Uint8Array {
    const bytes = this.#target.readBytes(address, length);
    addTo(this.reads, address, length);
    return bytes;
  }

  override writeBytes(address: number, bytes: Uint8Array): void {
    this.#target.writeBytes(address, bytes);
    addTo(this.writes, address, bytes.length);
  }

  override fillZero(address: number, length: number): void {
    this.#target.fillZero(address, length);
    addTo(this.writes, address, length);
  }
}
