import { Cancellation } from "../../shared/contracts/cancellation.ts";
import { parseArgument, parseCount } from "../cli/arguments.ts";
import { nextCommand, print, say, withRun } from "../cli/context.ts";
import { ExitCode } from "../cli/exit-codes.ts";
import { formatSummary } from "../cli/format.ts";
import { type RunOptions, workersOf } from "./run.ts";

interface CancelVerbOptions extends RunOptions {
  readonly by: string;
  readonly reason: string;
  /** Seconds. */
  readonly timeout: string;
}

/** A day. */
const LONGEST_WAIT = 86_400;

/** Cancels a run, or asks the process that carries it out to. */
export function cancelVerb(name: string, options: CancelVerbOptions): Promise<ExitCode> {
  const seconds = parseCount("--timeout", options.timeout, 1, LONGEST_WAIT);
  const by = parseArgument(Cancellation.shape.by, "--by", options.by);
  const reason = parseArgument(Cancellation.shape.reason, "--reason", options.reason.trim());
  return withRun(
    options,
    name,
    async (runs, runId) => {
      const patience = new AbortController();
      const running = setTimeout(() => patience.abort(), seconds * 1_000);
      const wanted = runs.cancel(runId, { by, reason }, { patience: patience.signal });
      // Also where it is refused: a timer keeps the process alive.
      const outcome = await wanted.finally(() => clearTimeout(running));
      const summary = await runs.summary(runId);
      if (options.json) print(JSON.stringify({ ...summary, cancel: outcome }));
      else if (outcome === "cancelled") print(formatSummary(summary));
      if (outcome === "asked") {
        say(
          `Asked whoever carries run ${runId} out. See it end with: ${nextCommand(options, "events", runId, "--follow")}`,
        );
      }
      if (outcome !== "unheard") return ExitCode.succeeded;
      const { by: holder, place } = summary.holder ?? { by: "whoever carries it out", place: "elsewhere" };
      say(
        `restep: run ${runId}: asked, but ${holder} (${place}) has not heard for ${seconds} s; it is cancelled when that one looks, or goes on`,
      );
      return ExitCode.failed;
    },
    workersOf(options),
  );
}
