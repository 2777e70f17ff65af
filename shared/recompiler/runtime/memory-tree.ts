/** A tree of files that lives in memory: folders, files with one name or several, links. */

import { SyscallError } from "./errno.ts";
import type { FileKind, FileStatus, FolderEntry, OpenOptions, StatusChange } from "./ports.ts";

/** Bytes that one file may have: beyond it lies what a program asks for by mistake, or to do harm. */
const LONGEST_FILE = 256 << 20;

/** As many links as Linux follows. */
const MOST_LINKS = 40;

/** What a folder is said to take, as most file systems say. */
const FOLDER_BYTES = 4096;

/** What all of them have. Time stands still here: what `change` sets is kept. */
abstract class MemoryNode {
  readonly inode: number;
  links = 1;
  protected mode: number;
  protected accessedAt = 0n;
  protected modifiedAt = 0n;

  constructor(inode: number, mode: number) {
    this.inode = inode;
    this.mode = mode;
  }

  abstract readonly kind: FileKind;
  protected abstract readonly size: number;

  status(): FileStatus {
    const { kind, mode, size, inode, links, accessedAt, modifiedAt } = this;
    return { kind, mode, size, inode, links, accessedAt, modifiedAt, changedAt: modifiedAt };
  }

  change({ mode, times }: StatusChange): void {
    this.mode = mode ?? this.mode;
    this.accessedAt = times?.accessedAt ?? this.accessedAt;
    this.modifiedAt = times?.modifiedAt ?? this.modifiedAt;
  }
}

/** Bytes that grow by doubling. */
export class Content extends MemoryNode {
  readonly kind = "regular";
  #bytes: Uint8Array;
  length: number;
  constructor(bytes: Uint8Array, inode: number, mode = 0o644) {
    super(inode, mode);
    this.#bytes = bytes.slice();
    this.length = bytes.length;
  }

  protected get size(): number {
    return this.length;
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

class Folder extends MemoryNode {
  readonly kind = "directory";
  protected readonly size = FOLDER_BYTES;
  parent: Folder | undefined;
  readonly entries = new Map<string, Node>();
  constructor(parent: Folder | undefined, inode: number, mode: number) {
    super(inode, mode);
    this.parent = parent;
    this.links = 2;
  }
}

class Link extends MemoryNode {
  readonly kind = "symbolic_link";
  readonly target: string;
  constructor(target: string, inode: number) {
    super(inode, 0o777);
    this.target = target;
  }

  protected get size(): number {
    return Buffer.byteLength(this.target);
  }
}

type Node = Content | Folder | Link;

/** A name, whether there is something of it or not. */
interface Place {
  readonly folder: Folder;
  readonly name: string;
  readonly node: Node | undefined;
}

/** Paths begin at the root. Every method throws SyscallError for what Linux would answer with an error number. */
export class MemoryTree {
  readonly #root: Folder;
  #nextInode: number;

  constructor(firstInode: number) {
    this.#nextInode = firstInode;
    this.#root = new Folder(undefined, this.#nextInode++, 0o755);
  }

  /** Puts a file where a path says, with the folders that lead there. What lies in its way stays, and the file is not there. */
  place(path: string, bytes: Uint8Array): void {
    let folder = this.#root;
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    const name = parts.pop();
    for (const part of parts) {
      if (!folder.entries.has(part)) this.#enter(folder, part, new Folder(folder, this.#nextInode++, 0o755));
      const next = folder.entries.get(part);
      if (!(next instanceof Folder)) return;
      folder = next;
    }
    if (name !== undefined && !folder.entries.has(name))
      this.#enter(folder, name, new Content(bytes, this.#nextInode++));
  }

  find(path: string): Node | undefined {
    try {
      return this.#locate(path, true).node;
    } catch {
      return undefined;
    }
  }

  node(path: string, followsLink: boolean): Node {
    const { node } = this.#locate(path, followsLink);
    if (node === undefined) throw new SyscallError("ENOENT");
    return node;
  }

  /** The folder or file of a path, which is made where that is wanted. */
  open(path: string, open: OpenOptions): Content | Folder {
    const isNew = open.creates && open.isExclusive;
    const { folder, name, node } = this.#locate(path, !isNew && open.refusesLink !== true);
    if (node !== undefined && isNew) throw new SyscallError("EEXIST");
    if (node instanceof Link) throw new SyscallError("ELOOP");
    if (node instanceof Folder && (open.isWritable || open.creates)) throw new SyscallError("EISDIR");
    if (node !== undefined) return node;
    if (!open.creates) throw new SyscallError("ENOENT");
    const content = new Content(new Uint8Array(0), this.#nextInode++, open.mode);
    this.#enter(folder, name, content);
    return content;
  }

  list(node: Node): readonly FolderEntry[] {
    if (!(node instanceof Folder)) throw new SyscallError("ENOTDIR");
    const names = [...node.entries.keys()].sort();
    return names.map((name) => {
      const { kind, inode } = node.entries.get(name)!;
      return { name, kind, inode };
    });
  }

  linkTarget(path: string): string {
    const node = this.node(path, false);
    if (!(node instanceof Link)) throw new SyscallError("EINVAL");
    return node.target;
  }

  remove(path: string): void {
    const place = this.#existing(path);
    if (place.node instanceof Folder) throw new SyscallError("EISDIR");
    this.#leave(place);
  }

  removeFolder(path: string): void {
    if (/(^|\/)\.$/.test(path)) throw new SyscallError("EINVAL");
    const place = this.#existing(path);
    if (!(place.node instanceof Folder)) throw new SyscallError("ENOTDIR");
    if (place.node.entries.size > 0) throw new SyscallError("ENOTEMPTY");
    if (place.node === this.#root) throw new SyscallError("EBUSY");
    this.#leave(place);
  }

  makeFolder(path: string, mode: number): void {
    const { folder, name } = this.#free(path);
    this.#enter(folder, name, new Folder(folder, this.#nextInode++, mode));
  }

  makeLink(target: string, path: string): void {
    if (target === "") throw new SyscallError("ENOENT");
    const { folder, name } = this.#free(path);
    this.#enter(folder, name, new Link(target, this.#nextInode++));
  }

  addName(existing: string, path: string): void {
    const node = this.node(existing, false);
    if (node instanceof Folder) throw new SyscallError("EPERM");
    const { folder, name } = this.#free(path);
    this.#enter(folder, name, node);
    node.links++;
  }

  rename(from: string, to: string): void {
    const source = this.#existing(from);
    const target = this.#locate(to, false);
    if (source.node === target.node) return;
    if (source.node === this.#root || target.node === this.#root) throw new SyscallError("EBUSY");
    if (source.node instanceof Folder) {
      for (let up: Folder | undefined = target.folder; up !== undefined; up = up.parent) {
        if (up === source.node) throw new SyscallError("EINVAL");
      }
      if (target.node !== undefined && !(target.node instanceof Folder)) throw new SyscallError("ENOTDIR");
      if (target.node !== undefined && target.node.entries.size > 0) throw new SyscallError("ENOTEMPTY");
    } else if (target.node instanceof Folder) throw new SyscallError("EISDIR");
    if (target.node !== undefined) this.#leave({ ...target, node: target.node });
    this.#leave(source);
    const { node } = source;
    if (node instanceof Folder) node.parent = target.folder;
    else node.links++;
    this.#enter(target.folder, target.name, node);
  }

  #enter(folder: Folder, name: string, node: Node): void {
    folder.entries.set(name, node);
    if (node instanceof Folder) folder.links++;
  }

  #leave({ folder, name, node }: Place & { readonly node: Node }): void {
    folder.entries.delete(name);
    if (node instanceof Folder) folder.links--;
    else node.links--;
  }

  #existing(path: string): Place & { readonly node: Node } {
    const place = this.#locate(path, false);
    if (place.node === undefined) throw new SyscallError("ENOENT");
    return { ...place, node: place.node };
  }

  #free(path: string): Place {
    const place = this.#locate(path, false);
    if (place.node !== undefined) throw new SyscallError("EEXIST");
    return place;
  }

  #locate(path: string, followsLink: boolean): Place {
    let place: Place = { folder: this.#root, name: ".", node: this.#root };
    const left = path.split("/").reverse();
    let links = 0;
    for (;;) {
      let part = left.pop();
      while (part === "" || part === ".") part = left.pop();
      if (part === undefined) return place;
      const folder = place.node;
      if (folder === undefined) throw new SyscallError("ENOENT");
      if (!(folder instanceof Folder)) throw new SyscallError("ENOTDIR");
      if (part === "..") {
        place = placeOf(folder.parent ?? this.#root);
        continue;
      }
      const node = folder.entries.get(part);
      const isLast = left.every((each) => each === "");
      if (!(node instanceof Link) || (isLast && !followsLink)) {
        place = { folder, name: part, node };
        continue;
      }
      if (++links > MOST_LINKS) throw new SyscallError("ELOOP");
      place = placeOf(node.target.startsWith("/") ? this.#root : folder);
      left.push(...node.target.split("/").reverse());
    }
  }
}

function placeOf(folder: Folder): Place {
  const parent = folder.parent ?? folder;
  const [name = "."] = [...parent.entries].find(([, node]) => node === folder) ?? [];
  return { folder: parent, name, node: folder };
}
