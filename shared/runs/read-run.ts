import type { RunId } from "../contracts/ids.ts";
import type { Submission } from "../contracts/submission.ts";
import { foldLog } from "../kernel/run/fold.ts";
import type { RunRecord } from "../kernel/run/record.ts";
import type { Stores } from "../stores/ports.ts";

/** A run's submission, and its log folded up. @throws NotFoundError, CorruptionError, IllegalTransition */
export async function readRun(
  stores: Pick<Stores, "runs" | "events">,
  runId: RunId,
): Promise<{ submission: Submission; record: RunRecord }> {
  const submission = await readSubmission(stores, runId);
  return { submission, record: (await foldLog(stores.events.read(runId))).record };
}

/** @throws NotFoundError, CorruptionError */
export async function readSubmission({ runs }: Pick<Stores, "runs">, runId: RunId): Promise<Submission> {
  return (await runs.get(runId)).submission as unknown as Submission;
}
