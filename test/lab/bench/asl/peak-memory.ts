import { readFileSync } from "node:fs";

/**
 * The most bytes this process ever had resident.
 *
 * Linux is asked for the process's own mark: what `getrusage` says starts at the size of whoever started the process.
 */
export function peakMemory(): number {
  const kibibytes = process.platform === "linux" ? highWaterMark() : process.resourceUsage().maxRSS;
  return kibibytes * 1024;
}

function highWaterMark(): number {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  if (!found) throw new Error("/proc/self/status: expected a line VmHWM, found none");
  return Number(found[1]);
}
