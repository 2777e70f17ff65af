import { Cancellation } from "../contracts/cancellation.ts";
import type { EventEnvelope } from "../contracts/event.ts";
import type { FactIndex } from "../contracts/facts.ts";
import { type ArtifactRef, PrincipalId, RunId } from "../contracts/ids.ts";
import type { RunState, RunStatus } from "../contracts/status.ts";
import type { Submission } from "../contracts/submission.ts";
import type { ContextReader } from "../kernel/context.ts";
import type { Flow } from "../kernel/flow.ts";
import { type RunStateChanged, stateChangesOf } from "../kernel/run/state-changes.ts";
import { isTerminal } from "../kernel/run/transitions.ts";
import { InvalidInputError } from "../stores/errors.ts";
import type { Inspection } from "../stores/inspection.ts";
import type { RecompiledProgram } from "./bundle.ts";
import type { CancelOutcome } from "./cancel.ts";
import type { Executor, RunOutcome, StoresAt } from "./executor.ts";
import type { Decision } from "./gates.ts";
import type { ListedRun, UnreadableListing } from "./list-runs.ts";
import { readRun } from "./read-run.ts";
import type { Replay, Replaying } from "./replay.ts";
import type { Resumption } from "./resume-as-new.ts";
import type { Collection, CollectOptions } from "./retention/collect.ts";
import type { Standing } from "./standing.ts";
import type { SubmissionSource } from "./submission-source.ts";
import type { RunSummary } from "./summary.ts";
import type { Verification } from "./verify/verify-run.ts";
import type { StoreVerification } from "./verify/verify-store.ts";

/**
 * The runs in one store, for a program: the same as the command line's verbs. Run ids are UUIDs in lowercase.
 * @throws InvalidInputError for what is no run id; NotFoundError for a run that is not there: any method that takes one
 */
export interface Runs {
  /**
   * Submits a run and begins to carry it out. The same submission again goes on with the same run.
   * @param from the path of a `manifest.json`, or where else a submission comes from
   * @throws ContractInputMissing, InvalidPlan, SecretRefused, ConflictError: nothing is written then
   */
  start(from: string | SubmissionSource, options?: StartOptions): Promise<RunUnderWay>;
  /** Goes on with a run that was interrupted, or whose gate has been decided. Nothing happens to one that has ended. */
  resume(runId: string, options?: CarryOptions): Promise<RunUnderWay>;
  /**
   * Goes on from a run that failed or was cancelled, as a new run of the same manifests: from the recovery point that its
   * dependencies choose, or from the step that `from` names. What completed before is reused where its input is the same. A
   * child run is gone on from as a child of the same parent.
   * @throws GateRefusal when the run goes on itself, succeeded or never began, or its parent has ended; FlowChanged;
   *   ContractInputMissing when it has entered no such step, or lacks what it was given: nothing is written then
   */
  resumeAsNew(runId: string, options?: ResumeAsNewOptions): Promise<ResumedRun>;
  /** Every run, in order of id. */
  list(): Promise<readonly RunId[]>;
  /** Every run with its state and who works on it, the one submitted last first. */
  overview(): Promise<readonly (ListedRun | UnreadableListing)[]>;
  /** The id that a person means by an id, by the beginning of one, or by `latest`: the run submitted last. */
  find(name: string): Promise<RunId>;
  /** The status record, as it follows from the log, and who works on the run. */
  status(runId: string): Promise<RunStatus & Standing>;
  /** What happened, and who works on the run. */
  summary(runId: string): Promise<RunSummary & Standing>;
  /** What every state that completed gave back, by `<step>` or `<step>.<shard, round>`, as it is now. */
  context(runId: string): Promise<ContextReader>;
  /** The run's log, in order. */
  events(runId: string, options?: EventsOptions): AsyncIterable<EventEnvelope>;
  /** The changes of the run's phase, which follow from its log: the same whoever looks, and whatever its event profile. */
  stateChanges(runId: string, options?: Omit<EventsOptions, "last">): AsyncIterable<RunStateChanged>;
  /** Approves what a manual gate waits for; `resume` then goes on. @throws GateRefusal, LeaseHeldError, SecretRefused */
  approve(runId: string, gate: string, why: Reason): Promise<void>;
  /** Rejects what a gate waits for: once resumed, the run fails. @throws GateRefusal, LeaseHeldError, SecretRefused */
  reject(runId: string, gate: string, why: Reason): Promise<void>;
  /** Lets a failed hard gate pass, where the run's policy allows it. @throws GateRefusal, LeaseHeldError, SecretRefused */
  override(runId: string, gate: string, why: Reason): Promise<void>;
  /**
   * Cancels a run that nobody carries out, and its child runs with it; asks whoever carries it out to, and returns when
   * that one has heard.
   * @throws GateRefusal when the run has ended; SecretRefused; UnsupportedFormatError for a run of an earlier version
   * @throws what kept a child run from being cancelled, such as a NotFoundError; the run itself then is
   */
  cancel(runId: string, why: Reason, options?: CancelOptions): Promise<CancelOutcome>;
  /** Hashes again all that the store holds of a run, and compares. Changes nothing. */
  verify(runId: string): Promise<Verification>;
  /** The same of every run, and of what no run leads to. */
  verifyAll(): Promise<StoreVerification>;
  /** Runs a run that has ended again from its recorded facts, and compares. @throws GateRefusal when it has not ended */
  replay(runId: string, options?: { readonly signal?: AbortSignal }): Promise<Replay>;
  /**
   * The recorded external calls of a run, and what their index is called as an artifact.
   * @param options `keep` stores that artifact, for another run to name in its config as `run.facts`
   */
  facts(
    runId: string,
    options?: { readonly keep?: boolean },
  ): Promise<{ readonly ref: ArtifactRef; readonly index: FactIndex }>;
  /**
   * Where a run's bundle comes from: the bytes of its provenance, or of the same as an in-toto statement (SLSA v1).
   * @throws ContractInputMissing for a run that has made no bundle yet
   */
  provenance(runId: string, form?: "restep" | "slsa"): Promise<Uint8Array>;
  /** The program of a bundle, to be run. @param target a run as `find` takes it, `artifact://<sha256>` or the plain 64 digits */
  program(target: string): Promise<RecompiledProgram>;
  /** Removes what the retention policy keeps no longer. */
  collect(options?: Partial<CollectOptions>): Promise<Collection>;
  /** Interrupts the runs under way, waits until they are left as they can be resumed, and closes the stores. */
  close(): Promise<void>;
}

/** A run that this program carries out. */
export interface RunUnderWay {
  readonly runId: RunId;
  /** False when the very same submission was there before. */
  readonly isNew: boolean;
  /** How far it was taken. Rejects with what keeps it from going on here, such as a LeaseHeldError. */
  readonly outcome: Promise<RunOutcome>;
}

/** A run that goes on from another. */
export interface ResumedRun extends RunUnderWay, Pick<Resumption, "resumedFrom" | "reusable"> {}

export interface CarryOptions {
  /** Aborting leaves the run where it is, to be resumed. */
  readonly signal?: AbortSignal;
  /** Aborting cancels the run. `{ by, reason }` as its reason says who wants that and why. */
  readonly cancel?: AbortSignal;
  /** Told of each event once it is durable. */
  onEvent?(event: EventEnvelope): void;
}

export interface CancelOptions extends CarryOptions {
  /** Aborting ends the waiting for whoever carries the run out. */
  readonly patience?: AbortSignal;
}

export interface StartOptions extends CarryOptions {
  /** Runs it under a new id, though it may have been submitted before. */
  readonly withFreshId?: boolean;
  /** A run that goes on: its log tells of this one's start and end. */
  readonly parent?: string;
}

export interface ResumeAsNewOptions extends CarryOptions {
  /** The step to do again first: `link`, or `select.round_2` of a loop. */
  readonly from?: string | undefined;
}

export interface EventsOptions {
  /** Only the last so many of those that are there. */
  readonly last?: number;
  /** Waits for more until the run has ended. */
  readonly follow?: boolean;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** Who decides, and why. */
export interface Reason {
  readonly by: string;
  readonly reason: string;
}

/** What `Runs` stand on: where the runs are, and who carries them out. */
export interface RunsParts {
  readonly at: StoresAt;
  readonly execute: Executor;
  /** How these are carried out, as submissions say it: those that say another are refused. Default: any is taken. */
  readonly executionMode?: Submission["execution_mode"];
  /** For replays. */
  readonly withScratch: Replaying["withScratch"];
  /** SHA-256 of a flow's definition, as it is carried out here. */
  definitionOf(flow: Flow): Promise<string>;
  /** Looks at the store as it stands. */
  inspect(): Inspection;
  /** Reads a submission that was named by its path. */
  sourceAt(manifestPath: string): SubmissionSource;
  /** The variables of the process: those that a run config declares secret, and RESTEP_SECRET_KEY. */
  environment(name: string): string | undefined;
}

/** What a method needs alone it loads itself, so that none waits for the recompiler that does not use it. */
export function createRuns({
  at,
  execute,
  withScratch,
  definitionOf,
  inspect,
  sourceAt,
  environment,
  executionMode,
}: RunsParts): Runs {
  const { stores } = at;
  const takes = executionMode === undefined ? {} : { executionMode };
  const closing = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const untilClosed = (signal: AbortSignal | undefined): AbortSignal =>
    signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);

  const begin = (runId: RunId, isNew: boolean, carry: () => Promise<RunOutcome>): RunUnderWay => {
    const outcome = carry();
    underWay.add(outcome);
    const forget = () => underWay.delete(outcome);
    // Whoever does not ask for the outcome does not want the process to end with it.
    outcome.then(forget, forget);
    return { runId, isNew, outcome };
  };

  const carryOn = (runId: RunId, { signal, cancel, onEvent }: CarryOptions) =>
    execute(at, runId, {
      signal: untilClosed(signal),
      ...(cancel === undefined ? {} : { cancel }),
      ...(onEvent === undefined ? {} : { onEvent }),
    });

  const carryAs = async (submission: Submission, parent: RunId | undefined, carry: CarryOptions) => {
    const { run_id: runId } = submission;
    if (parent === undefined) return carryOn(runId, carry);
    const { runAsChild } = await import("./children.ts");
    return runAsChild(stores, parent, submission, () => carryOn(runId, carry));
  };

  const beginSubmitted = (submission: Submission, isNew: boolean, parent: RunId | undefined, carry: CarryOptions) =>
    begin(submission.run_id, isNew, () => carryAs(submission, parent, carry));

  /** A run that is there. Where it is a child, its parent hears of its end, whoever carries it to that. */
  const beginAgain = (runId: RunId, carry: CarryOptions) =>
    begin(runId, false, async () => {
      const { submission, record } = await readRun(stores, runId);
      return carryAs(submission, record.parent, carry);
    });

  const decide = async (runIdText: string, decision: Decision["decision"], gate: string, { by, reason }: Reason) => {
    const runId = runIdOf(runIdText);
    const { decideGate } = await import("./gates.ts");
    await decideGate(stores, runId, { gate, decision, reason, by: principalOf(by) }, environment);
  };

  const read = (runId: string) => readRun(stores, runIdOf(runId));

  const standing = async <T extends { readonly run_id: string; readonly state: RunState }>(run: T) => {
    const { standingOf } = await import("./standing.ts");
    return { ...run, ...(await standingOf(stores, runIdOf(run.run_id), run.state)) };
  };

  const runs: Runs = {
    async start(from, options = {}) {
      const { withFreshId = false, parent, ...carry } = options;
      const { submit } = await import("./submit.ts");
      const source = typeof from === "string" ? sourceAt(from) : from;
      const parentId = parent === undefined ? undefined : runIdOf(parent);
      // Said before anything is written.
      if (parentId !== undefined) await stores.runs.get(parentId);
      const { submission, isNew } = await submit(stores, source, { withFreshId, environment, ...takes });
      return beginSubmitted(submission, isNew, parentId, carry);
    },

    async resume(runIdText, options = {}) {
      const runId = runIdOf(runIdText);
      await stores.runs.get(runId);
      return beginAgain(runId, options);
    },

    async resumeAsNew(runIdText, { from, ...carry } = {}) {
      const runId = runIdOf(runIdText);
      const { submitResumption } = await import("./resume-as-new.ts");
      const { flowOfRun } = await import("./flow-of-run.ts");
      const flow = await flowOfRun(stores, runId);
      const stateMachineSha256 = await definitionOf(flow);
      const asked = { flow, stateMachineSha256, from, environment };
      const { submission, parent, ...told } = await submitResumption(stores, runId, asked);
      return { ...beginSubmitted(submission, true, parent, carry), ...told };
    },

    list: () => stores.runs.list(),

    async overview() {
      const { listRuns } = await import("./list-runs.ts");
      return listRuns(stores);
    },

    async find(name) {
      const { findRun } = await import("./find-run.ts");
      return findRun(stores.runs, name, at.url);
    },

    async status(runId) {
      const { projectStatus } = await import("../kernel/run/status.ts");
      const { submission, record } = await read(runId);
      return standing(projectStatus(submission, record));
    },

    async summary(runId) {
      const { summarize } = await import("./summary.ts");
      const { WorkingTimes } = await import("./working-times.ts");
      const times = new WorkingTimes();
      const { submission, record } = await readRun(stores, runIdOf(runId), (event) => times.take(event));
      return standing(summarize(submission, record, times));
    },

    async context(runIdText) {
      const { contextOf, readContext } = await import("../kernel/context.ts");
      const { submission, record } = await read(runIdText);
      const { sayingWhatIsMissing } = await import("./missing.ts");
      const context = readContext(stores.artifacts, contextOf(submission.run_id, record));
      return {
        keys: context.keys,
        read: (key, schema) => sayingWhatIsMissing(stores, () => context.read(key, schema)),
        dump: () => sayingWhatIsMissing(stores, () => context.dump()),
      };
    },

    async *events(runIdText, { last, follow = false, signal } = {}) {
      const runId = runIdOf(runIdText);
      await stores.runs.get(runId);
      const { seq } = await stores.events.head(runId);
      const first = last === undefined ? 1 : Math.max(1, seq - last + 1);
      if (!follow) {
        yield* stores.events.read(runId, first);
        return;
      }
      const { record } = await readRun(stores, runId);
      if (isTerminal(record.phase)) {
        yield* stores.events.read(runId, first);
        return;
      }
      for await (const event of stores.events.follow(runId, first, untilClosed(signal))) {
        yield event;
        if (event.kind === "kernel" && event.name === "run_completed") return;
      }
    },

    stateChanges: (runId, { follow = false, signal } = {}) =>
      stateChangesOf(runs.events(runId, { follow, ...(signal === undefined ? {} : { signal }) })),

    approve: (runId, gate, why) => decide(runId, "approved", gate, why),
    reject: (runId, gate, why) => decide(runId, "rejected", gate, why),
    override: (runId, gate, why) => decide(runId, "overridden", gate, why),

    async cancel(runIdText, { by, reason }, options = {}) {
      const runId = runIdOf(runIdText);
      const cancellation = Cancellation.safeParse({ by: principalOf(by), reason });
      if (!cancellation.success) throw new InvalidInputError("reason", "1 to 1,000 characters", reason);
      const { cancelRun } = await import("./cancel.ts");
      const { patience, ...carry } = options;
      return cancelRun(stores, runId, cancellation.data, {
        environment,
        carryOn: (id) => beginAgain(id, carry).outcome,
        signal: untilClosed(carry.signal),
        ...(patience === undefined ? {} : { patience }),
      });
    },

    async verify(runId) {
      const { verifyRun } = await import("./verify/verify-run.ts");
      const { secretKeyIn } = await import("../kernel/secrets/seal.ts");
      return verifyRun(stores, inspect(), runIdOf(runId), secretKeyIn(environment));
    },

    async verifyAll() {
      const { verifyStore } = await import("./verify/verify-store.ts");
      const { secretKeyIn } = await import("../kernel/secrets/seal.ts");
      return verifyStore(stores, inspect(), secretKeyIn(environment));
    },

    async replay(runId, { signal } = {}) {
      const { replayRun } = await import("./replay.ts");
      const { sayingWhatIsMissing } = await import("./missing.ts");
      const replaying = { execute, withScratch, signal: signal ?? closing.signal };
      return sayingWhatIsMissing(stores, () => replayRun(stores, runIdOf(runId), replaying));
    },

    async facts(runId, { keep = false } = {}) {
      const { readFacts } = await import("./facts.ts");
      return readFacts(stores, runIdOf(runId), keep);
    },

    async provenance(runId, form = "restep") {
      const { readProvenance } = await import("./provenance.ts");
      return readProvenance(stores, runIdOf(runId), form);
    },

    async program(target) {
      const { findProgram } = await import("./bundle.ts");
      const { sayingWhatIsMissing } = await import("./missing.ts");
      return sayingWhatIsMissing(stores, () => findProgram(stores, target, at.url));
    },

    async collect(options = {}) {
      const { collectGarbage } = await import("./retention/collect.ts");
      const { DEFAULT_RETENTION } = await import("./retention/policy.ts");
      return collectGarbage(stores, { policy: DEFAULT_RETENTION, ...options });
    },

    async close() {
      closing.abort();
      await Promise.allSettled(underWay);
      await stores.close();
    },
  };
  return runs;
}

/** @throws InvalidInputError */
function principalOf(text: string): PrincipalId {
  const parsed = PrincipalId.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError("by", "a principal: 1 to 128 of A-Z a-z 0-9 . _ : @ / -", text);
}

/** @throws InvalidInputError */
function runIdOf(text: string): RunId {
  const parsed = RunId.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError("run id", "a UUID in lowercase", text);
}
