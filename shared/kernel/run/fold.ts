import type { ErrorInfo } from "../../contracts/error-info.ts";
import type { SequencedEvent } from "../../contracts/event.ts";
import type { FactIndexEntry } from "../../contracts/facts.ts";
import type { ArtifactRef, OpPath, PrincipalId, RunId, StateId } from "../../contracts/ids.ts";
import type { Warning } from "../../telemetry/stage-telemetry.ts";
import { stageOf } from "../state-ids.ts";
import { nextChild } from "./children.ts";
import { nextGate } from "./gates.ts";
import { oneOf, requestOf, startOf, textOf } from "./payload.ts";
import { isTemplate, plannedStateOf } from "./planned.ts";
import type { ChildRun, Escalation, GateRecord, RunRecord, StepRecord } from "./record.ts";
import { endingOf } from "./run-end.ts";
import { CANCELLING, guardEnd, guardRun, guardStep, illegal, isTerminal } from "./transitions.ts";
import { validationOf } from "./validation.ts";

/** The failure branch of a log that names none: of one with nothing in it yet, or of before logs named it. */
export const UNNAMED_FAILURE_BRANCH = "run_lifecycle.record_failure.main" as StateId;

/** A log may have 100,000 events: what changes is changed in place. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Folds a run's log, event by event, in constant time each. The record is a live view: it changes with every event.
 * Nothing but the events goes in.
 */
export class RunFold {
  readonly #steps = new Map<string, Mutable<StepRecord>>();
  readonly #gates = new Map<string, GateRecord>();
  readonly #facts: FactIndexEntry[] = [];
  readonly #children = new Map<string, ChildRun>();
  readonly #escalations: Escalation[] = [];
  readonly #compensationFailures: StateId[] = [];
  readonly #artifacts = new Set<ArtifactRef>();
  readonly #roles = new Map<string, ArtifactRef>();
  /** Planned ids that stand for others. */
  readonly #templates = new Set<StateId>();
  /** By template: the round that was entered last, and how many of its states are running. */
  readonly #rounds = new Map<StateId, { readonly round: number; running: number }>();
  #running = 0;
  #completed = 0;
  readonly #record: Mutable<RunRecord> = {
    phase: "created",
    planned: [],
    failureBranch: UNNAMED_FAILURE_BRANCH,
    steps: this.#steps,
    gates: this.#gates,
    facts: this.#facts,
    children: this.#children,
    escalations: this.#escalations,
    compensationFailures: this.#compensationFailures,
    artifacts: this.#artifacts,
    roles: this.#roles,
    attemptCount: 0,
    currentStage: "none",
    seq: 0,
  };

  get record(): RunRecord {
    return this.#record;
  }

  /** A fold that is where this one is, and goes its own way from there. */
  copy(): RunFold {
    const twin = new RunFold();
    const { steps, gates, facts, children, escalations, compensationFailures, artifacts, roles, ...rest } =
      this.#record;
    Object.assign(twin.#record, rest);
    for (const [id, step] of steps) twin.#steps.set(id, { ...step });
    for (const [name, gate] of gates) twin.#gates.set(name, gate);
    for (const [id, child] of children) twin.#children.set(id, child);
    for (const [role, ref] of roles) twin.#roles.set(role, ref);
    for (const ref of artifacts) twin.#artifacts.add(ref);
    for (const fact of facts) twin.#facts.push(fact);
    twin.#escalations.push(...escalations);
    twin.#compensationFailures.push(...compensationFailures);
    for (const id of this.#templates) twin.#templates.add(id);
    for (const [id, counted] of this.#rounds) twin.#rounds.set(id, { ...counted });
    twin.#running = this.#running;
    twin.#completed = this.#completed;
    return twin;
  }

  /**
   * Takes the next event in. After a throw the fold is as it was before.
   * @throws {IllegalTransition} when the log asks for what the run's state machine does not allow
   */
  take(event: SequencedEvent): void {
    if (event.kind === "kernel") this.#takeKernelEvent(event);
    else this.#takeDomainEvent(event);
    this.#record.seq = event.seq;
    this.#record.updatedAt = event.ts;
  }

  #takeKernelEvent(event: SequencedEvent): void {
    switch (event.name) {
      case "run_started":
        this.#start(event);
        return;
      case "state_entered":
        this.#enter(event);
        return;
      case "state_completed":
        this.#complete(event);
        return;
      case "state_failed":
        this.#fail(event);
        return;
      case "run_completed":
        this.#end(event);
        return;
      default:
        throw illegal(event, this.#record.phase, `unknown kernel event ${event.name}`);
    }
  }

  #start(event: SequencedEvent): void {
    const { phase, startedAt, cancellation } = this.#record;
    if (phase !== "created" || startedAt !== undefined) throw illegal(event, phase, "run_started");
    if (cancellation !== undefined) throw illegal(event, CANCELLING, "run_started");
    if (this.#steps.size > 0) throw illegal(event, "states entered", "run_started");
    const { states, skipped, ...flow } = startOf(event);
    for (const stateId of states) {
      const tag = skipped.get(stateId);
      if (isTemplate(stateId)) this.#templates.add(stateId);
      this.#steps.set(stateId, {
        stateId,
        state: tag === undefined ? "pending" : "skipped",
        entries: 0,
        attempt: 0,
        ...(tag === undefined ? {} : { skippedBy: tag }),
      });
    }
    Object.assign(this.#record, flow);
    this.#record.planned = states;
    this.#record.startedAt = event.ts;
    if (event.payload.plan !== undefined) this.#record.plan = event.payload.plan as ArtifactRef;
  }

  #enter(event: SequencedEvent): void {
    const stateId = textOf(event, "state_id") as StateId;
    const { phase, failureBranch, cancellation } = this.#record;
    if (isTerminal(phase)) throw illegal(event, phase, `${stateId} entered`);
    const before = this.#steps.get(stateId);
    const { planned, round } = plannedStateOf(stateId);
    const isMember = this.#templates.has(planned);
    const isOpening = this.#isOpening(stateId);
    if (stateId !== failureBranch) {
      if (cancellation !== undefined) throw illegal(event, CANCELLING, `${stateId} entered`);
      const isPlanned = isMember ? planned !== stateId : before !== undefined;
      if (!isPlanned) throw illegal(event, phase, `${stateId}, which is not planned`);
      if (phase === "blocked") throw illegal(event, phase, `${stateId} entered`);
      if (phase === "created" && !isOpening) throw illegal(event, phase, `${stateId} before preflight`);
    }
    guardStep((before ?? this.#steps.get(planned))?.state ?? "pending", "running", event);
    if (isMember && round !== undefined) this.#expectRound(event, planned, round);
    const idempotencyKey = this.#keyOfEntry(event, before);
    const leavesPreflight = phase === "preflight_validated" && !isOpening && stateId !== failureBranch;
    const next = leavesPreflight ? guardRun(phase, "executing", event) : phase;
    if (isMember) this.#steps.delete(planned);
    if (before?.state !== "running") {
      this.#running++;
      if (isMember && round !== undefined) this.#countRound(planned, round);
    }
    this.#steps.set(stateId, {
      stateId,
      state: "running",
      entries: (before?.entries ?? 0) + 1,
      attempt: event.attempt,
      enteredAt: event.ts,
      enteredSeq: before?.enteredSeq ?? event.seq,
      baseSnapshot: event.payload.base_snapshot as ArtifactRef,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
    this.#record.phase = next;
    this.#record.attemptCount++;
    this.#record.currentStage = stageOf(stateId);
  }

  /** What was done under one key is not done again under another; an entry whose input is none has no key of its own. */
  #keyOfEntry(event: SequencedEvent, before: StepRecord | undefined): string | undefined {
    if (event.payload.idempotency_key === undefined) return before?.idempotencyKey;
    const key = textOf(event, "idempotency_key");
    if (before?.idempotencyKey === undefined || before.idempotencyKey === key) return key;
    throw illegal(event, `idempotency key ${before.idempotencyKey}`, key);
  }

  /** When the first planned state completes, the run has passed preflight. */
  #isOpening(stateId: StateId): boolean {
    return stateId === this.#record.planned[0];
  }

  /** Rounds of a loop come one after the other: the next once nothing of this one is under way, and then never back. */
  #expectRound(event: SequencedEvent, planned: StateId, round: number): void {
    const { round: current, running } = this.#rounds.get(planned) ?? { round: 0, running: 0 };
    if (round === current || (round === current + 1 && running === 0)) return;
    throw illegal(event, `round ${current} of ${planned}${running > 0 ? ", which is running" : ""}`, `round ${round}`);
  }

  #countRound(planned: StateId, round: number): void {
    const counted = this.#rounds.get(planned);
    if (counted?.round === round) counted.running++;
    else this.#rounds.set(planned, { round, running: 1 });
  }

  #complete(event: SequencedEvent): void {
    const step = this.#entered(event);
    guardEnd(step, "succeeded", event);
    const { phase } = this.#record;
    const next = this.#isOpening(step.stateId) ? guardRun(phase, "preflight_validated", event) : phase;
    const reusedFrom = event.payload.reused_from === undefined ? undefined : (textOf(event, "reused_from") as RunId);
    this.#finish(step, "succeeded", event);
    step.snapshot = event.payload.context_snapshot as ArtifactRef;
    if (reusedFrom !== undefined) step.reusedFrom = reusedFrom;
    step.completedAs = ++this.#completed;
    this.#record.phase = next;
  }

  #fail(event: SequencedEvent): void {
    const step = this.#entered(event);
    guardEnd(step, "failed", event);
    this.#finish(step, "failed", event);
    step.error = event.payload.error as unknown as ErrorInfo;
  }

  #finish(step: Mutable<StepRecord>, state: "succeeded" | "failed", event: SequencedEvent): void {
    this.#stop(step.stateId);
    step.state = state;
    step.endedAt = event.ts;
    step.endedSeq = event.seq;
  }

  #stop(stateId: StateId): void {
    this.#running--;
    if (this.#rounds.size === 0) return;
    const counted = this.#rounds.get(plannedStateOf(stateId).planned);
    if (counted !== undefined) counted.running--;
  }

  #entered(event: SequencedEvent): Mutable<StepRecord> {
    const stateId = textOf(event, "state_id");
    const step = this.#steps.get(stateId);
    if (step === undefined) throw illegal(event, this.#record.phase, `${stateId} ends, but was never entered`);
    if (isTerminal(this.#record.phase)) throw illegal(event, this.#record.phase, `${stateId} ends after the run`);
    return step;
  }

  #end(event: SequencedEvent): void {
    const { phase, isRolledBack, skippedBy } = endingOf(this.#record, this.#running, event);
    for (const step of this.#steps.values()) {
      if (step.state === "running") {
        // Nobody will end it any more: the run failed, or was cancelled, beside it.
        step.state = "failed";
        step.endedAt = event.ts;
      } else if (step.state === "pending") {
        step.state = "skipped";
        step.skippedBy = skippedBy;
      }
    }
    this.#record.phase = phase;
    if (isRolledBack) this.#record.isRolledBack = true;
  }

  #takeDomainEvent(event: SequencedEvent): void {
    const { payload, payload_ref: ref } = event;
    switch (event.name) {
      case "recomp.artifact.emitted":
        this.#expectGoing(event);
        if (ref === undefined) return;
        this.#roles.set(textOf(event, "role"), ref);
        this.#artifacts.add(ref);
        return;
      case "fact_recorded":
        this.#expectGoing(event);
        if (ref !== undefined) this.#facts.push(factOf(event, ref));
        return;
      case "recomp.gate.failed":
      case "recomp.gate.opened":
      case "recomp.gate.decided":
      case "recomp.gate.override_applied":
        this.#takeGateEvent(event);
        return;
      case "recomp.state.compensated":
        this.#compensate(event);
        return;
      case "recomp.state.compensation_failed": {
        const step = this.#entered(event);
        guardStep(step.state, "compensated", event);
        if (!this.#compensationFailures.includes(step.stateId)) this.#compensationFailures.push(step.stateId);
        return;
      }
      case "recomp.state.warned":
        this.#entered(event).warnings = payload.warnings as unknown as readonly Warning[];
        return;
      case "recomp.run.escalated": {
        this.#expectGoing(event);
        const stateId = textOf(event, "state_id") as StateId;
        const { attempts, error } = payload as unknown as Omit<Escalation, "stateId">;
        this.#escalations.push({ stateId, attempts, error });
        return;
      }
      case "child_run_spawned":
      case "child_run_completed": {
        this.#expectGoing(event);
        if (event.name === "child_run_spawned" && this.#record.cancellation !== undefined) {
          throw illegal(event, CANCELLING, event.name);
        }
        const child = nextChild(this.#children, event);
        this.#children.set(child.runId, child);
        return;
      }
      case "recomp.run.validation.completed": {
        this.#expectGoing(event);
        this.#record.validation = validationOf(event);
        return;
      }
      case "recomp.run.requested":
        this.#takeRequest(event);
        return;
      case "op_boundary":
        this.#expectGoing(event);
        if (oneOf(event, "phase", ["started", "completed"]) === "completed") delete this.#record.openOperation;
        else this.#record.openOperation = textOf(event, "op_path") as OpPath;
        return;
      case "recomp.run.cancel_requested":
        this.#expectGoing(event);
        if (this.#record.cancellation !== undefined) throw illegal(event, CANCELLING, event.name);
        this.#record.cancellation = { by: textOf(event, "by") as PrincipalId, reason: textOf(event, "reason") };
        return;
      case "recomp.run.completed": {
        this.#expectGoing(event);
        const { bundle, error, cause } = payload;
        if (error !== undefined) {
          this.#record.failure = { error: textOf(event, "error"), cause: typeof cause === "string" ? cause : "" };
        }
        if (bundle !== undefined) this.#record.bundle = bundle as ArtifactRef;
        return;
      }
      default:
        return;
    }
  }

  /** A run that ends before it starts says here which state is entered then. */
  #takeRequest(event: SequencedEvent): void {
    this.#expectGoing(event);
    const { parent, resumedFrom } = requestOf(event);
    if (event.payload.failure_branch !== undefined) {
      const { startedAt, attemptCount, failureBranch } = this.#record;
      if (startedAt !== undefined || attemptCount > 0) throw illegal(event, failureBranch, "another failure branch");
      this.#record.failureBranch = textOf(event, "failure_branch") as StateId;
    }
    if (event.payload.execution_arn !== undefined) this.#record.executionArn = textOf(event, "execution_arn");
    if (parent !== undefined) this.#record.parent = parent;
    if (resumedFrom !== undefined) this.#record.resumedFrom = resumedFrom;
    this.#record.requestedAt = event.ts;
  }

  #expectGoing(event: SequencedEvent): void {
    const { phase } = this.#record;
    if (isTerminal(phase)) throw illegal(event, phase, event.name);
  }

  #compensate(event: SequencedEvent): void {
    const step = this.#entered(event);
    guardStep(step.state, "compensated", event);
    if (step.state === "running") this.#stop(step.stateId);
    step.state = "compensated";
    // A second try may do what the first could not.
    const failure = this.#compensationFailures.indexOf(step.stateId);
    if (failure >= 0) this.#compensationFailures.splice(failure, 1);
  }

  #takeGateEvent(event: SequencedEvent): void {
    this.#expectGoing(event);
    const name = textOf(event, "gate");
    const gate = nextGate(this.#gates.get(name), name, event);
    const { phase, cancellation } = this.#record;
    if (cancellation !== undefined && gate.state !== "failed") throw illegal(event, CANCELLING, `gate ${gate.state}`);
    // A hard gate that fails leaves the phase to the failure branch; an open gate blocks the run until it is decided.
    const next =
      gate.state === "failed" ? phase : guardRun(phase, gate.state === "open" ? "blocked" : "executing", event);
    this.#gates.set(name, gate);
    this.#record.phase = next;
    const step = gate.state === "failed" ? this.#steps.get(String(gate.stateId)) : undefined;
    if (step !== undefined) step.failedGate = name;
  }
}

/** The fold of a whole log. @throws {IllegalTransition} */
export async function foldLog(events: AsyncIterable<SequencedEvent>): Promise<RunFold> {
  const fold = new RunFold();
  for await (const event of events) fold.take(event);
  return fold;
}

function factOf({ attempt, payload }: SequencedEvent, ref: ArtifactRef): FactIndexEntry {
  const { key, request_sha256, outcome } = payload;
  return { key, attempt, request_sha256, outcome, payload: ref } as FactIndexEntry;
}
