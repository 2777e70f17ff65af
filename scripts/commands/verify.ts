import { parseRunId } from "../cli/arguments.ts";
import { type GlobalOptions, print, withRuns } from "../cli/context.ts";
import { ExitCode } from "../cli/exit-codes.ts";

/** Opens the store as it is: whoever verifies changes nothing, and may not be allowed to. */
export async function verifyVerb(runId: string, options: GlobalOptions): Promise<ExitCode> {
  const id = parseRunId(runId);
  const result = await withRuns(options, (runs) => runs.verify(id), { asFound: true });
  if (options.json) print(JSON.stringify(result));
  else {
    const { artifacts, events, history, facts, problems, notices } = result;
    for (const { what, where, expected, found } of problems)
      print(`${what}, ${where}: expected ${expected}; found ${found}`.replaceAll("\n", " "));
    for (const { what, where, why } of notices) print(`Note: ${what}, ${where}: ${why}`);
    const counts = `${artifacts} artifacts, ${events} events, ${history} history entries, ${facts} facts`;
    print(`${counts}: ${result.ok ? "all as recorded" : `${problems.length} not as recorded`}`);
  }
  return result.ok ? ExitCode.succeeded : ExitCode.failed;
}
