import { FUNCTION_STATUSES, type FunctionList, type FunctionRow } from "../../../shared/runs/functions/list.ts";
import { table } from "../table.ts";

const HEAD = ["ADDRESS", "SIZE", "NAME", "FOUND BY", "STATUS", "RAN", "REASON"];
const NUMBERS = [1, 5];

/** A line each, and one with the totals of all functions. */
export function formatFunctions({ totals, functions, program }: FunctionList): string {
  const { by_status: counts, bytes, with_obstacles: obstacles, instructions, instructions_run: ran } = totals;
  const stand = FUNCTION_STATUSES.flatMap((status) => {
    const count = counts[status];
    return count === undefined ? [] : [`${count} ${words(status)}`];
  });
  const share = instructions === 0 ? "" : `; inputs ran ${percent(ran, instructions)} of ${instructions} instructions`;
  const traps = obstacles === 0 ? "" : `; ${obstacles} with obstacles`;
  const shown = functions.length === totals.functions ? "" : `${functions.length} of `;
  return [
    ...table([HEAD, ...functions.map(rowOf)], NUMBERS),
    `${shown}${totals.functions} functions of ${program}, ${bytes} bytes: ${stand.join(", ")}${traps}${share}`,
  ].join("\n");
}

function rowOf({ address, size, name, found_by, status, reason = "", ...row }: FunctionRow): string[] {
  const ran = row.instructions_run === undefined ? "" : percent(row.instructions_run, row.instructions);
  return [address, String(size), name, found_by, words(status), ran, reason];
}

export const words = (status: string): string => status.replaceAll("_", " ");

/** Only all is 100%. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "";
  return part === whole ? "100%" : `${Math.min(99.9, (100 * part) / whole).toFixed(1)}%`;
}
