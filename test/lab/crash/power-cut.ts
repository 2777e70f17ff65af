import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diskAfter, type File, type Folder, type Node, persist } from "./disk-model.ts";
import type { JournalEntry } from "./journal.ts";

/**
 * Fills a folder with what stands there when the power goes after these entries: contents that were synced, under names
 * whose folder was synced; and of the rest what the disk had written by itself.
 * @param root the folder as the entries call it; it is there itself
 * @param choose of `n` changes to a folder, or bytes added to a file, how many the disk had written: 0 for the worst disk
 */
export function restoreAfterCut(
  entries: readonly JournalEntry[],
  root: string,
  target: string,
  choose: (n: number) => number,
): void {
  const disk = diskAfter(entries, root);
  for (const folder of foldersOf(disk)) persist(folder, choose(folder.pending.length));
  write(disk, target, choose);
}

/** Whatever a name leads to, be it durable or not. */
function foldersOf(disk: Folder): Folder[] {
  const seen = new Set<Node>([disk]);
  for (const node of seen) {
    if (node.kind === "folder") for (const each of [...node.names.values(), ...node.durable.values()]) seen.add(each);
  }
  return [...seen].filter((node) => node.kind === "folder");
}

function write(folder: Folder, target: string, choose: (n: number) => number): void {
  mkdirSync(target, { recursive: true });
  for (const [name, node] of folder.durable) {
    if (node.kind === "folder") write(node, join(target, name), choose);
    else writeFileSync(join(target, name), afterCut(node, choose));
  }
}

/** What was added since the last sync is there up to some byte; what was cut off is there again. */
function afterCut({ content, synced }: File, choose: (n: number) => number): Buffer {
  const isLonger = content.length > synced.length && content.subarray(0, synced.length).equals(synced);
  return isLonger ? content.subarray(0, synced.length + choose(content.length - synced.length)) : synced;
}
