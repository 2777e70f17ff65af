/** Files that live in memory: what a program sees while it is traced. Same input, same behaviour, on every machine. */

import { SyscallError } from "./errno.ts";
import type { FileStatus, Files, OpenFile, OpenOptions, SeekOrigin } from "./ports.ts";

/** Bytes that one file may have: beyond it lies what a program asks for by mistake, or to do harm. */
const LONGEST_FILE = 256 << 20;

/** Bytes that grow by doubling. */
class Content {
  #bytes: Uint8Array;
  length: number;
  readonly inode: number;
  constructor(bytes: Uint8Array, inode: number) {
    this.#bytes = bytes.slice();
    this.length = bytes.length;
    this.inode = inode;
  }

  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** @throws SyscallError `EFBIG` */
  resize(length: number): void {
    if (length > LONGEST_FILE) throw new SyscallError("EFBIG");
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(LONGEST_FILE, Math.max(length, this.#bytes.length * 2, 256)));
      larger.set(this.view());
      this.#bytes = larger;
    }
    if (length < this.length) this.#bytes.fill(0, length, this.length);
    this.length = length;
  }

  write(position: number, bytes: Uint8Array): void {
    if (position + bytes.length > this.length) this.resize(position + bytes.length);
    this.#bytes.set(bytes, position);
  }
}

function regularStatus(content: Content): FileStatus {
  return { kind: "regular", mode: 0o644, size: content.length, inode: content.inode, modifiedAt: 0n };
}

function openContent(content: Content, options: Pick<OpenOptions, "isReadable" | "isWritable" | "appends">): OpenFile {
  let position = 0;
  return {
    read(length) {
      if (!options.isReadable) throw new SyscallError("EBADF");
      const bytes = content.view().slice(position, position + length);
      position += bytes.length;
      return bytes;
    },
    write(bytes) {
      if (!options.isWritable) throw new SyscallError("EBADF");
      if (options.appends) position = content.length;
      content.write(position, bytes);
      position += bytes.length;
    },
    seek(offset: number, origin: SeekOrigin) {
      const from = origin === "start" ? 0 : origin === "current" ? position : content.length;
      if (from + offset < 0) throw new SyscallError("EINVAL");
      position = from + offset;
      return position;
    },
    status: () => regularStatus(content),
    truncate(length) {
      if (!options.isWritable) throw new SyscallError("EINVAL");
      content.resize(length);
    },
    close() {},
  };
}

/** A pipe's end: the content is all that ever comes, or goes, through it. */
function openStream(content: Content, isReadable: boolean): OpenFile {
  const file = openContent(content, { isReadable, isWritable: !isReadable, appends: true });
  return {
    ...file,
    seek() {
      throw new SyscallError("ESPIPE");
    },
    status: () => ({ kind: "pipe", mode: 0o600, size: 0, inode: content.inode, modifiedAt: 0n }),
    truncate() {
      throw new SyscallError("EINVAL");
    },
  };
}

export interface MemoryFilesOptions {
  readonly stdin?: Uint8Array;
  /** Content by path, exactly as the program spells it. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

export interface MemoryFiles extends Files {
  /** What the program has written so far. */
  stdout(): Uint8Array;
  stderr(): Uint8Array;
  /** Content of a file by path, or undefined. */
  contentOf(path: string): Uint8Array | undefined;
}

/** Standard streams are pipes; the program may read and write the given files and create others. */
export function memoryFiles(options: MemoryFilesOptions = {}): MemoryFiles {
  const [stdin, stdout, stderr] = [options.stdin ?? new Uint8Array(0), new Uint8Array(0), new Uint8Array(0)].map(
    (bytes, index) => new Content(bytes, index + 1),
  ) as [Content, Content, Content];
  let nextInode = 4;
  const contents = new Map<string, Content>();
  for (const [path, bytes] of Object.entries(options.files ?? {})) contents.set(path, new Content(bytes, nextInode++));

  const contentAt = (path: string): Content => {
    const content = contents.get(path);
    if (content === undefined) throw new SyscallError("ENOENT");
    return content;
  };

  return {
    standardInput: openStream(stdin, true),
    standardOutput: openStream(stdout, false),
    standardError: openStream(stderr, false),
    open(path, open) {
      if (contents.has(path) && open.creates && open.isExclusive) throw new SyscallError("EEXIST");
      if (!contents.has(path) && open.creates) contents.set(path, new Content(new Uint8Array(0), nextInode++));
      const content = contentAt(path);
      if (open.truncates && open.isWritable) content.resize(0);
      return openContent(content, open);
    },
    statusOf: (path) => regularStatus(contentAt(path)),
    remove(path) {
      contentAt(path);
      contents.delete(path);
    },
    stdout: () => stdout.view().slice(),
    stderr: () => stderr.view().slice(),
    contentOf: (path) => contents.get(path)?.view().slice(),
  };
}
