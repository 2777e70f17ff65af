/** `getdents` and `getdents64` (linux/dirent.h). */

import type { OpenDescription } from "../descriptors.ts";
import { SyscallError } from "../errno.ts";
import type { FileKind, FolderEntry } from "../ports.ts";
import type { Implementation, SystemCall } from "./call.ts";

/** `d_type`. */
const TYPES: Readonly<Record<FileKind, number>> = {
  pipe: 1,
  character_device: 2,
  directory: 4,
  block_device: 6,
  regular: 8,
  symbolic_link: 10,
  socket: 12,
};

/** Where a record has its fields. */
interface Shape {
  readonly width: 4 | 8;
  /** Where the name begins. */
  readonly nameAt: number;
  /** Where the type is; behind the name, in the last byte, where that is undefined. */
  readonly typeAt: number | undefined;
  readonly alignment: number;
}

const DIRENT: Shape = { width: 4, nameAt: 10, typeAt: undefined, alignment: 4 };
const DIRENT64: Shape = { width: 8, nameAt: 19, typeAt: 18, alignment: 8 };

function encode(entry: FolderEntry, next: number, isLittle: boolean, shape: Shape): Uint8Array {
  const name = new TextEncoder().encode(entry.name);
  const end = shape.nameAt + name.length + 1 + (shape.typeAt === undefined ? 1 : 0);
  const size = Math.ceil(end / shape.alignment) * shape.alignment;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of [entry.inode, next].entries()) {
    if (shape.width === 8) view.setBigUint64(index * 8, BigInt(value), isLittle);
    else view.setUint32(index * 4, value, isLittle);
  }
  view.setUint16(shape.width * 2, size, isLittle);
  bytes[shape.typeAt ?? size - 1] = TYPES[entry.kind];
  bytes.set(name, shape.nameAt);
  return bytes;
}

/** Itself and its parent come first; who asks for the parent's inode number is told the folder's. */
function entriesOf({ file }: OpenDescription): readonly FolderEntry[] {
  if (file.list === undefined) throw new SyscallError("ENOTDIR");
  const { inode } = file.status();
  const own = [".", ".."].map((name): FolderEntry => ({ name, kind: "directory", inode }));
  return [...own, ...file.list()];
}

const reading =
  (shape: Shape): Implementation =>
  (call: SystemCall) => {
    const description = call.process.descriptors.description(call.argument(0));
    description.listing ??= { entries: entriesOf(description), position: 0 };
    const { listing } = description;
    const [start, room] = [call.address(1), call.address(2)];
    const isLittle = call.memory.endianness === "little";
    let used = 0;
    for (let entry = listing.entries[listing.position]; entry !== undefined; ) {
      const record = encode(entry, listing.position + 1, isLittle, shape);
      if (used + record.length > room) {
        if (used === 0) throw new SyscallError("EINVAL");
        break;
      }
      call.memory.writeBytes(start + used, record);
      used += record.length;
      entry = listing.entries[++listing.position];
    }
    return used;
  };

export const getdents = reading(DIRENT);
export const getdents64 = reading(DIRENT64);
