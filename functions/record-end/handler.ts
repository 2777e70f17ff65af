import * as z from "zod";
import { RunId } from "../../shared/contracts/ids.ts";
import { attemptStage } from "../../shared/kernel/attempt.ts";
import { isTerminal } from "../../shared/kernel/run/transitions.ts";
import { flowOfRun } from "../../shared/runs/flow-of-run.ts";
import { readSubmission } from "../../shared/runs/read-run.ts";
import { say } from "../../shared/runs/say.ts";
import { recordFailure } from "../../shared/stages/record-failure.ts";
import { connectFromEnvironment, storesFromEnvironment } from "../connection.ts";

/** What Step Functions tells of an execution that ended: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
const StatusChange = z.looseObject({
  detail: z.looseObject({
    name: z.string(),
    status: z.enum(["FAILED", "TIMED_OUT", "ABORTED"]),
    error: z.string().nullish(),
    cause: z.string().nullish(),
  }),
});

/**
 * Called when an execution ended without success. One whose failure branch ran has recorded that; of one that was stopped, or
 * whose failure branch failed, it is recorded here, and what the run did is taken back.
 */
export async function handler(event: unknown): Promise<void> {
  const { name, status, error, cause } = StatusChange.parse(event).detail;
  const run = RunId.safeParse(name);
  const stores = await storesFromEnvironment();
  // Somebody else's, whom this state machine was let be started by.
  if (!run.success || !(await stores.runs.has(run.data))) return;
  const world = await connectFromEnvironment();
  const { record } = await world.log.run(run.data);
  if (isTerminal(record.phase)) return;
  const flow = await flowOfRun(stores, run.data);
  const submission = await readSubmission(stores, run.data);
  const wanted = status === "ABORTED" ? await stores.cancellations.find(run.data) : undefined;
  if (wanted !== undefined && record.cancellation === undefined) {
    const { by, reason } = wanted;
    await say(stores, submission, { name: "recomp.run.cancel_requested", payload: { by, reason } });
  }
  const Cause = cause ?? `the execution ended as ${status} without a record of its own`;
  const call = { run_id: run.data, flow: flow.name, attempt: 0, config: submission.config_manifest };
  await attemptStage(recordFailure, { ...call, input: { error: { Error: error ?? ENDED[status], Cause } } }, world);
}

const ENDED = { FAILED: "States.TaskFailed", TIMED_OUT: "States.Timeout", ABORTED: "ExecutionAborted" } as const;
