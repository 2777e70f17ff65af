/** Files that live in memory: what a program sees while it is traced. Same input, same behaviour, on every machine. */

import { SyscallError } from "./errno.ts";
import { Content, MemoryTree } from "./memory-tree.ts";
import type { Files, OpenFile, OpenOptions, SeekOrigin } from "./ports.ts";

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
    status: () => content.status(),
    change: (change) => content.change(change),
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
  let taken = 0;
  return {
    ...file,
    read(length) {
      const bytes = file.read(length);
      taken += bytes.length;
      return bytes;
    },
    readiness: () => ({
      readable: isReadable,
      writable: !isReadable,
      isHungUp: isReadable,
      waiting: content.length - taken,
    }),
    seek() {
      throw new SyscallError("ESPIPE");
    },
    status: () => ({ ...content.status(), kind: "pipe", mode: 0o600, size: 0 }),
    truncate() {
      throw new SyscallError("EINVAL");
    },
  };
}

export interface MemoryFilesOptions {
  readonly stdin?: Uint8Array;
  /** Content by path; the program starts in the folder that they begin at. */
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
  const tree = new MemoryTree(FIRST_INODE);
  for (const [path, bytes] of Object.entries(options.files ?? {})) tree.place(path, bytes);

  return {
    standardInput: openStream(stdin, true),
    standardOutput: openStream(stdout, false),
    standardError: openStream(stderr, false),
    startFolder: "/",
    resolve(folder, path) {
      if (path === "") throw new SyscallError("ENOENT");
      return path.startsWith("/") ? path : `${folder}/${path}`;
    },
    open(path, open) {
      const node = tree.open(path, open);
      if (node instanceof Content) {
        if (open.truncates && open.isWritable) node.resize(0);
        return openContent(node, open);
      }
      return openFolder(tree, path);
    },
    statusOf: (path, followsLink = true) => tree.node(path, followsLink).status(),
    linkTarget: (path) => tree.linkTarget(path),
    remove: (path) => tree.remove(path),
    removeFolder: (path) => tree.removeFolder(path),
    makeFolder: (path, mode) => tree.makeFolder(path, mode),
    makeLink: (target, path) => tree.makeLink(target, path),
    addName: (existing, path) => tree.addName(existing, path),
    rename: (from, to) => tree.rename(from, to),
    change: (path, change, followsLink) => tree.node(path, followsLink).change(change),
    spaceOf(path) {
      tree.node(path, true);
      return SPACE;
    },
    stdout: () => stdout.view().slice(),
    stderr: () => stderr.view().slice(),
    contentOf(path) {
      const node = tree.find(path);
      return node instanceof Content ? node.view().slice() : undefined;
    },
  };
}

/** Behind those of the standard streams. */
const FIRST_INODE = 4;

/** A gibibyte, half of it free. */
const SPACE = { blockSize: 4096, blocks: 262_144n, freeBlocks: 131_072n, files: 65_536n, freeFiles: 32_768n };

function openFolder(tree: MemoryTree, path: string): OpenFile {
  const folder = tree.node(path, true);
  return {
    read() {
      throw new SyscallError("EISDIR");
    },
    write() {
      throw new SyscallError("EBADF");
    },
    seek: () => 0,
    status: () => folder.status(),
    change: (change) => folder.change(change),
    list: () => tree.list(folder),
    truncate() {
      throw new SyscallError("EINVAL");
    },
    close() {},
  };
}
