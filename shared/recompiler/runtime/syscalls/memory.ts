/** System calls on the address space. */

import { PAGE, roundToPage } from "../address-space.ts";
import { SyscallError } from "../errno.ts";
import type { PageRight } from "../memory.ts";
import type { Implementation, SystemCall } from "./call.ts";

const MAP_FIXED = 0x010;
const MAP_ANONYMOUS = 0x800;
const MAP_SHARED = 0x001;
const PROT_READ = 1;
const PROT_WRITE = 2;
const PROT_EXEC = 4;
/** Bits that `mprotect` knows: PROT_SEM, PROT_GROWSDOWN and PROT_GROWSUP besides. */
const PROTECTIONS = 0x0300_0017;
const MREMAP_MAYMOVE = 1;

export const brk: Implementation = (call) => call.process.addressSpace.moveBreak(call.address(0));

/** A private mapping of a file is a copy of it; one that would write through to the file is refused. */
function fill(call: SystemCall, address: number, length: number, offset: number): void {
  const file = call.process.descriptors.file(call.argument(4));
  const before = file.seek(0, "current");
  file.seek(offset, "start");
  for (let done = 0; done < length; ) {
    const bytes = file.read(length - done);
    if (bytes.length === 0) break;
    call.memory.writeBytes(address + done, bytes);
    done += bytes.length;
  }
  file.seek(before, "start");
}

/** Linux on MIPS lets be read what may be written or run. */
function rightOf(protection: number): PageRight {
  if ((protection & PROT_WRITE) !== 0) return "write";
  return (protection & (PROT_READ | PROT_EXEC)) !== 0 ? "read" : "none";
}

function map(call: SystemCall, offset: number): number {
  const length = call.address(1);
  const flags = call.argument(3);
  const isAnonymous = (flags & MAP_ANONYMOUS) !== 0;
  if (length === 0 || call.address(0) % PAGE !== 0 || offset % PAGE !== 0) throw new SyscallError("EINVAL");
  if (!isAnonymous && (flags & MAP_SHARED) !== 0 && (call.argument(2) & PROT_WRITE) !== 0) {
    throw new SyscallError("ENODEV");
  }
  if (!isAnonymous) call.process.descriptors.file(call.argument(4));
  const address = call.process.addressSpace.map(length, (flags & MAP_FIXED) !== 0 ? call.address(0) : undefined);
  if (address === undefined) throw new SyscallError("ENOMEM");
  if (!isAnonymous) fill(call, address, length, offset);
  call.process.addressSpace.protect(address, length, rightOf(call.argument(2)));
  return address;
}

export const mmap: Implementation = (call) => map(call, call.address(5));

/** The offset counts pages. */
export const mmap2: Implementation = (call) => map(call, call.address(5) * PAGE);

export const munmap: Implementation = (call) => {
  if (call.address(0) % PAGE !== 0 || call.address(1) === 0) throw new SyscallError("EINVAL");
  call.process.addressSpace.unmap(call.address(0), call.address(1));
  return 0;
};

export const mprotect: Implementation = (call) => {
  const [address, length, protection] = [call.address(0), call.address(1), call.argument(2)];
  if (address % PAGE !== 0 || (protection & ~PROTECTIONS) !== 0) throw new SyscallError("EINVAL");
  if (!call.process.addressSpace.protect(address, length, rightOf(protection))) throw new SyscallError("ENOMEM");
  return 0;
};

/** Caches follow memory here; that the program has written code is kept in mind, for lifted code is what the file has. */
export const cacheflush: Implementation = ({ process, address }) => {
  process.writtenCode ??= address(0);
  return 0;
};

export const mremap: Implementation = (call) => {
  const [address, oldLength, newLength] = [call.address(0), call.address(1), call.address(2)];
  if (address % PAGE !== 0 || newLength === 0) throw new SyscallError("EINVAL");
  const { addressSpace } = call.process;
  if (addressSpace.resize(address, oldLength, newLength)) return address;
  if ((call.argument(3) & MREMAP_MAYMOVE) === 0) throw new SyscallError("ENOMEM");
  const moved = addressSpace.map(newLength);
  if (moved === undefined) throw new SyscallError("ENOMEM");
  call.memory.copy(address, moved, roundToPage(oldLength));
  addressSpace.unmap(address, oldLength);
  return moved;
};

const MADV_DONTNEED = 4;

/** Advice changes nothing but for memory that is given up: it reads as zero from then on. */
export const madvise: Implementation = (call) => {
  if (call.address(0) % PAGE !== 0) throw new SyscallError("EINVAL");
  if (call.argument(2) === MADV_DONTNEED) call.memory.fillZero(call.address(0), roundToPage(call.address(1)));
  return 0;
};

/** Memory is the file's copy: there is nothing to be written back. */
export const msync: Implementation = (call) => {
  if (call.address(0) % PAGE !== 0) throw new SyscallError("EINVAL");
  return 0;
};

/** Every page that is there is in memory. */
export const mincore: Implementation = (call) => {
  const [address, length] = [call.address(0), call.address(1)];
  if (address % PAGE !== 0) throw new SyscallError("EINVAL");
  if (address + length > call.memory.base + call.memory.size) throw new SyscallError("ENOMEM");
  call.memory.writeBytes(call.address(2), new Uint8Array(roundToPage(length) / PAGE).fill(1));
  return 0;
};
