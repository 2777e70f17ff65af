import type { RunId } from "../contracts/ids.ts";
import type { Submission } from "../contracts/submission.ts";
import { RunFold } from "../kernel/run/fold.ts";
import type { RunRecord } from "../kernel/run/record.ts";
import type { Stores } from "../stores/ports.ts";

/** A run's submission, and its log folded up. @throws NotFoundError, CorruptionError, IllegalTransition */
export async function readRun(
  stores: Pick<Stores, "runs" | "events">,
  runId: RunId,
): Promise<{ submission: Submission; record: RunRecord }> {
  const { submission } = await stores.runs.get(runId);
  const fold = new RunFold();
  for await (const event of stores.events.read(runId)) fold.take(event);
  return { submission: submission as unknown as Submission, record: fold.record };
}
