import type { RunRecord, StepState } from "../kernel/run/record.ts";
import { stageOf } from "../kernel/state-ids.ts";
import { FLOWS } from "../stages/flows.ts";

const PUBLISHING = new Set(
  FLOWS.flatMap(({ stages }) => stages.filter(({ meta }) => meta.publishes === true).map(({ name }) => name)),
);

/** How the step stands that makes the run's bundle available; undefined where the run has none. */
export function publicationOf({ steps }: Pick<RunRecord, "steps">): StepState | undefined {
  return [...steps.values()].findLast(({ stateId }) => PUBLISHING.has(stageOf(stateId)))?.state;
}
