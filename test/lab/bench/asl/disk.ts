import { statfsSync } from "node:fs";

/** File systems that live in memory, by the type `statfs` tells: tmpfs and ramfs (linux/magic.h). */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/** Whether what is written to a folder can outlive the machine's power; where it cannot, fsync costs nothing. */
export function isOnDisk(folder: string): boolean {
  return !IN_MEMORY.has(statfsSync(folder).type);
}
