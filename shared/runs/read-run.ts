import type { EventEnvelope } from "../contracts/event.ts";
import type { RunId } from "../contracts/ids.ts";
import type { Submission } from "../contracts/submission.ts";
import { foldLog } from "../kernel/run/fold.ts";
import type { RunRecord } from "../kernel/run/record.ts";
import type { Stores } from "../stores/ports.ts";

/**
 * A run's submission, and its log folded up.
 * @param onEvent told of each event on the way
 * @throws NotFoundError, CorruptionError, IllegalTransition
 */
export async function readRun(
  stores: Pick<Stores, "runs" | "events">,
  runId: RunId,
  onEvent?: (event: EventEnvelope) => void,
): Promise<{ submission: Submission; record: RunRecord }> {
  const submission = await readSubmission(stores, runId);
  return { submission, record: (await foldLog(told(stores.events.read(runId), onEvent))).record };
}

async function* told(events: AsyncIterable<EventEnvelope>, onEvent: ((event: EventEnvelope) => void) | undefined) {
  for await (const event of events) {
    onEvent?.(event);
    yield event;
  }
}

/** @throws NotFoundError, CorruptionError */
export async function readSubmission({ runs }: Pick<Stores, "runs">, runId: RunId): Promise<Submission> {
  return (await runs.get(runId)).submission as unknown as Submission;
}
