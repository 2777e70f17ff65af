/** A process in which attempts are made, and from which stores are looked at, one job after the other. */

import { type AttemptJob, type AttemptReport, attempt } from "./attempt.ts";
import { type Inspection, inspect } from "./inspect.ts";

export type Job =
  | { readonly kind: "attempt"; readonly attempt: AttemptJob }
  | { readonly kind: "inspect"; readonly store: string; readonly runId: AttemptJob["runId"] };

export type JobResult =
  | { readonly kind: "attempt"; readonly report: AttemptReport }
  | { readonly kind: "inspect"; readonly inspection: Inspection };

process.on("message", (job: Job) => {
  void work(job).then((result) => process.send?.(result));
});

async function work(job: Job): Promise<JobResult> {
  if (job.kind === "attempt") return { kind: "attempt", report: await attempt(job.attempt) };
  return { kind: "inspect", inspection: await inspect(job.store, job.runId) };
}
