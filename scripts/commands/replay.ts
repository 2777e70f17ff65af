import { print, withRun } from "../cli/context.ts";
import { ExitCode } from "../cli/exit-codes.ts";
import { type RunOptions, workersOf } from "./run.ts";

export async function replayVerb(name: string, options: RunOptions): Promise<ExitCode> {
  const interruption = new AbortController();
  process.once("SIGINT", () => interruption.abort());
  const replay = await withRun(
    options,
    name,
    (runs, runId) => runs.replay(runId, { signal: interruption.signal }),
    workersOf(options),
  );
  if (interruption.signal.aborted) return ExitCode.interrupted;
  const { difference, compared, facts } = replay;
  if (options.json) print(JSON.stringify(replay));
  else if (difference === undefined)
    print(`Identical: ${compared} hashes and outcomes compared, ${facts} facts read back`);
  else {
    print(`Different, first in ${difference.where}, ${difference.what}:`);
    print(`  recorded ${difference.recorded}`);
    print(`  replayed ${difference.replayed}`);
  }
  return replay.identical ? ExitCode.succeeded : ExitCode.failed;
}
