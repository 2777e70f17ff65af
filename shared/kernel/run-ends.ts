import type { ArtifactRef } from "../contracts/ids.ts";
import type { Viewed } from "./capabilities/read-back.ts";
import type { Guarded } from "./capabilities/secrets-guard.ts";
import { putDocument } from "./documents.ts";
import type { Flow } from "./flow.ts";
import { planFlow } from "./plan/plan-flow.ts";
import type { Statement } from "./recorder.ts";
import { stateIdOf } from "./state-ids.ts";

/** What stands before the entry of the stage that opens a run: its start, with its plan. */
export async function openRun({ base, config, flow, world }: Guarded & Viewed): Promise<Statement[]> {
  const planned = planFlow(flow, config);
  const { state_machine_sha256 } = await world.build(config, flow);
  const skipped = planned.states.flatMap(({ id, skipped_by }) => (skipped_by === undefined ? [] : [[id, skipped_by]]));
  return [
    { kind: "domain", name: "recomp.run.requested" },
    {
      kind: "kernel",
      name: "run_started",
      payload: {
        op_id: flow.name,
        op_version: flow.version,
        state_machine_sha256,
        failure_branch: stateIdOf(flow.machine, flow.failureBranch.name),
        manifest: base.ref,
        initial_snapshot: base.ref,
        plan: await putDocument(world.artifacts, "output", planned),
        states: planned.states.map(({ id }) => id),
        skipped: Object.fromEntries(skipped),
      },
    },
    boundary(flow, "started"),
  ];
}

function boundary({ machine, name }: Flow, phase: "started" | "completed"): Statement {
  return { kind: "domain", name: "op_boundary", payload: { op_path: `${machine}.${name}`, phase } };
}

/** What stands behind the end of a stage that closes a run. */
export function closeRun(
  flow: Flow,
  { status, rolledBack }: { status: string; rolledBack?: boolean },
  snapshot: ArtifactRef,
): Statement[] {
  const payload = { status, final_snapshot: snapshot, ...(rolledBack === true ? { rolled_back: true } : {}) };
  return [boundary(flow, "completed"), { kind: "kernel", name: "run_completed", payload }];
}
