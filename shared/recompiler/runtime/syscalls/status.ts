/** `stat` and its kin: three structures, each a table of where its fields lie (asm/stat.h, linux/stat.h). */

import { NANOSECONDS_PER_SECOND } from "../clocks.ts";
import { IDENTITY } from "../identity.ts";
import type { FileKind, FileStatus } from "../ports.ts";
import type { Implementation, SystemCall } from "./call.ts";
import { AT_EMPTY_PATH, followsLink, pathAt, pathBelow, textAt } from "./paths.ts";

type Field =
  | "mode"
  | "links"
  | "inode"
  | "size"
  | "blocks"
  | "blockSize"
  | "accessed"
  | "accessedRest"
  | "modified"
  | "modifiedRest"
  | "changed"
  | "changedRest"
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
    [56, 4, "accessed"],
    [60, 4, "accessedRest"],
    [64, 4, "modified"],
    [68, 4, "modifiedRest"],
    [72, 4, "changed"],
    [76, 4, "changedRest"],
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
    [64, 4, "accessed"],
    [68, 4, "accessedRest"],
    [72, 4, "modified"],
    [76, 4, "modifiedRest"],
    [80, 4, "changed"],
    [84, 4, "changedRest"],
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
    [64,  8, "accessed"],
    [72,  4, "accessedRest"],
    [96,  8, "changed"],
    [104, 4, "changedRest"],
    [112, 8, "modified"],
    [120, 4, "modifiedRest"],
  ],
};

/** Type bits of `st_mode`. */
const KIND_BITS: Readonly<Record<FileKind, number>> = {
  pipe: 0o010000,
  character_device: 0o020000,
  directory: 0o040000,
  block_device: 0o060000,
  regular: 0o100000,
  symbolic_link: 0o120000,
  socket: 0o140000,
};

/** All of `stx_mask` but the time of birth: what every file system knows. */
const STATX_BASIC_STATS = 0x7ff;

const BLOCK_SIZE = 4096;
const SECTOR_SIZE = 512;

function fieldsOf(status: FileStatus): Readonly<Record<Field, bigint>> {
  return {
    mode: BigInt(KIND_BITS[status.kind] | status.mode),
    links: BigInt(status.links),
    inode: BigInt(status.inode),
    size: BigInt(status.size),
    blocks: BigInt(Math.ceil(status.size / SECTOR_SIZE)),
    blockSize: BigInt(BLOCK_SIZE),
    accessed: status.accessedAt / NANOSECONDS_PER_SECOND,
    accessedRest: status.accessedAt % NANOSECONDS_PER_SECOND,
    modified: status.modifiedAt / NANOSECONDS_PER_SECOND,
    modifiedRest: status.modifiedAt % NANOSECONDS_PER_SECOND,
    changed: status.changedAt / NANOSECONDS_PER_SECOND,
    changedRest: status.changedAt % NANOSECONDS_PER_SECOND,
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

function statusBelow(call: SystemCall, flags: number): FileStatus {
  if ((flags & AT_EMPTY_PATH) !== 0 && textAt(call, 1) === "") {
    return call.process.descriptors.file(call.argument(0)).status();
  }
  return call.process.world.files.statusOf(pathBelow(call, 0, 1), followsLink(flags));
}

const byPath =
  (structure: Structure, follows = true): Implementation =>
  (call) =>
    store(call, call.address(1), structure, call.process.world.files.statusOf(pathAt(call, 0), follows));

const byDescriptor =
  (structure: Structure): Implementation =>
  (call) =>
    store(call, call.address(1), structure, call.process.descriptors.file(call.argument(0)).status());

export const stat = byPath(STAT);
export const lstat = byPath(STAT, false);
export const stat64 = byPath(STAT64);
export const lstat64 = byPath(STAT64, false);
export const fstat = byDescriptor(STAT);
export const fstat64 = byDescriptor(STAT64);

export const fstatat64: Implementation = (call) =>
  store(call, call.address(2), STAT64, statusBelow(call, call.argument(3)));

export const statx: Implementation = (call) => store(call, call.address(4), STATX, statusBelow(call, call.argument(2)));
