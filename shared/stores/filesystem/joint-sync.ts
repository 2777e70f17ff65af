import type { FileSystem } from "./file-system.ts";

/**
 * Makes the names in folders durable, for many at once: whoever asks while a folder is being synced waits for the next sync of it,
 * which begins after, together with all others who do.
 */
export function jointFolderSync(fs: FileSystem): (folder: string) => Promise<void> {
  const running = new Map<string, { readonly sync: Promise<void>; next: Promise<void> | undefined }>();
  const start = (folder: string): Promise<void> => {
    const current = { sync: fs.syncFolder(folder), next: undefined };
    running.set(folder, current);
    const end = () => {
      if (running.get(folder) === current && current.next === undefined) running.delete(folder);
    };
    current.sync.then(end, end);
    return current.sync;
  };
  return (folder) => {
    const current = running.get(folder);
    if (current === undefined) return start(folder);
    current.next ??= current.sync.catch(() => undefined).then(() => start(folder));
    return current.next;
  };
}
