/** A pipe with both its ends in one process. */

import { SyscallError } from "./errno.ts";
import type { FileStatus, OpenFile } from "./ports.ts";

/** As many bytes as Linux keeps. */
const CAPACITY = 65_536;

/** Above what files have, so that pipes are told from them. */
const FIRST_INODE = 0x7000_0000;

/** @param number tells one pipe from another */
export function openPipe(number: number): { readonly readEnd: OpenFile; readonly writeEnd: OpenFile } {
  let pieces: Uint8Array[] = [];
  let waiting = 0;
  const open = { read: true, write: true };

  const status = (): FileStatus => ({
    kind: "pipe",
    mode: 0o600,
    size: 0,
    inode: FIRST_INODE + number,
    links: 1,
    accessedAt: 0n,
    modifiedAt: 0n,
    changedAt: 0n,
  });
  const shared = {
    seek(): never {
      throw new SyscallError("ESPIPE");
    },
    truncate(): never {
      throw new SyscallError("EINVAL");
    },
    status,
  };

  return {
    readEnd: {
      ...shared,
      read(length) {
        const [first, ...more] = pieces;
        // What is read byte by byte is joined once, and not copied for each.
        const all = first !== undefined && more.length === 0 ? first : Buffer.concat(pieces);
        const taken = all.subarray(0, length);
        pieces = [all.subarray(taken.length)];
        waiting -= taken.length;
        return taken;
      },
      write() {
        throw new SyscallError("EBADF");
      },
      close() {
        open.read = false;
      },
      readiness: () => ({ readable: waiting > 0, writable: false, isHungUp: !open.write, waiting }),
    },
    writeEnd: {
      ...shared,
      read() {
        throw new SyscallError("EBADF");
      },
      write(bytes) {
        // Nobody reads while this process writes: what does not fit would wait for ever.
        if (waiting + bytes.length > CAPACITY) throw new SyscallError("EAGAIN");
        pieces.push(bytes.slice());
        waiting += bytes.length;
      },
      close() {
        open.write = false;
      },
      readiness: () => ({ readable: false, writable: waiting < CAPACITY, isHungUp: !open.read, waiting: 0 }),
    },
  };
}
