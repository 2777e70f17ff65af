import type { Submission } from "../contracts/submission.ts";
import { systemClock } from "../kernel/clock.ts";
import { createRecorder, type Statement } from "../kernel/recorder.ts";
import { ownRunLog } from "../kernel/run/own-log.ts";
import { secretsGuard } from "../kernel/secrets-guard.ts";
import type { Stores } from "../stores/ports.ts";

/** Says something of a run beside whoever carries it out, in the name of who asked for the run. */
export async function say(
  stores: Stores,
  { run_id, requested_by }: Submission,
  statement: Omit<Statement, "kind">,
): Promise<void> {
  const recorder = createRecorder({
    log: ownRunLog(stores),
    runId: run_id,
    actor: requested_by,
    attempt: 0,
    clock: systemClock,
    guard: secretsGuard([]).refuse,
  });
  await recorder.record({ ...statement, kind: "domain" });
}
