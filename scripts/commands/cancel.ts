import { Cancellation } from "../../shared/contracts/cancellation.ts";
import { parseArgument } from "../cli/arguments.ts";
import { nextCommand, print, say, withRun } from "../cli/context.ts";
import { ExitCode } from "../cli/exit-codes.ts";
import { formatSummary } from "../cli/format.ts";
import { type RunOptions, workersOf } from "./run.ts";

/** Cancels a run, or asks the process that carries it out to. */
export function cancelVerb(name: string, options: RunOptions & { by: string; reason: string }): Promise<ExitCode> {
  const by = parseArgument(Cancellation.shape.by, "--by", options.by);
  const reason = parseArgument(Cancellation.shape.reason, "--reason", options.reason.trim());
  return withRun(
    options,
    name,
    async (runs, runId) => {
      const outcome = await runs.cancel(runId, { by, reason });
      const summary = await runs.summary(runId);
      if (options.json) print(JSON.stringify({ ...summary, cancel: outcome }));
      else if (outcome === "cancelled") print(formatSummary(summary));
      if (outcome === "asked") {
        say(
          `Asked whoever carries run ${runId} out. See it end with: ${nextCommand(options, "events", runId, "--follow")}`,
        );
      }
      return ExitCode.succeeded;
    },
    workersOf(options),
  );
}
