import type { HistoryEvent } from "../asl/index.ts";
import type { ArtifactRef, PrincipalId, RunId } from "../contracts/ids.ts";
import { type RunConfig, WaitingGate } from "../contracts/run-config.ts";
import type { DecisionSignature } from "../contracts/signature.ts";
import type { Submission } from "../contracts/submission.ts";
import { systemWallClock } from "../kernel/clock.ts";
import { GateRefusal, GateRejected, IllegalTransition } from "../kernel/errors.ts";
import { createRecorder, type EventDraft } from "../kernel/recorder.ts";
import { ownRunLog } from "../kernel/run/own-log.ts";
import { type GateRecord, openGate, type RunRecord } from "../kernel/run/record.ts";
import { expectGuardedConfig } from "../kernel/run-configs.ts";

import type { RunLog } from "../kernel/world.ts";
import type { Stores } from "../stores/ports.ts";
import { readRun } from "./read-run.ts";
import { signDecision } from "./signing/decisions.ts";
import type { SigningKey } from "./signing/keys.ts";

/** What a person decided at a gate. */
export interface Decision {
  readonly gate: string;
  readonly decision: "approved" | "rejected" | "overridden";
  readonly reason: string;
  readonly by: PrincipalId;
  /** Signs the decision; without one, who decides is merely said. */
  readonly key?: SigningKey;
}

/** The same as a run's log has it, or will. */
export interface TakenDecision extends Pick<Decision, "decision" | "reason" | "by"> {
  readonly signature?: DecisionSignature;
}

/** What the task that waits at a gate ends with. */
export type GateAnswer =
  | { readonly output: { readonly decision: string; readonly by: PrincipalId; readonly reason: string } }
  | { readonly error: string; readonly cause: string };

export interface DecidedGate {
  readonly gate: GateRecord;
  /** Where Step Functions runs the state machine: the token for SendTaskSuccess or SendTaskFailure. */
  readonly waitingTask: string | undefined;
  readonly answer: GateAnswer;
}

/**
 * Records a decision at the gate a run is blocked at. It takes no lease of its own: of two who decide at once, the log takes
 * one. Where this process carries the run out, the decision goes through its log. Where another does, it depends on the
 * store: on a disk, the holder of the lease is the only one who appends, and this is refused. The run goes on when the task that waits is told the answer: by whoever called this
 * or, where an interpreter of ours runs it, when it is next executed.
 * @throws {GateRefusal} when the run is not blocked at this gate, the decision is not one for it, the principal may not
 *   decide, or another decided meanwhile
 * @throws {SecretRefused} when the reason holds a secret
 * @throws LeaseHeldError where the store lets nobody append but the process that holds the run; nothing is written then
 */
export async function decideGate(
  stores: Stores,
  runId: RunId,
  decision: Decision,
  environment: (name: string) => string | undefined,
): Promise<DecidedGate> {
  const { submission, record } = await readRun(stores, runId);
  const source = { artifacts: stores.artifacts, environment };
  const { config, guard } = await expectGuardedConfig(source, submission.config_manifest);
  const gate = expectDecidable(submission, record, config, decision);
  const log = ownRunLog(stores);
  const recorder = createRecorder({
    log,
    runId,
    actor: decision.by,
    attempt: 0,
    clock: systemWallClock,
    guard: guard.refuse,
  });
  try {
    await recorder.record(decisionEvent(gate, signed(runId, gate, decision)));
  } catch (error) {
    throw error instanceof IllegalTransition ? await tooLate(log, runId, decision, error) : error;
  }
  const { decision: state, by, reason } = decision;
  return { gate, waitingTask: gate.waitingTask, answer: answerOf({ gate: gate.gate, state, by, reason }) };
}

/** What the waiting task ends with: the decision, or a rejection as an error. */
export function answerOf({
  gate,
  state,
  by,
  reason,
}: {
  readonly gate: string;
  readonly state: string;
  readonly by: PrincipalId;
  readonly reason: string;
}): GateAnswer {
  if (state !== "rejected") return { output: { decision: state, by, reason } };
  const rejected = new GateRejected(gate, by, reason);
  return { error: rejected.name, cause: rejected.message };
}

/** The log has moved since the run was looked at, and does not take the decision any more. */
async function tooLate(log: RunLog, runId: RunId, { gate: name }: Decision, cause: unknown): Promise<GateRefusal> {
  const { record } = await log.run(runId);
  const gate = record.gates.get(name);
  const found = gate?.by === undefined ? `it is ${record.phase}` : `${gate.by} was first: ${gate.state}`;
  return new GateRefusal(`run ${runId}: gate ${name} waits no longer; ${found}`, { cause });
}

/** The event that records a decision. */
export function decisionEvent(gate: GateRecord, { decision, reason, by, signature }: TakenDecision): EventDraft {
  const name = WaitingGate.parse(gate.gate);
  const signed = signature === undefined ? {} : { signature };
  if (decision !== "overridden") {
    return { kind: "domain", name: "recomp.gate.decided", payload: { gate: name, decision, reason, by, ...signed } };
  }
  const evidence = evidenceOf(gate, decision) as string;
  return {
    kind: "domain",
    name: "recomp.gate.override_applied",
    payload: { gate: name, reason, by, evidence, ...signed },
  };
}

/** Signs the gate as the log will have it. */
function signed(runId: RunId, gate: GateRecord, { decision, reason, by, key }: Decision): TakenDecision {
  if (key === undefined) return { decision, reason, by };
  const evidence = evidenceOf(gate, decision);
  const decided = { ...gate, state: decision, reason, by, ...(evidence === undefined ? {} : { evidence }) };
  return { decision, reason, by, signature: signDecision(runId, decided, key) };
}

function evidenceOf(gate: GateRecord, decision: Decision["decision"]): ArtifactRef | undefined {
  return decision === "overridden" ? (gate.evidence ?? gate.subject) : gate.evidence;
}

function expectDecidable(
  { run_id }: Submission,
  record: RunRecord,
  { gates }: RunConfig,
  { gate: name, decision, by }: Decision,
): GateRecord {
  const open = openGate(record);
  if (open === undefined) throw new GateRefusal(`run ${run_id} waits at no gate; it is ${record.phase}`);
  if (open.gate !== name)
    throw new GateRefusal(`run ${run_id}: expected gate ${open.gate}, at which it waits, found ${name}`);
  if (decision === "approved" && open.kind === "override") {
    throw new GateRefusal(`gate ${name} has failed and cannot be approved; override it, or reject it`);
  }
  if (decision === "overridden" && open.kind === "manual") {
    throw new GateRefusal(`gate ${name} waits for approval and is not overridden; approve it, or reject it`);
  }
  if (gates.approvers.length > 0 && !gates.approvers.includes(by)) {
    throw new GateRefusal(
      `gate ${name}: expected one of the approvers ${gates.approvers.join(", ")} (config manifest, run.gates.approvers), found ${by}`,
    );
  }
  return open;
}

/** The gate a waiting task belongs to: a run waits at one at a time, the one opened last. */
export function gateOpenedLast(record: RunRecord): GateRecord | undefined {
  const opened = [...record.gates.values()].filter(({ openedAt }) => openedAt !== undefined);
  return opened.sort((a, b) => ((a.openedAt ?? "") < (b.openedAt ?? "") ? -1 : 1)).at(-1);
}

/** Follows a history for the token of the task that waits for a person. */
export class WaitingTask {
  #scheduled: string | undefined;
  #token: string | undefined;

  /** Undefined when none waits. */
  get token(): string | undefined {
    return this.#token;
  }

  take(events: readonly HistoryEvent[]): void {
    for (const event of events) {
      if (event.type === "TaskScheduled")
        this.#scheduled = tokenIn(String(event.taskScheduledEventDetails?.parameters ?? "{}"));
      if (event.type === "TaskSubmitted") this.#token = this.#scheduled;
      if (["TaskSucceeded", "TaskFailed", "TaskTimedOut"].includes(event.type)) this.#token = undefined;
    }
  }
}

function tokenIn(parameters: string): string | undefined {
  const { Payload } = JSON.parse(parameters) as { Payload?: { task_token?: string } };
  return Payload?.task_token;
}
