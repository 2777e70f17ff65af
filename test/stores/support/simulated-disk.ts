import type { FileStat, FileSystem, OpenFile } from "../../../shared/stores/filesystem/file-system.ts";

/**
 * A disk in memory that knows what is durable: contents after a sync of the file, names after a sync of their folder,
 * and nothing else. A power cut throws the rest away, wholly or in part.
 */
export interface SimulatedDisk extends FileSystem {
  /**
   * Forgets what was not synced. `choose` says, of `n` changes a folder or file would lose, how many the disk had written
   * by itself, in order: 0 for the worst disk.
   */
  cutPower(choose?: (n: number) => number): void;
  /** Every path, folders with a slash at the end. */
  paths(): string[];
  /** Overwrites a file behind everyone's back. */
  damage(path: string, edit: (content: Buffer) => Uint8Array): void;
}

interface File {
  readonly kind: "file";
  readonly id: number;
  content: Buffer;
  synced: Buffer;
  modified: number;
}

interface Folder {
  readonly kind: "folder";
  readonly id: number;
  readonly entries: Map<string, Node>;
  readonly durable: Map<string, Node>;
  /** Changes of names that are not durable yet. */
  pending: NameChange[];
  modified: number;
}

type Node = File | Folder;

/** A change of names that becomes durable as one, also when it moves a name from one folder to another. */
interface NameChange {
  readonly steps: readonly { readonly folder: Folder; readonly name: string; readonly node: Node | undefined }[];
}

export function simulatedDisk(): SimulatedDisk {
  let lastId = 0;
  const root = newFolder();
  const listeners = new Set<{ readonly path: string; readonly changed: () => void }>();

  function newFolder(): Folder {
    lastId += 1;
    return { kind: "folder", id: lastId, entries: new Map(), durable: new Map(), pending: [], modified: 0 };
  }

  const find = (path: string): Node | undefined => {
    let node: Node = root;
    for (const name of partsOf(path)) {
      if (node.kind !== "folder") throw failure("ENOTDIR", path);
      const next = node.entries.get(name);
      if (next === undefined) return undefined;
      node = next;
    }
    return node;
  };
  const existing = (path: string): Node => find(path) ?? fail("ENOENT", path);
  const folderAt = (path: string): Folder => {
    const node = existing(path);
    return node.kind === "folder" ? node : fail("ENOTDIR", path);
  };
  const fileAt = (path: string): File => {
    const node = existing(path);
    return node.kind === "file" ? node : fail("EISDIR", path);
  };
  const placeOf = (path: string) => {
    const parts = partsOf(path);
    const name = parts.pop() ?? fail("EINVAL", path);
    return { folder: folderAt(`/${parts.join("/")}`), name };
  };

  const change = (...steps: NameChange["steps"]) => {
    for (const step of steps) put(step.folder.entries, step);
    const made = { steps };
    for (const folder of new Set(steps.map((step) => step.folder))) folder.pending.push(made);
  };
  const notify = (path: string) => {
    for (const { path: watched, changed } of [...listeners]) if (path.startsWith(`${watched}/`)) changed();
  };
  const addNew = (path: string, node: Node) => {
    const { folder, name } = placeOf(path);
    if (folder.entries.has(name)) throw failure("EEXIST", path);
    change({ folder, name, node });
    notify(path);
  };
  const writeAt = (file: File, offset: number, bytes: Uint8Array) => {
    const size = Math.max(file.content.length, offset + bytes.length);
    const content = Buffer.alloc(size);
    file.content.copy(content);
    content.set(bytes, offset);
    file.content = content;
  };

  const openFile = (file: File, path: string, mode: "read" | "write"): OpenFile => {
    let isOpen = true;
    const check = (writes = false) => {
      if (!isOpen || (writes && mode === "read")) throw failure("EBADF", path);
    };
    return {
      async read(offset, length) {
        check();
        return Buffer.from(file.content.subarray(offset, offset + length));
      },
      async write(offset, bytes) {
        check(true);
        writeAt(file, offset, bytes);
        notify(path);
      },
      async truncate(length) {
        check(true);
        file.content = Buffer.from(file.content.subarray(0, length));
        notify(path);
      },
      async sync() {
        // Windows makes durable only what is open for writing.
        check(true);
        // A trip to the disk takes a while, in which other work goes on.
        await new Promise((resolve) => setImmediate(resolve));
        file.synced = file.content;
      },
      async stat() {
        check();
        return statOf(file);
      },
      async close() {
        check();
        isOpen = false;
      },
    };
  };

  return {
    async open(path, mode) {
      if (!["read", "write", "create"].includes(mode)) throw failure("EINVAL", path);
      if (mode !== "create") return openFile(fileAt(path), path, mode);
      lastId += 1;
      const file: File = { kind: "file", id: lastId, content: EMPTY, synced: EMPTY, modified: 0 };
      addNew(path, file);
      return openFile(file, path, "write");
    },
    async append(path, bytes) {
      if (find(path) === undefined) {
        lastId += 1;
        addNew(path, { kind: "file", id: lastId, content: EMPTY, synced: EMPTY, modified: 0 });
      }
      const file = fileAt(path);
      writeAt(file, file.content.length, bytes);
      notify(path);
    },
    async stat(path) {
      const node = find(path);
      return node && statOf(node);
    },
    readFolder: async (path) => [...folderAt(path).entries.keys()].sort(),
    makeFolder: async (path) => addNew(path, newFolder()),
    async rename(from, to) {
      const source = placeOf(from);
      const target = placeOf(to);
      const node = source.folder.entries.get(source.name) ?? fail("ENOENT", from);
      const replaced = target.folder.entries.get(target.name);
      if (replaced?.kind === "folder" && (node.kind === "file" || replaced.entries.size > 0)) {
        throw failure(node.kind === "file" ? "EISDIR" : "ENOTEMPTY", to);
      }
      if (replaced?.kind === "file" && node.kind === "folder") throw failure("ENOTDIR", to);
      change({ ...source, node: undefined }, { ...target, node });
      notify(from);
      notify(to);
    },
    async removeFile(path) {
      const { folder, name } = placeOf(path);
      fileAt(path);
      change({ folder, name, node: undefined });
      notify(path);
    },
    async removeFolder(path) {
      const { folder, name } = placeOf(path);
      if (folderAt(path).entries.size > 0) throw failure("ENOTEMPTY", path);
      change({ folder, name, node: undefined });
    },
    async touch(path, milliseconds) {
      existing(path).modified = milliseconds;
    },
    async syncFolder(path) {
      const folder = folderAt(path);
      persist(folder, folder.pending.length);
    },
    watch(path, changed) {
      const listener = { path, changed };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    cutPower(choose = () => 0) {
      forget(root, choose);
    },
    paths() {
      const all: string[] = [];
      const walk = (folder: Folder, path: string) => {
        for (const [name, node] of [...folder.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
          all.push(node.kind === "folder" ? `${path}${name}/` : `${path}${name}`);
          if (node.kind === "folder") walk(node, `${path}${name}/`);
        }
      };
      walk(root, "/");
      return all;
    },
    damage(path, edit) {
      const file = fileAt(path);
      file.content = Buffer.from(edit(file.content));
      file.synced = file.content;
    },
  };
}

const EMPTY = Buffer.alloc(0);

/** Makes the first changes of a folder durable; one that touches another folder comes after what that had before. */
function persist(folder: Folder, count: number): void {
  for (const made of folder.pending.splice(0, count)) {
    for (const { folder: other } of made.steps) {
      const at = other.pending.indexOf(made);
      if (at < 0) continue;
      persist(other, at);
      other.pending.shift();
    }
    for (const step of made.steps) put(step.folder.durable, step);
  }
}

function put(names: Map<string, Node>, { name, node }: NameChange["steps"][number]): void {
  if (node === undefined) names.delete(name);
  else names.set(name, node);
}

function forget(root: Folder, choose: (n: number) => number): void {
  const nodes = allNodes(root);
  const folders = nodes.filter((node) => node.kind === "folder");
  for (const folder of folders) persist(folder, choose(folder.pending.length));
  for (const folder of folders) {
    folder.pending = [];
    folder.entries.clear();
    for (const [name, node] of folder.durable) folder.entries.set(name, node);
  }
  for (const node of nodes) {
    if (node.kind === "folder") continue;
    node.content = afterCut(node, choose);
    node.synced = node.content;
  }
}

/** Whatever a name leads to, be it durable or not. */
function allNodes(root: Folder): Node[] {
  const seen = new Set<Node>([root]);
  for (const node of seen) {
    if (node.kind === "folder") for (const next of [...node.entries.values(), ...node.durable.values()]) seen.add(next);
  }
  return [...seen];
}

/** What was added since the last sync is there up to some byte; what was cut off is there again. */
function afterCut({ content, synced }: File, choose: (n: number) => number): Buffer {
  const isLonger = content.length > synced.length && content.subarray(0, synced.length).equals(synced);
  return isLonger ? content.subarray(0, synced.length + choose(content.length - synced.length)) : synced;
}

function statOf(node: Node): FileStat {
  const size = node.kind === "file" ? node.content.length : 0;
  return { kind: node.kind, size, modified: node.modified, identity: String(node.id) };
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}

function fail(code: string, path: string): never {
  throw failure(code, path);
}
