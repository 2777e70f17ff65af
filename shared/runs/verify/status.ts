import type { EventEnvelope } from "../../contracts/event.ts";
import type { Submission } from "../../contracts/submission.ts";
import { RunFold } from "../../kernel/run/fold.ts";
import type { RunRecord } from "../../kernel/run/record.ts";
import { projectStatus } from "../../kernel/run/status.ts";
import { isTerminal } from "../../kernel/run/transitions.ts";
import type { Json } from "../../stores/ports.ts";
import type { Findings } from "./findings.ts";

/**
 * The status record, which the store reads to the byte, against what the log says. While a run is on its way, or was left
 * by a process that died, the record may be that of an earlier event, or not be there yet.
 */
export function checkStatus(
  run: { readonly submission: Submission; readonly record: RunRecord; readonly events: readonly EventEnvelope[] },
  { status, isHeld }: { readonly status: Json | undefined; readonly isHeld: boolean },
  findings: Findings,
): void {
  const expected = projectStatus(run.submission, run.record);
  if (JSON.stringify(status) === JSON.stringify(expected)) return;
  const mayBeBehind = isHeld || !isTerminal(run.record.phase);
  if (mayBeBehind && (status === undefined || isEarlier(run, status))) {
    if (run.events.length > 0)
      findings.notice("status record", "status.json", "it is behind the log; the run can go on");
    return;
  }
  const isOtherwise = !findings.same("status record", "status.json", expected, status);
  if (!isOtherwise) findings.problem("status record", "status.json", "its fields in their order", "another order");
}

function isEarlier(
  { submission, events }: { readonly submission: Submission; readonly events: readonly EventEnvelope[] },
  status: Json,
): boolean {
  const text = JSON.stringify(status);
  const fold = new RunFold();
  return events.some((event) => {
    fold.take(event);
    const isItsTime = (status as { updated_at?: Json } | null)?.updated_at === event.ts;
    return isItsTime && JSON.stringify(projectStatus(submission, fold.record)) === text;
  });
}
