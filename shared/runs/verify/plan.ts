import type { EventEnvelope } from "../../contracts/event.ts";
import { ExecutionPlan } from "../../contracts/execution-plan.ts";
import type { ArtifactRef } from "../../contracts/ids.ts";
import type { RunArtifacts } from "./artifacts.ts";
import { describeEvent } from "./events.ts";
import type { Findings } from "./findings.ts";

/** The plan as an artifact against the one that the events begin with. */
export async function checkPlan(
  events: readonly EventEnvelope[],
  artifacts: RunArtifacts,
  findings: Findings,
): Promise<void> {
  const started = events.find(({ name }) => name === "run_started");
  if (started === undefined) return;
  const { plan, op_id, states, skipped } = started.payload as Record<string, unknown>;
  const document = await artifacts.document(
    { ref: plan as ArtifactRef, in: describeEvent(started), kind: "output" },
    ExecutionPlan,
  );
  if (document === undefined) return;
  const skippedBy = document.states.flatMap(({ id, skipped_by: by }) => (by === undefined ? [] : [[id, by]]));
  const stated = {
    op_id: document.op_id,
    states: document.states.map(({ id }) => id),
    skipped: Object.fromEntries(skippedBy),
  };
  findings.same("plan", `${plan}`, stated, { op_id, states, skipped });
}
