import { Cancellation } from "../contracts/cancellation.ts";
import { PrincipalId, RunId } from "../contracts/ids.ts";
import type { RunState } from "../contracts/status.ts";
import type { Submission } from "../contracts/submission.ts";
import { GateRefusal } from "../kernel/errors.ts";
import type { Flow } from "../kernel/flow.ts";
import { stateChangesOf } from "../kernel/run/state-changes.ts";
import { isTerminal } from "../kernel/run/transitions.ts";
import { InvalidInputError } from "../stores/errors.ts";
import type { Inspection } from "../stores/inspection.ts";
import type { ExecutionControl } from "./elsewhere.ts";
import { type ExecutionMode, otherMode } from "./execution-mode.ts";
import type { Executor, RunOutcome, StoresAt } from "./executor.ts";
import type { Decision } from "./gates.ts";
import { readRun } from "./read-run.ts";
import type { Replaying } from "./replay.ts";
import type { CarryOptions, GoesOn, Runs, RunUnderWay, SignedReason } from "./runs.ts";
import type { SubmissionSource } from "./submission-source.ts";
import { createTurns, inTurn } from "./turns.ts";

/** What `Runs` stand on: where the runs are, and who carries them out. */
export interface RunsParts {
  readonly at: StoresAt;
  readonly execute: Executor;
  /** So many at once, the others by their priority; children of other runs are not counted. Default: all. */
  readonly atOnce?: number | undefined;
  /** How these are carried out, as submissions say it. */
  readonly executionMode: ExecutionMode;
  /** For replays. */
  readonly withScratch: Replaying["withScratch"];
  /** SHA-256 of a flow's definition, as it is carried out here. */
  definitionOf(flow: Flow): Promise<string>;
  /** Looks at the store as it stands. */
  inspect(): Promise<Inspection>;
  /** Reads a submission that was named by its path. */
  sourceAt(manifestPath: string): SubmissionSource;
  /** Tells executions in Step Functions what was decided. Default: a person has to. */
  readonly elsewhere?: ExecutionControl | undefined;
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
  elsewhere,
  atOnce,
}: RunsParts): Runs {
  const { stores } = at;
  const turns = atOnce === undefined ? undefined : createTurns(atOnce);
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

  const carryAs = async (submission: Submission, parent: RunId | undefined, carry: CarryOptions, isAtOnce = false) => {
    const { run_id: runId } = submission;
    if (parent === undefined) {
      const { signal, cancel } = carry;
      const leaving = { signal: untilClosed(signal), ...(cancel === undefined ? {} : { cancel }) };
      return inTurn(isAtOnce ? undefined : turns, submission, leaving, () => carryOn(runId, carry));
    }
    const { runAsChild } = await import("./children.ts");
    return runAsChild(stores, parent, submission, () => carryOn(runId, carry));
  };

  const beginSubmitted = (submission: Submission, isNew: boolean, parent: RunId | undefined, carry: CarryOptions) =>
    begin(submission.run_id, isNew, () => carryAs(submission, parent, carry));

  /** A run that is there. Where it is a child, its parent hears of its end, whoever carries it to that. */
  const beginAgain = (runId: RunId, carry: CarryOptions, isAtOnce = false) =>
    begin(runId, false, async () => {
      const { submission, record } = await readRun(stores, runId);
      return carryAs(submission, record.parent, carry, isAtOnce);
    });

  const decide = async (
    runIdText: string,
    decision: Decision["decision"],
    gate: string,
    why: SignedReason,
  ): Promise<GoesOn> => {
    const runId = runIdOf(runIdText);
    const { decideGate } = await import("./gates.ts");
    const decided = await decideGate(stores, runId, { gate, decision, ...why, by: principalOf(why.by) }, environment);
    const { answerElsewhere } = await import("./elsewhere.ts");
    return (await answerElsewhere(stores, runId, decided, elsewhere)) ? "elsewhere" : "here";
  };

  const read = (runId: string) => readRun(stores, runIdOf(runId));

  const functionDocuments = async (runId: string) => {
    const { readFunctionDocuments } = await import("./functions/documents.ts");
    const { sayingWhatIsMissing } = await import("./missing.ts");
    const { submission, record } = await read(runId);
    return sayingWhatIsMissing(stores, () => readFunctionDocuments(stores.artifacts, submission, record));
  };

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
      const { submission, isNew } = await submit(stores, source, { withFreshId, environment });
      const notice = otherMode(submission, executionMode);
      const run = beginSubmitted(submission, isNew, parentId, carry);
      return notice === undefined ? run : { ...run, notice };
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

    async functions(runId, filter) {
      const { listFunctions } = await import("./functions/list.ts");
      return listFunctions(await functionDocuments(runId), filter);
    },

    async functionView(runId, name, options) {
      const { showFunction } = await import("./functions/show.ts");
      const documents = await functionDocuments(runId);
      const { sayingWhatIsMissing } = await import("./missing.ts");
      return sayingWhatIsMissing(stores, () => showFunction(stores.artifacts, documents, name, options));
    },

    async divergence(runId, name) {
      const { divergenceOf } = await import("./functions/diverge.ts");
      const documents = await functionDocuments(runId);
      const { sayingWhatIsMissing } = await import("./missing.ts");
      return sayingWhatIsMissing(stores, () => divergenceOf(stores.artifacts, documents, name));
    },

    async explainTrap(runId, trap) {
      const { explainTrap } = await import("./functions/trap-report.ts");
      return explainTrap(stores.artifacts, await functionDocuments(runId), trap);
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
        elsewhere,
        // Whoever cancels waits for nobody's turn.
        carryOn: (id) => beginAgain(id, carry, true).outcome,
        signal: untilClosed(carry.signal),
        ...(patience === undefined ? {} : { patience }),
      });
    },

    async verify(runId, { keys = [] } = {}) {
      const { verifyRun } = await import("./verify/verify-run.ts");
      const { secretKeyIn } = await import("../kernel/secrets/seal.ts");
      return verifyRun(stores, await inspect(), runIdOf(runId), { secretKey: secretKeyIn(environment), keys });
    },

    async sign(runIdText, key) {
      const { signRun } = await import("./signing/sign-run.ts");
      const runId = runIdOf(runIdText);
      const { problems } = await runs.verify(runId);
      // A signature that does not hold is mended by signing again, or says nothing of what is signed now.
      const [first, ...others] = problems.filter(({ what }) => what !== "signature");
      if (first !== undefined) {
        throw new GateRefusal(
          `run ${runId}: expected a run as recorded, found ${others.length + 1} faults, the first in ${first.what}, ${first.where}; see \`restep verify ${runId}\``,
        );
      }
      return signRun(stores, runId, key);
    },

    async verifyAll({ keys = [] } = {}) {
      const { verifyStore } = await import("./verify/verify-store.ts");
      const { secretKeyIn } = await import("../kernel/secrets/seal.ts");
      return verifyStore(stores, await inspect(), { secretKey: secretKeyIn(environment), keys });
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

    async size(runId) {
      const { sizeOfRun } = await import("./cost/size-of-run.ts");
      const { sayingWhatIsMissing } = await import("./missing.ts");
      return sayingWhatIsMissing(stores, () => sizeOfRun(stores, runIdOf(runId)));
    },

    async bundle(target) {
      const { openBundle } = await import("./bundle.ts");
      const { sayingWhatIsMissing } = await import("./missing.ts");
      const { read, ...bundle } = await sayingWhatIsMissing(stores, () => openBundle(stores, target, at.url));
      return { ...bundle, read: (artifact) => sayingWhatIsMissing(stores, () => read(artifact)) };
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
