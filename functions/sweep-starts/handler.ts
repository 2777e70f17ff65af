import { recordableError, shownErrorInfo } from "../../shared/kernel/error-records.ts";
import { startWhatWasLeft } from "../../shared/runs/start-elsewhere.ts";
import { createLogger } from "../../shared/telemetry/logger.ts";
import { readEnvironment } from "../environment.ts";
import { startingFromEnvironment } from "../step-functions.ts";

/** Whoever took a run in has this long to start it, or is called again himself meanwhile. */
const PATIENCE_MS = 5 * 60_000;

/** Called by the clock: starts runs whose execution was never started. @throws when one could not be, for an alarm to tell */
export async function handler(): Promise<void> {
  const log = createLogger(readEnvironment().logLevel, {});
  const ended = await startWhatWasLeft(await startingFromEnvironment(), Date.now() - PATIENCE_MS);
  for (const { runId, error } of ended) {
    if (error === undefined) log.warn({ run_id: runId }, "started what was left");
    else log.error({ run_id: runId, error: shownErrorInfo(recordableError(error)) }, "cannot be started");
  }
  const failed = ended.filter(({ error }) => error !== undefined);
  if (failed.length > 0) throw new Error(`runs that cannot be started: ${failed.map(({ runId }) => runId).join(", ")}`);
}
