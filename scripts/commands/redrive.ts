import { openUndone } from "../../shared/stores/open-undone.ts";
import type { UndoneCall } from "../../shared/stores/undone.ts";
import { type GlobalOptions, nextCommand, print, say } from "../cli/context.ts";
import { table } from "../cli/table.ts";

interface RedriveOptions extends GlobalOptions {
  readonly dryRun: boolean;
}

/** Sends again what a deployment gave up: starts of runs, and ends that were to be recorded. Each is safe to be sent twice. */
export async function redriveVerb(options: RedriveOptions): Promise<void> {
  const undone = await openUndone(options.store);
  try {
    const calls: UndoneCall[] = [];
    for await (const call of undone.list()) {
      calls.push(call);
      if (!options.dryRun) await call.sendAgain();
    }
    if (options.dryRun) for (const call of calls) await call.leave();
    report(calls, options);
  } finally {
    undone.close();
  }
}

function report(calls: readonly UndoneCall[], options: RedriveOptions): void {
  const told = calls.map(({ functionName, of, at, attempts, why }) => ({
    function: functionName,
    of,
    at,
    attempts,
    why,
  }));
  const rows = told.map((call) => [call.function, call.of ?? "", call.at, String(call.attempts), call.why]);
  if (options.json) print(JSON.stringify({ is_dry_run: options.dryRun, calls: told }));
  else if (calls.length === 0) print("Nothing is undone.");
  else for (const line of table([["function", "of", "given up", "attempts", "why"], ...rows], [3])) print(line);
  if (calls.length === 0) return;
  if (options.dryRun) say(`Send them again with: ${nextCommand(options, "redrive")}`);
  else say(`Sent again: ${calls.length}. What fails once more comes back, after Lambda's own attempts.`);
}
