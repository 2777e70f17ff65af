import { type GlobalOptions, print, withRun } from "../cli/context.ts";
import { ExitCode } from "../cli/exit-codes.ts";

export async function verifyVerb(name: string, options: GlobalOptions): Promise<ExitCode> {
  const result = await withRun(options, name, (runs, runId) => runs.verify(runId));
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
