/** System calls that move bytes between a file and the guest's memory. */

import { SyscallError } from "../errno.ts";
import type { OpenFile } from "../ports.ts";
import type { Implementation, SystemCall } from "./call.ts";
import { awaitReadable, expectWritable } from "./ready.ts";
import { loadLong, storeLong } from "./structures.ts";

/** Linux moves at most this many bytes in one call. */
const LONGEST_TRANSFER = 0x7ffff000;

/** Bytes that are copied out of the guest's memory at a time, whatever one call asks for. */
const LONGEST_PIECE = 1 << 20;

const MOST_VECTORS = 1024;

/** The file that is to be read, once there is something to read. */
function readableOf(call: SystemCall): OpenFile {
  const description = call.process.descriptors.description(call.argument(0));
  awaitReadable(call, description);
  return description.file;
}

/** The file that is to be written, once there is room. */
function writableOf(call: SystemCall): OpenFile {
  const description = call.process.descriptors.description(call.argument(0));
  expectWritable(call, description);
  return description.file;
}

function readInto(call: SystemCall, file: OpenFile, address: number, length: number): number {
  if (address + length > call.memory.base + call.memory.size) throw new SyscallError("EFAULT");
  const bytes = file.read(Math.min(length, LONGEST_TRANSFER));
  call.memory.writeBytes(address, bytes);
  return bytes.length;
}

/** A piece of the guest's memory. */
interface Range {
  readonly address: number;
  readonly length: number;
}

/**
 * Writes what lies in the ranges, piece by piece, but what is short in one piece. A range outside the memory ends it: with what was
 * written by then, or EFAULT when that is nothing.
 */
function writeRanges(call: SystemCall, file: OpenFile, ranges: readonly Range[]): number {
  let written = 0;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  const flush = (): void => {
    const [first, ...others] = pending;
    if (first !== undefined) file.write(others.length === 0 ? first : Buffer.concat(pending));
    written += pendingBytes;
    pending = [];
    pendingBytes = 0;
  };
  for (const { address, length } of ranges) {
    for (let done = 0; done < length; ) {
      const left = LONGEST_TRANSFER - written - pendingBytes;
      const size = Math.min(length - done, LONGEST_PIECE - pendingBytes, left);
      if (left <= 0) break;
      if (!isInside(call, address + done, size) && written + pendingBytes > 0) {
        flush();
        return written;
      }
      pending.push(call.memory.readBytes(address + done, size));
      pendingBytes += size;
      done += size;
      if (pendingBytes >= LONGEST_PIECE) flush();
    }
  }
  flush();
  return written;
}

function isInside({ memory }: SystemCall, address: number, length: number): boolean {
  return address >= memory.base && address + length <= memory.base + memory.size;
}

function writeFrom(call: SystemCall, file: OpenFile, address: number, length: number): number {
  if (length === 0) file.write(new Uint8Array(0));
  return writeRanges(call, file, [{ address, length }]);
}

export const read: Implementation = (call) => readInto(call, readableOf(call), call.address(1), call.address(2));

export const write: Implementation = (call) => writeFrom(call, writableOf(call), call.address(1), call.address(2));

/** `struct iovec`: an address and a length. */
function vectors(call: SystemCall): Range[] {
  const count = call.argument(2);
  if (count < 0 || count > MOST_VECTORS) throw new SyscallError("EINVAL");
  return Array.from({ length: count }, (_, index) => ({
    address: call.memory.loadWord(call.address(1) + index * 8) >>> 0,
    length: call.memory.loadWord(call.address(1) + index * 8 + 4) >>> 0,
  }));
}

function readVectors(call: SystemCall, file: OpenFile): number {
  let total = 0;
  for (const { address, length } of vectors(call)) {
    const count = readInto(call, file, address, length);
    total += count;
    if (count < length) break;
  }
  return total;
}

function writeVectors(call: SystemCall, file: OpenFile): number {
  const ranges = vectors(call);
  // One that would be negative as `ssize_t`.
  if (ranges.some(({ length }) => length > 0x7fffffff)) throw new SyscallError("EINVAL");
  if (ranges.every(({ length }) => length === 0)) file.write(new Uint8Array(0));
  return writeRanges(call, file, ranges);
}

export const readv: Implementation = (call) => readVectors(call, readableOf(call));

export const writev: Implementation = (call) => writeVectors(call, writableOf(call));

/** Runs a transfer at a position of its own and puts the file's position back. */
function atPosition(file: OpenFile, position: bigint, transfer: () => number): number {
  if (position < 0n) throw new SyscallError("EINVAL");
  const before = file.seek(0, "current");
  file.seek(Number(position), "start");
  try {
    return transfer();
  } finally {
    file.seek(before, "start");
  }
}

export const pread64: Implementation = (call) => {
  const file = readableOf(call);
  return atPosition(file, call.pair(4), () => readInto(call, file, call.address(1), call.address(2)));
};

export const pwrite64: Implementation = (call) => {
  const file = writableOf(call);
  return atPosition(file, call.pair(4), () => writeFrom(call, file, call.address(1), call.address(2)));
};

/** The position of `preadv` and `pwritev`: its low word first, whatever the byte order. */
function splitPosition(call: SystemCall): bigint {
  return (BigInt(call.argument(4)) << 32n) | BigInt(call.address(3));
}

export const preadv: Implementation = (call) => {
  const file = readableOf(call);
  return atPosition(file, splitPosition(call), () => readVectors(call, file));
};

export const pwritev: Implementation = (call) => {
  const file = writableOf(call);
  return atPosition(file, splitPosition(call), () => writeVectors(call, file));
};

/** Copies as much as there is to the other file. */
function copyBetween(from: OpenFile, to: OpenFile, length: number): number {
  let copied = 0;
  for (const most = Math.min(length, LONGEST_TRANSFER); copied < most; ) {
    const bytes = from.read(Math.min(most - copied, LONGEST_PIECE));
    if (bytes.length === 0) break;
    to.write(bytes);
    copied += bytes.length;
  }
  return copied;
}

/** `sendfile(out, in, offset, count)`: with an offset the file's own position stays, and the offset moves. */
const sendfileWith =
  (isWide: boolean): Implementation =>
  (call) => {
    const to = writableOf(call);
    const from = call.process.descriptors.file(call.argument(1));
    const [offset, length] = [call.address(2), call.address(3)];
    if (offset === 0) return copyBetween(from, to, length);
    const start = isWide ? loadLong(call.memory, offset) : BigInt(call.memory.loadWord(offset));
    const copied = atPosition(from, start, () => copyBetween(from, to, length));
    const end = start + BigInt(copied);
    if (isWide) storeLong(call.memory, offset, end);
    else call.memory.storeWord(offset, Number(end));
    return copied;
  };

export const sendfile = sendfileWith(false);
export const sendfile64 = sendfileWith(true);
