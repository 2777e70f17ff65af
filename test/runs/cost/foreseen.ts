import { expect } from "vitest";
import type { ExecutionResult } from "../../../shared/asl/index.ts";
import { type MapMode, withMaps } from "../../../shared/kernel/map-mode.ts";
import { type Estimate, estimate, type RunSize } from "../../../shared/runs/cost/estimate.ts";
import { likelySeconds } from "../../../shared/runs/cost/seconds.ts";
import { sizeOfRun } from "../../../shared/runs/cost/size-of-run.ts";
import type { SubmissionSource } from "../../../shared/runs/submission-source.ts";
import type { Stores } from "../../../shared/stores/ports.ts";
import { runInProcess } from "../../statemachines/in-process.ts";
import { text } from "../../statemachines/machine.ts";

export const definition = (maps: MapMode) => JSON.parse(withMaps(text, maps)) as unknown;

/** With a gigabyte for each function. */
export function foresee(size: RunSize, maps: MapMode): Estimate {
  return estimate(definition(maps), size, maps, { memoryGb: () => 1, seconds: likelySeconds(size) });
}

/** Stores that count what is asked of them. */
function counting() {
  const counted = { s3_writes: 0, s3_reads: 0, appends: 0, log_reads: 0 };
  const storesOf = (stores: Stores): Stores => ({
    ...stores,
    artifacts: {
      ...stores.artifacts,
      put(...words) {
        counted.s3_writes++;
        return stores.artifacts.put(...words);
      },
      get(...words) {
        counted.s3_reads++;
        return stores.artifacts.get(...words);
      },
    },
    events: {
      ...stores.events,
      append(...words) {
        counted.appends++;
        return stores.events.append(...words);
      },
      read(...words) {
        counted.log_reads++;
        return stores.events.read(...words);
      },
    },
  });
  return { counted, storesOf };
}

const entered = ({ history }: ExecutionResult) => history.filter(({ type }) => type.endsWith("StateEntered")).length;

/** Carries a run out, and holds what was foreseen of it against what its interpreter, its stages and its stores did: exactly. */
export async function expectForeseen(source: SubmissionSource, size: RunSize, maps: MapMode): Promise<void> {
  const { counted, storesOf } = counting();
  const { runId, result, record, stores } = await runInProcess(source, { maps, storesOf });
  expect(record.phase).toBe("succeeded");
  expect(await sizeOfRun(stores, runId)).toMatchObject(size);
  const { step_functions, lambda, stores: asked } = foresee(size, maps);
  expect(asked).toMatchObject(counted);
  expect(lambda.requests).toBe(record.attemptCount);
  // Children have histories of their own, with one state each.
  expect(step_functions).toMatchObject({
    transitions: entered(result) + step_functions.child_executions,
    history_events: result.history.length,
    child_executions: maps === "distributed" ? 2 * size.shards : 0,
  });
}
