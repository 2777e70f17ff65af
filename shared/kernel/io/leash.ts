import { spawn } from "node:child_process";

/** Waits for a line; when there will be none, because who should write it is gone, kills the process group `$1`. */
const WATCH = 'read -r line || kill -s KILL -- "-$1"';

/**
 * Ties a process group to this thread: should the thread or its process end before the group does, however suddenly, the
 * group is killed. Where there is no `/bin/sh`, it is not tied.
 * @returns unties it
 */
export function leash(group: number): () => void {
  if (process.platform === "win32") return () => {};
  const watcher = spawn("/bin/sh", ["-c", WATCH, "leash", String(group)], {
    stdio: ["pipe", "ignore", "ignore"],
    env: {},
    detached: true,
  });
  watcher.on("error", () => {});
  if (watcher.pid === undefined) return () => {};
  watcher.stdin.on("error", () => {});
  watcher.unref();
  return () => watcher.stdin.end("\n");
}
