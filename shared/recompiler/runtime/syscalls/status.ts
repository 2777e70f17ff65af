/** `stat` and its kin: three structures, each a table of where its fields lie (asm/stat.h, linux/stat.h). */

import { IDENTITY } from "../identity.ts";
import type { FileKind, FileStatus } from "../ports.ts";
import type { Implementation, SystemCall } from "./call.ts";
import { pathAt, pathBelow } from "./files.ts";

type Field =
  | "mode"
  | "links"
  | "inode"
  | "size"
  | "blocks"
  | "blockSize"
  | "seconds"
  | "nanoseconds"
  | "mask"
  | "user"
  | "group";

type FieldRow = readonly [offset: number, width: 2 | 4 | 8, field: Field];

interface Structure {
  readonly size: number;
  readonly fields: readonly FieldRow[];
}

// biome-ignore format: tables, one row a field
const STAT: Structure = {
  size: 144,
  fields: [
    [16, 4, "inode"],
    [20, 4, "mode"],
    [24, 4, "links"],
    [28, 4, "user"],
    [32, 4, "group"],
    [48, 4, "size"],
    [56, 4, "seconds"],
    [60, 4, "nanoseconds"],
    [64, 4, "seconds"],
    [68, 4, "nanoseconds"],
    [72, 4, "seconds"],
    [76, 4, "nanoseconds"],
    [80, 4, "blockSize"],
    [84, 4, "blocks"],
  ],
};

// biome-ignore format: tables, one row a field
const STAT64: Structure = {
  size: 104,
  fields: [
    [16, 8, "inode"],
    [24, 4, "mode"],
    [28, 4, "links"],
    [32, 4, "user"],
    [36, 4, "group"],
    [56, 8, "size"],
    [64, 4, "seconds"],
    [68, 4, "nanoseconds"],
    [72, 4, "seconds"],
    [76, 4, "nanoseconds"],
    [80, 4, "seconds"],
    [84, 4, "nanoseconds"],
    [88, 4, "blockSize"],
    [96, 8, "blocks"],
  ],
};

// biome-ignore format: tables, one row a field
const STATX: Structure = {
  size: 256,
  fields: [
    [0,   4, "mask"],
    [4,   4, "blockSize"],
    [16,  4, "links"],
    [20,  4, "user"],
    [24,  4, "group"],
    [28,  2, "mode"],
    [32,  8, "inode"],
    [40,  8, "size"],
    [48,  8, "blocks"],
    [64,  8, "seconds"],
    [72,  4, "nanoseconds"],
    [96,  8, "seconds"],
    [104, 4, "nanoseconds"],
    [112, 8, "seconds"],
    [120, 4, "nanoseconds"],
  ],
};

/** Type bits of `st_mode`. */
const KIND_BITS: Readonly<Record<FileKind, number>> = {
  pipe: 0o010000,
  character_device: 0o020000,
  directory: 0o040000,
  regular: 0o100000,
};

/** All of `stx_mask` but the time of birth: what every file system knows. */
const STATX_BASIC_STATS = 0x7ff;

const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const BLOCK_SIZE = 4096;
const SECTOR_SIZE = 512;

function fieldsOf(status: FileStatus): Readonly<Record<Field, bigint>> {
  return {
    mode: BigInt(KIND_BITS[status.kind] | status.mode),
    links: 1n,
    inode: BigInt(status.inode),
    size: BigInt(status.size),
    blocks: BigInt(Math.ceil(status.size / SECTOR_SIZE)),
    blockSize: BigInt(BLOCK_SIZE),
    seconds: status.modifiedAt / NANOSECONDS_PER_SECOND,
    nanoseconds: status.modifiedAt % NANOSECONDS_PER_SECOND,
    mask: BigInt(STATX_BASIC_STATS),
    user: BigInt(IDENTITY.user),
    group: BigInt(IDENTITY.group),
  };
}

function store(call: SystemCall, address: number, structure: Structure, status: FileStatus): number {
  const bytes = new Uint8Array(structure.size);
  const view = new DataView(bytes.buffer);
  const isLittle = call.memory.endianness === "little";
  const values = fieldsOf(status);
  for (const [offset, width, field] of structure.fields) {
    if (width === 2) view.setUint16(offset, Number(BigInt.asUintN(16, values[field])), isLittle);
    else if (width === 4) view.setUint32(offset, Number(BigInt.asUintN(32, values[field])), isLittle);
    else view.setBigUint64(offset, BigInt.asUintN(64, values[field]), isLittle);
  }
  call.memory.writeBytes(address, bytes);
  return 0;
}

/** With AT_EMPTY_PATH an empty path means the descriptor itself. */
const AT_EMPTY_PATH = 0x1000;

function statusBelow(call: SystemCall, flags: number): FileStatus {
  if ((flags & AT_EMPTY_PATH) !== 0 && pathAt(call, 1) === "") {
    return call.process.descriptors.file(call.argument(0)).status();
  }
  return call.process.world.files.statusOf(pathBelow(call, 0, 1));
}

const byPath =
  (structure: Structure): Implementation =>
  (call) =>
    store(call, call.address(1), structure, call.process.world.files.statusOf(pathAt(call, 0)));

const byDescriptor =
  (structure: Structure): Implementation =>
  (call) =>
    store(call, call.address(1), structure, call.process.descriptors.file(call.argument(0)).status());

export const stat = byPath(STAT);
export const stat64 = byPath(STAT64);
export const fstat = byDescriptor(STAT);
export const fstat64 = byDescriptor(STAT64);

export const fstatat64: Implementation = (call) =>
  store(call, call.address(2), STAT64, statusBelow(call, call.argument(3)));

export const statx: Implementation = (call) => store(call, call.address(4), STATX, statusBelow(call, call.argument(2)));
