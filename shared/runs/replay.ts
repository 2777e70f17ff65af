import type { ArtifactRef, RunId } from "../contracts/ids.ts";
import { filesOf, ModuleManifest } from "../contracts/module-manifest.ts";
import type { Submission } from "../contracts/submission.ts";
import { getDocument } from "../kernel/documents.ts";
import { GateRefusal } from "../kernel/errors.ts";
import type { RunRecord } from "../kernel/run/record.ts";
import { isTerminal } from "../kernel/run/transitions.ts";
import { isSealed } from "../kernel/secrets/seal.ts";
import { RUN_FORMATS } from "../stores/formats.ts";
import type { Json, Stores } from "../stores/ports.ts";
import type { Executor, Past, StoresAt } from "./executor.ts";
import type { TakenDecision } from "./gates.ts";
import { readRun } from "./read-run.ts";

/** The first thing that a replay did otherwise than the run. */
export interface Difference {
  /** Where: a state, the run's end, an emitted artifact. */
  readonly where: string;
  readonly what: string;
  readonly recorded: string;
  readonly replayed: string;
}

export interface Replay {
  readonly run_id: RunId;
  readonly identical: boolean;
  /** States and emitted artifacts compared. */
  readonly compared: number;
  readonly facts: number;
  readonly difference?: Difference;
}

export interface Replaying {
  readonly execute: Executor;
  /** Lends an empty store for as long as `use` takes. */
  withScratch<T>(use: (scratch: StoresAt) => Promise<T>): Promise<T>;
  /** Aborting gives it up. */
  readonly signal: AbortSignal;
}

/**
 * Runs a finished run again from its submission, in a store of its own: every external call is answered from the run's
 * recorded facts, every gate from its recorded decisions, no wait is waited for. Then compares what each state read, wrote
 * and failed with.
 * @throws {GateRefusal} when the run has not ended; {FlowChanged} when it was begun under another flow than is here
 */
export async function replayRun(
  stores: Stores,
  runId: RunId,
  { execute, withScratch, signal }: Replaying,
): Promise<Replay> {
  const { submission, record } = await readRun(stores, runId);
  const { formats } = await stores.runs.get(runId);
  if (formats.events !== RUN_FORMATS.events) {
    throw new GateRefusal(
      `run ${runId}: expected events of format ${RUN_FORMATS.events}, found format ${formats.events}, which an earlier version wrote; replay it with that version`,
    );
  }
  if (!isTerminal(record.phase)) {
    throw new GateRefusal(`run ${runId}: expected a run that has ended, found it ${record.phase}; resume it first`);
  }
  if (record.phase === "cancelled") {
    throw new GateRefusal(
      `run ${runId}: expected a run that ended by itself, found it cancelled; when somebody wanted that is no fact of the run`,
    );
  }
  const replayed = await withScratch(async (scratch) => {
    await copyInputs(stores, scratch.stores, submission, record);
    await scratch.stores.runs.create(runId, submission as unknown as Json);
    await execute(scratch, runId, {
      signal,
      past: { begun: record, facts: record.facts, decisions: decisionsOf(record) },
    });
    return (await readRun(scratch.stores, runId)).record;
  });
  const pairs = comparisons(record, replayed);
  const difference = pairs.find((pair) => pair.recorded !== pair.replayed);
  return {
    run_id: runId,
    identical: difference === undefined,
    compared: pairs.length,
    facts: record.facts.length,
    ...(difference === undefined ? {} : { difference }),
  };
}

/** What the run began with, and the payloads of its facts. Everything else it makes again. */
async function copyInputs(from: Stores, to: Stores, submission: Submission, record: RunRecord): Promise<void> {
  const { module_manifest, config_manifest, provenance_manifest } = submission;
  const copy = async (ref: ArtifactRef, kind: "manifest" | "fact_payload" | "other") => {
    const bytes = await from.artifacts.get(ref);
    await to.artifacts.put(isSealed(bytes) ? "secret_payload" : kind, bytes);
  };
  for (const ref of [module_manifest, config_manifest, provenance_manifest]) await copy(ref, "manifest");
  const module = await getDocument(from.artifacts, module_manifest, ModuleManifest, "module manifest");
  for (const { artifact } of filesOf(module)) await copy(artifact, "other");
  for (const { payload } of record.facts) await copy(payload, "fact_payload");
}

function decisionsOf(record: RunRecord): Past["decisions"] {
  const decisions = new Map<string, TakenDecision>();
  for (const { gate, state, by, reason = "", signature } of record.gates.values()) {
    if (state !== "failed" && state !== "open" && by !== undefined)
      decisions.set(gate, { decision: state, by, reason, ...(signature === undefined ? {} : { signature }) });
  }
  return decisions;
}

/** In the order in which the run did them, so that the first difference is where they part. */
function comparisons(recorded: RunRecord, replayed: RunRecord): Difference[] {
  const none = "nothing";
  const states = [...recorded.steps.values()].sort((a, b) => (a.endedSeq ?? 0) - (b.endedSeq ?? 0));
  return [
    ...states.flatMap((step) => {
      const again = replayed.steps.get(step.stateId);
      const pair = (what: string, a: string | undefined, b: string | undefined): Difference => ({
        where: step.stateId,
        what,
        recorded: a ?? none,
        replayed: b ?? none,
      });
      return [
        pair("input", step.baseSnapshot, again?.baseSnapshot),
        pair("error", describeError(step.error), describeError(again?.error)),
        pair("output", step.snapshot, again?.snapshot),
        pair("state", step.state, again?.state),
      ];
    }),
    ...[...recorded.roles].map(([role, ref]): Difference => {
      return { where: role, what: "artifact", recorded: ref, replayed: replayed.roles.get(role) ?? none };
    }),
    { where: "the run", what: "end", recorded: recorded.phase, replayed: replayed.phase },
  ];
}

function describeError(error: { name: string; message: string } | undefined): string | undefined {
  return error === undefined ? undefined : `${error.name}: ${error.message}`;
}
