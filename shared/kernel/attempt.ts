import type * as z from "zod";
import { FactIndex, type FactIndexEntry } from "../contracts/facts.ts";
import {
  type ArtifactId,
  type ArtifactRef,
  artifactRef,
  type PrincipalId,
  type RunId,
  type StateId,
} from "../contracts/ids.ts";
import { describeIssues } from "../contracts/issues.ts";
import type { BuildProvenance } from "../contracts/provenance.ts";
import type { RunConfig } from "../contracts/run-config.ts";
import { StageCall } from "../contracts/stages.ts";
import { sha256 } from "../stores/digest.ts";
import type { Stores } from "../stores/ports.ts";
import type { Logger, RedactLine } from "../telemetry/logger.ts";
import type { Clock } from "./clock.ts";
import { canonicalBytes, getDocument, putDocument } from "./documents.ts";
import { ValidationFailed } from "./errors.ts";
import { isWanted } from "./event-profile.ts";
import { recordFailure } from "./failure.ts";
import { guardedArtifacts } from "./guarded-artifacts.ts";
import { createIoProvider } from "./io/provider.ts";
import type { Transports } from "./io/transports.ts";
import { createRecorder, type EventSink, type NamedDocument, type Recorder, type Statement } from "./recorder.ts";
import type { StepRecord } from "./run/record.ts";
import { guardedConfig } from "./run-configs.ts";
import { secretKeyIn } from "./secrets/seal.ts";
import type { Guard } from "./secrets-guard.ts";
import type { RunSoFar, Stage, StageContext } from "./stage.ts";
import { scopeOf, stateIdOf } from "./state-ids.ts";

/** Version of the one flow there is. */
const OP_VERSION = "1";

/** A run's log, as an attempt at one of its states needs it. */
export interface RunLog extends EventSink {
  /** The end of the log, and what it says of one state. */
  view(runId: RunId, stateId: StateId): Promise<{ readonly seq: number; readonly step?: StepRecord }>;
  facts(runId: RunId): Promise<readonly FactIndexEntry[]>;
  run(runId: RunId): Promise<RunSoFar>;
}

/** What attempts reach the world through. */
export interface World {
  readonly artifacts: Stores["artifacts"];
  readonly publications: Stores["publications"];
  readonly log: RunLog;
  readonly actor: PrincipalId;
  readonly clock: Clock;
  /** @param redact sees every line before it is written */
  logger(fields: Record<string, unknown>, redact: RedactLine): Logger;
  /** Live: what external calls go through, by namespace. Replay: none, every call is answered from `facts`. */
  readonly io:
    | { readonly mode: "live"; transports(config: RunConfig): Transports }
    | { readonly mode: "replay"; readonly facts: readonly FactIndexEntry[] };
  build(config: RunConfig): Promise<BuildProvenance>;
  /** An environment variable's value: of those the run config declares secret, and RESTEP_SECRET_KEY. */
  environment(name: string): string | undefined;
}

/** One attempt at one state, set up. */
export interface Attempt {
  readonly call: StageCall;
  readonly stage: Stage;
  readonly stateId: StateId;
  readonly base: ArtifactRef;
  readonly world: World;
  readonly config: RunConfig;
  readonly guard: Guard;
  readonly recorder: Recorder;
  readonly log: Logger;
  /** Domain events of this attempt, written with its end. */
  readonly emitted: Omit<Statement, "kind">[];
}

/**
 * One attempt at a state: records its entry, runs the stage between its two contracts, and records its end together with
 * the stage's own events. A state that completed before is not run again: its output is read back from its snapshot.
 * @throws the stage's error under its own name, recorded as `state_failed`; RetryBudgetExhausted instead of an error that
 *   would be retried once more than the run config allows
 */
export async function attemptStage(stage: Stage, rawCall: unknown, world: World): Promise<unknown> {
  const call = check(StageCall, rawCall, "stage call");
  const stateId = stateIdOf(stage.name, call.shard);
  const viewing = world.log.view(call.run_id, stateId);
  viewing.catch(() => {});
  const { config, guard, unreadable } = await guardedConfig(world, call.config);
  const log = world.logger(
    { run_id: call.run_id, stage: stage.name, shard: call.shard, attempt: call.attempt },
    guard.redact,
  );
  if (unreadable !== undefined) log.warn({ reason: unreadable.message }, "run config not readable, defaults in use");
  const artifacts = guardedArtifacts(world.artifacts, guard);
  const snapshot = snapshotOf(call.input, guard);
  const view = await viewing;
  if (hasCompleted(view.step, snapshot.ref)) {
    log.info({}, "state completed before, its output read back");
    return readSnapshot(world, view.step.snapshot);
  }
  const recorder = createRecorder({
    log: world.log,
    runId: call.run_id,
    actor: world.actor,
    attempt: call.attempt,
    clock: world.clock,
    guard: guard.refuse,
  });
  const attempt: Attempt = {
    call,
    stage,
    stateId,
    base: snapshot.ref,
    world: { ...world, artifacts },
    config,
    guard,
    recorder,
    log,
    emitted: [],
  };
  const opening = stage.opensRun !== undefined && view.seq === 0 ? await openRun(attempt, stage.opensRun) : [];
  const entry: Statement = {
    kind: "kernel",
    name: "state_entered",
    payload: { state_id: stateId, base_snapshot: snapshot.ref },
    names: snapshot.document,
  };
  // A stage that changes nothing outside need not wait for its entry: whatever it records comes behind that.
  const entered = write(attempt, [...opening, entry]);
  if (appliesSideEffect(stage)) await entered;
  entered.catch(() => {});
  log.info({}, "state entered");
  try {
    if (unreadable !== undefined && !bearsDefaults(stage)) throw unreadable;
    const input = check(stage.input, call.input, `input of stage ${stage.name}`);
    const begun = performance.now();
    const result = await stage.run(input, contextOf(attempt));
    log.info({ stage_ms: performance.now() - begun }, "stage ran");
    const output = check(stage.output, result, `output of stage ${stage.name}`);
    await entered;
    await complete(attempt, output);
    log.info({}, "state completed");
    return output;
  } catch (error) {
    throw await recordFailure(attempt, error);
  }
}

async function complete(attempt: Attempt, output: unknown): Promise<void> {
  const { stage, stateId, call, config, emitted, guard } = attempt;
  const snapshot = snapshotOf(output, guard);
  const told: Omit<Statement, "kind"> = {
    name: "recomp.run.stage.completed",
    payload: {
      stage: stage.name,
      ...(call.shard === undefined ? {} : { shard: call.shard }),
      counts: countsOf(output),
    },
  };
  const closing = stage.closesRun?.(output);
  const statements: Statement[] = [
    ...[...emitted, told]
      .filter(({ name }) => isWanted(config.event_profile, name))
      .map((statement): Statement => ({ kind: "domain", ...statement })),
    {
      kind: "kernel",
      name: "state_completed",
      payload: { state_id: stateId, context_snapshot: snapshot.ref },
      names: snapshot.document,
    },
    ...(closing === undefined ? [] : [closeRun(closing, snapshot.ref)]),
  ];
  await write(attempt, statements);
}

/** The log must know on disk what a stage changes outside, and that it did; what one computes may be computed again. */
function write({ stage, recorder }: Attempt, statements: readonly Statement[]): Promise<void> {
  return appliesSideEffect(stage) ? recorder.record(...statements) : recorder.enqueue(...statements);
}

function appliesSideEffect({ meta }: Stage): boolean {
  return meta.sideEffects === "apply_side_effect";
}

/** A context as the event that names it takes it along. @throws {SecretRefused} when it holds a secret */
function snapshotOf(context: unknown, guard: Guard): { readonly ref: ArtifactRef; readonly document: NamedDocument } {
  guard.refuse("context_snapshot artifact", context);
  const bytes = canonicalBytes(context);
  return { ref: artifactRef(sha256(bytes) as ArtifactId), document: { kind: "context_snapshot", bytes } };
}

/** @param undone the state that is taken back, in a context for its compensation */
function contextOf(attempt: Attempt, undone?: StepRecord): StageContext {
  const { call, config, guard, recorder, log, emitted, world } = attempt;
  const domain = (statements: Omit<Statement, "kind">[]): Statement[] =>
    statements
      .filter(({ name }) => isWanted(config.event_profile, name))
      .map((statement) => ({ kind: "domain", ...statement }));
  const { io } = world;
  const scope = scopeOf(attempt.stateId);
  return {
    runId: call.run_id,
    stateId: undone?.stateId ?? attempt.stateId,
    attempt: call.attempt,
    config,
    artifacts: isWanted(config.event_profile, "artifact_written") ? announced(world, emitted) : world.artifacts,
    publications: world.publications,
    log,
    io: createIoProvider({
      mode: io.mode === "replay" ? "replay" : config.io_mode,
      ...(undone === undefined
        ? { scope }
        : {
            scope: `${scope}.${scopeOf(undone.stateId)}`,
            past: { scope: scopeOf(undone.stateId), attempt: undone.attempt },
          }),
      attempt: call.attempt,
      facts: () => factsFor(attempt),
      artifacts: world.artifacts,
      record: recorder.record,
      transports: io.mode === "replay" ? {} : io.transports(config),
      missingFactRetryable: config.replay_missing_fact_retryable,
      guard: guard.refuse,
      secretKey: () => secretKeyIn(world.environment),
      // At once: circuits open in attempts that fail.
      onCircuitChange: (change) =>
        recorder.record(...domain([{ name: "recomp.service.circuit_changed", payload: { ...change } }])),
    }),
    emit: (statement) => emitted.push(statement),
    record: (...statements) => recorder.record(...domain(statements)),
    run: () => world.log.run(call.run_id),
    build: () => world.build(config),
    async compensate(step, doneBy) {
      if (step.baseSnapshot === undefined) return;
      const input = check(doneBy.input, await readSnapshot(world, step.baseSnapshot), `input of stage ${doneBy.name}`);
      await doneBy.compensate?.(input, contextOf(attempt, step));
    },
  };
}

/** What external calls are answered from: the run's own facts, or those that a replay was given. */
async function factsFor({ call, config, world }: Attempt): Promise<readonly FactIndexEntry[]> {
  if (world.io.mode === "replay") return world.io.facts;
  if (config.io_mode === "live" || config.facts === undefined) return world.log.facts(call.run_id);
  return (await getDocument(world.artifacts, config.facts, FactIndex, "fact index")).facts;
}

/** Artifacts whose every put is told as an event, for a run that wants to know. */
function announced(world: World, emitted: Attempt["emitted"]): Stores["artifacts"] {
  return {
    ...world.artifacts,
    async put(kind, bytes) {
      const ref = await world.artifacts.put(kind, bytes);
      emitted.push({ name: "artifact_written", payload: { kind, bytes: bytes.length }, payloadRef: ref });
      return ref;
    },
  };
}

async function openRun({ base, config, world }: Attempt, plan: NonNullable<Stage["opensRun"]>): Promise<Statement[]> {
  const planned = plan(config);
  const { state_machine_sha256 } = await world.build(config);
  const skipped = planned.states.flatMap(({ id, skipped_by }) => (skipped_by === undefined ? [] : [[id, skipped_by]]));
  return [
    { kind: "domain", name: "recomp.run.requested" },
    {
      kind: "kernel",
      name: "run_started",
      payload: {
        op_id: planned.op_id,
        op_version: OP_VERSION,
        state_machine_sha256,
        failure_branch: stateIdOf("record_failure"),
        manifest: base,
        initial_snapshot: base,
        plan: await putDocument(world.artifacts, "output", planned),
        states: planned.states.map(({ id }) => id),
        skipped: Object.fromEntries(skipped),
      },
    },
  ];
}

function closeRun({ status, rolledBack }: { status: string; rolledBack?: boolean }, snapshot: ArtifactRef): Statement {
  return {
    kind: "kernel",
    name: "run_completed",
    payload: { status, final_snapshot: snapshot, ...(rolledBack === true ? { rolled_back: true } : {}) },
  };
}

/** Intake says what is wrong with a config that cannot be read; the failure branch has to record how that ended. */
function bearsDefaults(stage: Stage): boolean {
  return stage.opensRun !== undefined || stage.name === "record_failure";
}

function hasCompleted(
  step: StepRecord | undefined,
  base: ArtifactRef,
): step is StepRecord & { readonly snapshot: ArtifactRef } {
  if (step?.snapshot === undefined || step.baseSnapshot !== base) return false;
  return step.state === "succeeded" || step.state === "compensated";
}

async function readSnapshot(world: Pick<World, "artifacts">, ref: ArtifactRef): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await world.artifacts.get(ref)));
}

/** The numbers of an output, for those who watch: how many functions were lifted, proven, and so on. */
function countsOf(output: unknown): Record<string, number> {
  const entries = Object.entries(output as Record<string, unknown>);
  return Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === "number"));
}

/** @throws {ValidationFailed} */
export function check<S extends z.ZodType>(schema: S, value: unknown, what: string): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new ValidationFailed(`${what}: ${describeIssues(parsed.error, value)}`);
  return parsed.data;
}
