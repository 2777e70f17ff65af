import type { ListedRun, UnreadableListing } from "../../shared/runs/list-runs.ts";
import { type GlobalOptions, nextCommand, print, say, withRuns } from "../cli/context.ts";
import { formatAge } from "../cli/format.ts";

export async function listVerb(options: GlobalOptions): Promise<void> {
  const listed = await withRuns(options, (runs) => runs.overview());
  if (options.json) return print(JSON.stringify(listed));
  for (const line of table(rowsOf(listed, Date.now()))) print(line);
  const left = listed.find((run): run is ListedRun => "state" in run && run.interrupted === true);
  if (left !== undefined)
    say(`Nobody works on interrupted runs. Go on with: ${nextCommand(options, "resume", left.run_id)}`);
}

const HEAD = ["RUN", "NAME", "STATE", "STAGE", "SUBMITTED", "HELD BY"];

/** @param now milliseconds since 1970 */
export function rowsOf(listed: readonly (ListedRun | UnreadableListing)[], now: number): string[][] {
  return [
    HEAD,
    ...listed.map((run) => ("state" in run ? rowOf(run, now) : [run.run_id, "", "unreadable", run.unreadable])),
  ];
}

function rowOf({ run_id, name = "", state, reason, stage, created_at, holder, interrupted }: ListedRun, now: number) {
  const shown = interrupted === true ? `${state}, interrupted` : (reason ?? state);
  const by = holder === undefined ? "" : `${holder.by} (${holder.place})`;
  return [run_id, name, shown, stage, `${formatAge(now - Date.parse(created_at))} ago`, by];
}

/** Columns as wide as their widest cell. What stands alone in the last ones may be longer. */
function table(rows: readonly (readonly string[])[]): string[] {
  const whole = rows.filter((row) => row.length === HEAD.length);
  const widths = HEAD.map((_, column) => Math.max(...whole.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}
