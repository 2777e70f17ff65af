import type { Submission } from "../contracts/submission.ts";
import { systemWallClock } from "../kernel/clock.ts";
import { createRecorder, type DomainEventDraft } from "../kernel/recorder.ts";
import { ownRunLog } from "../kernel/run/own-log.ts";
import { createGuard } from "../kernel/secrets-guard.ts";
import type { Stores } from "../stores/ports.ts";

/** Says something of a run beside whoever carries it out, in the name of who asked for the run. */
export async function say(
  stores: Stores,
  { run_id, requested_by }: Submission,
  draft: DomainEventDraft,
): Promise<void> {
  const recorder = createRecorder({
    log: ownRunLog(stores),
    runId: run_id,
    actor: requested_by,
    attempt: 0,
    clock: systemWallClock,
    guard: createGuard([]).refuse,
  });
  await recorder.record({ ...draft, kind: "domain" });
}
