import type { ListedRun, UnreadableListing } from "../../shared/runs/list-runs.ts";
import { type GlobalOptions, nextCommand, print, say, withRuns } from "../cli/context.ts";
import { formatAge } from "../cli/format.ts";
import { table } from "../cli/table.ts";

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
