import type { JournalEntry } from "./journal.ts";

/** A disk that knows what is durable: contents after a sync of the file, names after a sync of their folder. */
export type Node = File | Folder;

export interface File {
  readonly kind: "file";
  content: Buffer;
  /** What of it is durable. */
  synced: Buffer;
}

export interface Folder {
  readonly kind: "folder";
  readonly names: Map<string, Node>;
  readonly durable: Map<string, Node>;
  /** Changes of names that are not durable yet, in order. */
  readonly pending: NameChange[];
}

/** Becomes durable as one, also when it moves a name from one folder to another. */
interface NameChange {
  readonly order: number;
  readonly steps: readonly Step[];
}

interface Step {
  readonly folder: Folder;
  readonly name: string;
  readonly node: Node | undefined;
}

const EMPTY = Buffer.alloc(0);

/** The disk below `root` after these entries; what was done elsewhere is left out. */
export function diskAfter(entries: readonly JournalEntry[], root: string): Folder {
  const disk = newFolder();
  for (const entry of entries) {
    const { path } = entry.change;
    if (path === root || path.startsWith(`${root}/`)) apply(disk, root, entry);
  }
  return disk;
}

function apply(disk: Folder, root: string, { change, order, began }: JournalEntry): void {
  const nodeAt = (path: string) => find(disk, partsOf(path, root));
  const fileAt = (path: string) => nodeAt(path) as File;
  const step = (path: string, node: Node | undefined): Step => {
    const parts = partsOf(path, root);
    const name = parts.pop() ?? "";
    return { folder: find(disk, parts) as Folder, name, node };
  };
  const { path } = change;
  switch (change.does) {
    case "create":
      put(order, step(path, newFile()));
      break;
    case "make_folder":
      put(order, step(path, newFolder()));
      break;
    case "remove":
      put(order, step(path, undefined));
      break;
    case "rename":
      put(order, step(path, undefined), step(change.to, nodeAt(path)));
      break;
    case "append":
      if (nodeAt(path) === undefined) put(order, step(path, newFile()));
      writeAt(fileAt(path), fileAt(path).content.length, change.bytes);
      break;
    case "write":
      writeAt(fileAt(path), change.offset, change.bytes);
      break;
    case "truncate":
      fileAt(path).content = fileAt(path).content.subarray(0, change.length);
      break;
    case "sync":
      fileAt(path).synced = fileAt(path).content;
      break;
    case "sync_folder": {
      const folder = nodeAt(path) as Folder;
      persist(folder, folder.pending.filter((each) => each.order < began).length);
    }
  }
}

function partsOf(path: string, root: string): string[] {
  return path
    .slice(root.length)
    .split("/")
    .filter((part) => part !== "");
}

function find(disk: Folder, parts: readonly string[]): Node | undefined {
  return parts.reduce<Node | undefined>(
    (node, name) => (node?.kind === "folder" ? node.names.get(name) : undefined),
    disk,
  );
}

/** Makes the first changes of a folder durable; one that touches another folder comes after what that had before. */
export function persist(folder: Folder, count: number): void {
  for (const change of folder.pending.splice(0, count)) {
    for (const { folder: other } of change.steps) {
      const at = other.pending.indexOf(change);
      if (at < 0) continue;
      persist(other, at);
      other.pending.shift();
    }
    for (const step of change.steps) set(step.folder.durable, step);
  }
}

function put(order: number, ...steps: Step[]): void {
  for (const step of steps) set(step.folder.names, step);
  const change = { order, steps };
  for (const folder of new Set(steps.map((step) => step.folder))) folder.pending.push(change);
}

function set(names: Map<string, Node>, { name, node }: Step): void {
  if (node === undefined) names.delete(name);
  else names.set(name, node);
}

function writeAt(file: File, offset: number, base64: string): void {
  const bytes = Buffer.from(base64, "base64");
  const content = Buffer.alloc(Math.max(file.content.length, offset + bytes.length));
  file.content.copy(content);
  bytes.copy(content, offset);
  file.content = content;
}

function newFile(): File {
  return { kind: "file", content: EMPTY, synced: EMPTY };
}

function newFolder(): Folder {
  return { kind: "folder", names: new Map(), durable: new Map(), pending: [] };
}
