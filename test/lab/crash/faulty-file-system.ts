import type { FileSystem, OpenFile } from "../../../shared/stores/filesystem/file-system.ts";
import type { Demand, FaultCounter } from "./faults.ts";
import { threadName } from "./threads.ts";

/** A file system whose operations are counted, one of which fails. `root` shortens what is said of it. */
export function faultyFileSystem(inner: FileSystem, counter: FaultCounter, root: string): FileSystem {
  const thread = threadName();

  /** @param half does the first half of a write, which a fault leaves behind */
  const meet = async (demand: Demand, name: string, path: string, half?: () => Promise<void>): Promise<void> => {
    const place = path.startsWith(root) ? path.slice(root.length + 1) : path;
    const verdict = counter.meet(demand, `${name} ${place} (${thread})`);
    if (verdict === "go_on") return;
    if (verdict !== "die") await half?.();
    if (verdict === "die" || verdict === "die_half_way") await die();
    const code = verdict === "refuse_io" ? "EIO" : "ENOSPC";
    throw Object.assign(new Error(`${code}: ${name} ${path}: fault put in`), { code });
  };

  const wrapFile = (file: OpenFile, path: string): OpenFile => ({
    async read(offset, length) {
      await meet("any", "read", path);
      return file.read(offset, length);
    },
    async write(offset, bytes) {
      await meet("write", "write", path, () => file.write(offset, bytes.subarray(0, bytes.length / 2)));
      return file.write(offset, bytes);
    },
    async truncate(length) {
      await meet("change", "truncate", path);
      return file.truncate(length);
    },
    async sync() {
      await meet("any", "sync", path);
      return file.sync();
    },
    async stat() {
      await meet("any", "stat of open", path);
      return file.stat();
    },
    async close() {
      // A close gives the descriptor back, whatever it says.
      await file.close();
      await meet("any", "close", path);
    },
  });

  return {
    async open(path, mode) {
      await meet(mode === "create" ? "space" : "any", `open to ${mode}`, path);
      return wrapFile(await inner.open(path, mode), path);
    },
    async append(path, bytes) {
      await meet("write", "append to", path, () => inner.append(path, bytes.subarray(0, bytes.length / 2)));
      return inner.append(path, bytes);
    },
    async stat(path) {
      await meet("any", "stat", path);
      return inner.stat(path);
    },
    async readFolder(path) {
      await meet("any", "read folder", path);
      return inner.readFolder(path);
    },
    async makeFolder(path) {
      await meet("space", "make folder", path);
      return inner.makeFolder(path);
    },
    async rename(from, to) {
      await meet("space", "rename to", to);
      return inner.rename(from, to);
    },
    async removeFile(path) {
      await meet("change", "remove", path);
      return inner.removeFile(path);
    },
    async removeFolder(path) {
      await meet("change", "remove folder", path);
      return inner.removeFolder(path);
    },
    async touch(path, milliseconds) {
      await meet("change", "touch", path);
      return inner.touch(path, milliseconds);
    },
    async syncFolder(path) {
      await meet("any", "sync folder", path);
      return inner.syncFolder(path);
    },
    watch: (path, changed) => inner.watch(path, changed),
  };
}

function die(): Promise<never> {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {});
}
