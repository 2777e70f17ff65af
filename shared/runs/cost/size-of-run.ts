import type { RunId } from "../../contracts/ids.ts";
import { IntakeOutput, PlanOutput } from "../../contracts/stages.ts";
import { contextOf, readContext } from "../../kernel/context.ts";
import { stageOf } from "../../kernel/state-ids.ts";
import type { Stores } from "../../stores/ports.ts";
import { readRun } from "../read-run.ts";
import type { RunSize } from "./estimate.ts";

export interface MeasuredSize extends RunSize {
  /** Seconds that a call of each stage took that has completed, in the middle, where the run was carried out. */
  readonly seconds: Readonly<Record<string, number>>;
}

/**
 * How large a run is, and how long its stages took.
 * @throws {ContractInputMissing} for a run that has not made its plan yet
 */
export async function sizeOfRun(
  stores: Pick<Stores, "runs" | "events" | "artifacts">,
  runId: RunId,
): Promise<MeasuredSize> {
  const { record } = await readRun(stores, runId);
  const context = readContext(stores.artifacts, contextOf(runId, record));
  const { route } = await context.read("intake", IntakeOutput);
  const { functions, shards } = await context.read("plan", PlanOutput);
  const taken = new Map<string, number[]>();
  for (const { stateId, state, enteredAt, endedAt } of record.steps.values()) {
    if (state !== "succeeded" || enteredAt === undefined || endedAt === undefined) continue;
    const seconds = (Date.parse(endedAt) - Date.parse(enteredAt)) / 1_000;
    taken.set(stageOf(stateId), [...(taken.get(stageOf(stateId)) ?? []), seconds]);
  }
  const middle = (seconds: readonly number[]) => seconds.reduce((sum, each) => sum + each, 0) / seconds.length;
  return {
    functions,
    shards: shards.length,
    route,
    seconds: Object.fromEntries([...taken].map(([stage, seconds]) => [stage, middle(seconds)])),
  };
}
