import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { artifactPath } from "../../../shared/stores/filesystem/artifact-files.ts";
import type { FileSystem } from "../../../shared/stores/filesystem/file-system.ts";
import { nodeFileSystem } from "../../../shared/stores/filesystem/node-file-system.ts";
import { openFileSystemStores } from "../../../shared/stores/filesystem/open.ts";
import { createMemoryStores } from "../../../shared/stores/memory/open.ts";
import { createMemoryWorld } from "../../../shared/stores/memory/world.ts";
import type { StoreNotice } from "../../../shared/stores/ports.ts";
import { parseRecord, recordText } from "../../../shared/stores/stored-run.ts";
import type { Adapter, Client, Harness } from "./harness.ts";
import { manualClock } from "./manual-clock.ts";
import { playedProcesses } from "./processes.ts";
import { simulatedDisk } from "./simulated-disk.ts";

const memory: Adapter = {
  name: "memory",
  async start() {
    const world = createMemoryWorld();
    return {
      async open() {
        const clock = manualClock();
        const notices: StoreNotice[] = [];
        const stores = createMemoryStores({ world, clock, onNotice: (notice) => notices.push(notice) });
        return { ...stores, clock, notices };
      },
      async damageArtifact(ref, bytes) {
        const artifact = world.artifacts.get(ref);
        if (artifact !== undefined) artifact.bytes = bytes;
      },
      async damageLog(runId, log, edit) {
        const lines = world.runs.get(runId)?.[log] ?? [];
        const edited = edit(lines.map((line) => line.toString("utf8")));
        lines.splice(0, lines.length, ...edited.map((line) => Buffer.from(line)));
      },
      async reformat(runId, formats) {
        const run = world.runs.get(runId);
        if (run !== undefined) run.record = { ...run.record, formats: { ...run.record.formats, ...formats } };
      },
      dispose: async () => undefined,
    };
  },
};

const realDisk: Adapter = {
  name: "filesystem on this machine's disk",
  async start() {
    const root = await mkdtemp(join(tmpdir(), "restep-stores-"));
    return {
      ...fileHarness(nodeFileSystem, root, {
        read: (path) => readFile(path),
        write: (path, bytes) => writeFile(path, bytes),
      }),
      dispose: () => rm(root, { recursive: true }),
    };
  },
};

const simulated: Adapter = {
  name: "filesystem on a simulated disk",
  async start() {
    const disk = simulatedDisk();
    const write = async (path: string, bytes: Uint8Array) => disk.damage(path, () => bytes);
    const read = async (path: string) => {
      const file = await disk.open(path, "read");
      return Buffer.from(await file.read(0, (await file.stat()).size));
    };
    return { ...fileHarness(disk, "/store", { read, write }), dispose: async () => undefined };
  },
};

function fileHarness(
  fileSystem: FileSystem,
  root: string,
  raw: { read(path: string): Promise<Buffer>; write(path: string, bytes: Uint8Array): Promise<void> },
): Omit<Harness, "dispose"> {
  const machine = playedProcesses();
  return {
    async open(): Promise<Client> {
      const clock = manualClock();
      const notices: StoreNotice[] = [];
      const onNotice = (notice: StoreNotice) => void notices.push(notice);
      const stores = await openFileSystemStores(root, { fileSystem, clock, processes: machine.start(), onNotice });
      return { ...stores, clock, notices };
    },
    damageArtifact: (ref, bytes) =>
      raw.write(artifactPath(join(root, "artifacts"), ref.slice("artifact://".length)), bytes),
    async reformat(runId, formats) {
      const path = join(root, "runs", runId, "run.json");
      const record = parseRecord(runId, (await raw.read(path)).toString("utf8"));
      if (record === undefined) throw new Error(`no record at ${path}`);
      await raw.write(path, Buffer.from(recordText({ ...record, formats: { ...record.formats, ...formats } })));
    },
    async damageLog(runId, log, edit) {
      const path = join(root, "runs", runId, `${log}.jsonl`);
      const lines = (await raw.read(path)).toString("utf8").split("\n").slice(0, -1);
      await raw.write(path, Buffer.from(`${edit(lines).join("\n")}\n`));
    },
  };
}

export const adapters: readonly Adapter[] = [memory, realDisk, simulated];
