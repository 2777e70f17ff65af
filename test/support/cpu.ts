import { readFileSync } from "node:fs";

/** Clock ticks of a second, in which Linux counts for everybody. */
const TICKS = 100;

/** Seconds of processor time that this process took until now, with those of its children that have ended where Linux tells. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + (process.platform === "linux" ? childrenSeconds() : 0);
}

function childrenSeconds(): number {
  // The name, the second field, may have blanks and parentheses in it. Then, from the third on: cutime and cstime are 16 and 17.
  const [, fields = ""] = /^.*\) (.*)$/s.exec(readFileSync("/proc/self/stat", "utf8")) ?? [];
  const [user, system] = fields.split(" ").slice(13, 15).map(Number);
  return ((user ?? 0) + (system ?? 0)) / TICKS;
}
