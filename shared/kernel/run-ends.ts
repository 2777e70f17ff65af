import type { RunEnd } from "../contracts/event-payloads.ts";
import type { ArtifactRef, RunId, StateId } from "../contracts/ids.ts";
import type { ResumedFrom } from "../contracts/resumption.ts";
import type { Viewed } from "./capabilities/read-back.ts";
import type { Guarded } from "./capabilities/secrets-guard.ts";
import { putDocument } from "./documents.ts";
import type { Flow } from "./flow.ts";
import { planFlow } from "./plan/plan-flow.ts";
import type { DomainEventDraft, EventDraft } from "./recorder.ts";
import type { RunRecord } from "./run/record.ts";
import { stateIdOf } from "./state-ids.ts";

/** What stands before the entry of the stage that opens a run: its start, with its plan. Who submitted it may have requested it. */
export async function openRun({ base, config, flow, view, world }: Guarded & Viewed): Promise<EventDraft[]> {
  const planned = planFlow(flow, config);
  const { state_machine_sha256 } = await world.build(config, flow);
  const skipped = planned.states.flatMap(({ id, skipped_by }) => (skipped_by === undefined ? [] : [[id, skipped_by]]));
  return [
    ...(view.seq === 0 ? [{ kind: "domain", name: "recomp.run.requested" } as const] : []),
    {
      kind: "kernel",
      name: "run_started",
      payload: {
        op_id: flow.name,
        op_version: flow.version,
        state_machine_sha256,
        failure_branch: failureBranchOf(flow),
        manifest: base.ref,
        initial_snapshot: base.ref,
        plan: await putDocument(world.artifacts, "output", planned),
        states: planned.states.map(({ id }) => id),
        skipped: Object.fromEntries(skipped),
      },
    },
    boundary(pathOf(flow), "started"),
  ];
}

/** Where a run comes from, other than from a submission alone, and who carries it out. */
export interface Request {
  readonly parent?: RunId;
  readonly resumedFrom?: ResumedFrom;
  /** In Step Functions. */
  readonly executionArn?: string;
}

/** What stands first in the log of a run that ends before it starts, that comes from another, or that is carried out elsewhere. */
export function requested(
  flow: Flow,
  { parent, resumedFrom, executionArn }: Request = {},
): EventDraft & DomainEventDraft {
  const payload = {
    failure_branch: failureBranchOf(flow),
    ...(parent === undefined ? {} : { parent_run_id: parent }),
    ...(resumedFrom === undefined ? {} : { resumed_from: { ...resumedFrom } }),
    ...(executionArn === undefined ? {} : { execution_arn: executionArn }),
  };
  return { kind: "domain", name: "recomp.run.requested", payload };
}

/** What stands before the entry of the failure branch of a run that never started. */
export function openFailure(flow: Flow, { requestedAt }: Pick<RunRecord, "requestedAt">): EventDraft[] {
  return [...(requestedAt === undefined ? [requested(flow)] : []), boundary(pathOf(flow), "started")];
}

function failureBranchOf({ machine, failureBranch }: Flow): StateId {
  return stateIdOf(machine, failureBranch.name);
}

function pathOf({ machine, name }: Flow): string {
  return `${machine}.${name}`;
}

function boundary(path: string, phase: "started" | "completed"): EventDraft {
  return { kind: "domain", name: "op_boundary", payload: { op_path: path, phase } };
}

/** What stands behind the end of a stage that closes a run. */
export function closeRun(
  flow: Flow,
  { status, rolledBack }: { status: string; rolledBack?: boolean },
  snapshot: ArtifactRef,
): EventDraft[] {
  const payload = { status, final_snapshot: snapshot, ...(rolledBack === true ? { rolled_back: true } : {}) };
  return [boundary(pathOf(flow), "completed"), { kind: "kernel", name: "run_completed", payload }];
}

/** The end of a run that no stage can record. An operation that never began has no end of its own. */
export function endUnrecorded(
  { openOperation }: RunRecord,
  status: Exclude<RunEnd, "completed">,
  why: { readonly error: string; readonly cause: string },
): EventDraft[] {
  const reason = status === "cancelled" ? { reason: "cancelled" } : {};
  return [
    { kind: "domain", name: "recomp.run.completed", payload: { state: "failed", ...reason, ...why } },
    ...(openOperation === undefined ? [] : [boundary(openOperation, "completed")]),
    { kind: "kernel", name: "run_completed", payload: { status } },
  ];
}
