import { RecordFailureInput, RecordFailureOutput } from "../contracts/stages.ts";
import { errorInfoFromLambda } from "../kernel/error-records.ts";
import { RunCancelled, toErrorInfo } from "../kernel/errors.ts";
import type { EventDraft } from "../kernel/recorder.ts";
import type { RunRecord, StepRecord } from "../kernel/run/record.ts";
import { defineStage, type Stage, type StageContext } from "../kernel/stage.ts";
import { stageOf } from "../kernel/state-ids.ts";
import { declared, type StageWith } from "./declarations.ts";
import { publish } from "./publish.ts";

/** Stages whose effects can be taken back. */
const COMPENSABLE: { readonly [Name in StageWith<"isCompensable">]: Stage } = { publish: publish as unknown as Stage };

/**
 * The end of a run that failed or is being cancelled: takes back what its stages did to the world, the last first, and says
 * with which error it ended. The run is rolled back where there was something to take back and all of it was.
 */
export function failureBranch(compensable: ReadonlyMap<string, Stage>) {
  return defineStage({
    ...declared("record_failure"),
    input: RecordFailureInput,
    output: RecordFailureOutput,
    closesRun: ({ state, compensated, not_compensated }) => ({
      status: state === "cancelled" ? "cancelled" : "failed",
      rolledBack: compensated > 0 && not_compensated === 0,
    }),
    async run({ error }, context) {
      const { record } = await context.run();
      const { compensated, failed } = await compensateAll(record, context, compensable);
      const why = whyItEnds(record, error);
      const isCancelled = record.cancellation !== undefined;
      context.emit({
        name: "recomp.run.completed",
        payload: { state: "failed", ...(isCancelled ? { reason: "cancelled" } : {}), ...why },
      });
      const isRolledBack = compensated > 0 && failed === 0;
      return {
        state: isCancelled ? "cancelled" : isRolledBack ? "rolled_back" : "failed",
        ...why,
        compensated,
        not_compensated: failed,
      } as const;
    },
  });
}

/** A run that is being cancelled ends for that, whatever else went wrong before. */
function whyItEnds(record: RunRecord, { Error: name, Cause }: { Error: string; Cause: string }) {
  if (record.cancellation !== undefined) {
    const cancelled = new RunCancelled(record.cancellation);
    return { error: cancelled.name, cause: cancelled.message };
  }
  return (
    (name === OF_CHILDREN ? ofShard(record) : undefined) ?? {
      error: name,
      cause: errorInfoFromLambda(name, Cause).message,
    }
  );
}

/** As a Distributed Map fails, whatever a child of it failed with. */
const OF_CHILDREN = "States.ExceedToleratedFailureThreshold";

/** What the shard that failed first has recorded of that; or which ended without a record of their own. */
function ofShard({ steps, failureBranch }: RunRecord): { readonly error: string; readonly cause: string } | undefined {
  const failed = [...steps.values()].filter(({ state, error }) => state === "failed" && error !== undefined);
  const [first] = failed.sort((a, b) => (a.endedSeq ?? 0) - (b.endedSeq ?? 0));
  if (first?.error !== undefined) return { error: first.error.name, cause: first.error.message };
  const lost = [...steps.values()].flatMap(({ stateId, state }) =>
    state === "running" && stateId !== failureBranch ? [stateId] : [],
  );
  if (lost.length === 0) return undefined;
  return { error: OF_CHILDREN, cause: `${lost.join(", ")} ended without a record of what kept it` };
}

export const recordFailure = failureBranch(new Map(Object.entries(COMPENSABLE)));

/** Each outcome is written at once, so that a crash half-way does not take anything back twice. */
async function compensateAll(
  record: RunRecord,
  context: StageContext,
  compensable: ReadonlyMap<string, Stage>,
): Promise<{ compensated: number; failed: number }> {
  let compensated = [...record.steps.values()].filter(({ state }) => state === "compensated").length;
  let failed = 0;
  for (const step of enteredInReverse(record)) {
    const stage = compensable.get(stageOf(step.stateId));
    if (stage === undefined) continue;
    const payload = { state_id: step.stateId };
    try {
      await context.compensate(step, stage);
    } catch (thrown) {
      failed++;
      const error = toErrorInfo(thrown) as NonNullable<EventDraft["payload"]>[string];
      context.log.error({ ...payload, error }, "compensation failed");
      await context.record({ name: "recomp.state.compensation_failed", payload: { ...payload, error } });
      continue;
    }
    await context.record({ name: "recomp.state.compensated", payload });
    compensated++;
  }
  return { compensated, failed };
}

/** What did not complete may have done half of its work. */
function enteredInReverse(record: RunRecord): StepRecord[] {
  const entered = [...record.steps.values()].filter(({ state }) => ["succeeded", "failed", "running"].includes(state));
  const endOf = ({ endedSeq }: StepRecord) => endedSeq ?? Number.MAX_SAFE_INTEGER;
  return entered.reverse().sort((a, b) => endOf(b) - endOf(a));
}
