import * as z from "zod";
import { RunId } from "../../shared/contracts/ids.ts";
import { recordableError, shownErrorInfo } from "../../shared/kernel/error-records.ts";
import { freePlaces, startInTurn } from "../../shared/runs/start-elsewhere.ts";
import { createLogger } from "../../shared/telemetry/logger.ts";
import { readEnvironment } from "../environment.ts";
import { startingFromEnvironment } from "../step-functions.ts";

/** Whoever took a run in has this long to start it, or is called again himself meanwhile. */
const PATIENCE_MS = 5 * 60_000;

/** What Step Functions tells of an execution that ended: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
const ExecutionEnded = z.looseObject({
  "detail-type": z.literal("Step Functions Execution Status Change"),
  detail: z.looseObject({ name: z.string() }),
});

/**
 * Called by the clock, and where runs wait for their turn when an execution has ended: starts runs whose execution was never
 * started, as far as there are places. @throws when one could not be, for an alarm to tell
 */
export async function handler(event: unknown): Promise<void> {
  const log = createLogger(readEnvironment().logLevel, {});
  const starting = await startingFromEnvironment();
  const ended = ExecutionEnded.safeParse(event);
  const run = RunId.safeParse(ended.data?.detail.name);
  if (run.success) await starting.starts.givePlace(run.data);
  else if (starting.atOnce !== undefined) await freePlaces(starting);
  const started = await startInTurn(starting, ended.success ? undefined : Date.now() - PATIENCE_MS);
  for (const { runId, error } of started) {
    if (error === undefined) log.warn({ run_id: runId }, "started what was left");
    else log.error({ run_id: runId, error: shownErrorInfo(recordableError(error)) }, "cannot be started");
  }
  const failed = started.filter(({ error }) => error !== undefined);
  if (failed.length > 0) throw new Error(`runs that cannot be started: ${failed.map(({ runId }) => runId).join(", ")}`);
}
