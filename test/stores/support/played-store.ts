import type { FileSystem } from "../../../shared/stores/filesystem/file-system.ts";
import { openFileSystemStores } from "../../../shared/stores/filesystem/open.ts";
import type { StoreNotice, Stores } from "../../../shared/stores/ports.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { type PlayedProcess, playedProcesses } from "./processes.ts";
import { type SimulatedDisk, simulatedDisk } from "./simulated-disk.ts";

export interface PlayedStores extends Stores {
  readonly process: PlayedProcess;
  readonly clock: ManualClock;
  readonly notices: readonly StoreNotice[];
}

/** A store on a simulated disk, opened by as many played processes as the test wants. */
export interface PlayedStore {
  readonly disk: SimulatedDisk;
  /** Path inside the store. */
  at(...parts: string[]): string;
  /** `fileSystem`: what the process sees of the disk. `process`: default, a new one on this machine. */
  open(fileSystem?: FileSystem, process?: PlayedProcess): Promise<PlayedStores>;
  read(path: string): Promise<Buffer>;
}

export function playedStore(): PlayedStore {
  const disk = simulatedDisk();
  const machine = playedProcesses();
  return {
    disk,
    at: (...parts) => ["/store", ...parts].join("/"),
    async open(fileSystem = disk, process = machine.start()) {
      const clock = manualClock();
      const notices: StoreNotice[] = [];
      const onNotice = (notice: StoreNotice) => void notices.push(notice);
      const stores = await openFileSystemStores("/store", { fileSystem, clock, processes: process, onNotice });
      return { ...stores, process, clock, notices };
    },
    async read(path) {
      const file = await disk.open(path, "read");
      return Buffer.from(await file.read(0, (await file.stat()).size));
    },
  };
}
