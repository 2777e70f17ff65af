import type { FileSystem, OpenFile } from "../../../shared/stores/filesystem/file-system.ts";

export interface PausedFileSystem {
  readonly fileSystem: FileSystem;
  /** Starts to count. */
  arm(): void;
  /** Resolves when the process stands still. */
  readonly standsStill: Promise<void>;
  goOn(): void;
}

/** A process that stands still just before its `at`th file operation (from 1) after it is armed, until told to go on. */
export function pausedFileSystem(inner: FileSystem, at: number): PausedFileSystem {
  let operations = Number.NEGATIVE_INFINITY;
  let stop = () => {};
  let goOn = () => {};
  const standsStill = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const mayGoOn = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const counted =
    <A extends unknown[], R>(operation: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      operations += 1;
      if (operations === at) {
        stop();
        await mayGoOn;
      }
      return operation(...args);
    };
  const wrapFile = (file: OpenFile): OpenFile => ({
    read: counted(file.read),
    write: counted(file.write),
    truncate: counted(file.truncate),
    sync: counted(file.sync),
    stat: counted(file.stat),
    close: counted(file.close),
  });
  const fileSystem: FileSystem = {
    open: counted(async (path, mode) => wrapFile(await inner.open(path, mode))),
    append: counted(inner.append),
    stat: counted(inner.stat),
    readFolder: counted(inner.readFolder),
    makeFolder: counted(inner.makeFolder),
    rename: counted(inner.rename),
    removeFile: counted(inner.removeFile),
    removeFolder: counted(inner.removeFolder),
    touch: counted(inner.touch),
    syncFolder: counted(inner.syncFolder),
    watch: inner.watch,
  };
  const arm = () => {
    operations = 0;
  };
  return { fileSystem, standsStill, arm, goOn: () => goOn() };
}
