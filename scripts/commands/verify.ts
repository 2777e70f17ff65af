import { verifyRun } from "../../shared/local/verify.ts";
import { parseRunId } from "../cli/arguments.ts";
import { type GlobalOptions, print, withStores } from "../cli/context.ts";
import { ExitCode } from "../cli/exit-codes.ts";

export async function verifyVerb(runId: string, options: GlobalOptions): Promise<ExitCode> {
  const result = await withStores(options, (stores) => verifyRun(stores, parseRunId(runId)));
  if (options.json) print(JSON.stringify(result));
  else if (result.ok)
    print(`${result.artifacts} artifacts, ${result.events} events, ${result.history} history entries: all as recorded`);
  else for (const { what, message } of result.problems) print(`${what}: ${message}`);
  return result.ok ? ExitCode.succeeded : ExitCode.failed;
}
