import { createHash } from "node:crypto";

/** Seconds of processor time of a yardstick, where nothing disturbs it, on the machine that budgets are stated for. */
export const YARDSTICK_SECONDS = 0.0028;

/**
 * Does a little of what tests do. @returns the seconds of processor time that it took: what a second is worth here, and now
 * that others work beside it
 */
export function yardstick(): number {
  const before = process.cpuUsage();
  let text = "";
  for (let round = 0; round < 10; round += 1) {
    const rows = Array.from({ length: 200 }, (_, id) => ({
      id,
      name: `row ${id * round}`,
      of: [id, { deep: `${id}` }],
    }));
    const byName = new Map((JSON.parse(JSON.stringify(rows)) as typeof rows).map((row) => [row.name, row]));
    text = createHash("sha256")
      .update(text + JSON.stringify([...byName]))
      .digest("hex");
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/**
 * Seconds of a machine as those of the one that budgets are stated for.
 * @param yardsticks what it took there, again and again; of many the lower quartile counts, for what disturbs one only adds
 */
export function asBudgeted(seconds: number, yardsticks: readonly number[]): number {
  const typical = yardsticks.toSorted((a, b) => a - b)[yardsticks.length >> 2];
  return typical === undefined ? seconds : (seconds * YARDSTICK_SECONDS) / typical;
}
