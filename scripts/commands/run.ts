import { join } from "node:path";
import type { ErrorCategory } from "../../shared/contracts/error-info.ts";
import { meaningOf } from "../../shared/contracts/error-registry.ts";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import type { MapMode } from "../../shared/kernel/map-mode.ts";
import { type RunsOptions, trySubmission } from "../../shared/local/open-runs.ts";
import { folderSubmission } from "../../shared/local/submission-folder.ts";
import type { CarryOptions, ResumeAsNewOptions, Runs, RunUnderWay } from "../../shared/runs/runs.ts";
import type { SigningKey } from "../../shared/runs/signing/keys.ts";
import type { RunSummary } from "../../shared/runs/summary.ts";
import { storeFolder } from "../../shared/stores/open.ts";
import { expectRunName, parseCount } from "../cli/arguments.ts";
import { type GlobalOptions, nextCommand, print, say, withRun, withRuns } from "../cli/context.ts";
import { ExitCode, exitCodeOfName, UsageError } from "../cli/exit-codes.ts";
import { formatPoint, formatSummary } from "../cli/format.ts";
import { progressView } from "../cli/progress-view.ts";
import { isStore } from "../cli/store-place.ts";
import { whyItWaits } from "../cli/watch.ts";
import { keyOf, signAtEnd } from "./sign.ts";

export interface RunOptions extends GlobalOptions {
  readonly workers?: string;
  /** Of verbs that begin runs. */
  readonly maps?: MapMode;
}

export interface CarryOnOptions extends RunOptions {
  /** What SIGINT and SIGTERM do to the run. */
  readonly onSignal?: "leave" | "cancel";
  /** A file with the private key that a run which succeeded is signed with; what the environment has, otherwise. */
  readonly key?: string | undefined;
}

export async function runVerb(
  manifest: string,
  options: CarryOnOptions & { new: boolean; parent?: string },
): Promise<ExitCode> {
  const { parent: parentName } = options;
  if (parentName !== undefined) expectRunName(parentName);
  const workers = workersOf(options);
  // Before there is a store, too: a run whose key is none would go unsigned.
  const key = await keyOf(options);
  // Before there is a store: a path that was mistyped makes none.
  await folderSubmission(manifest).manifest();
  const start = (runs: Runs) => async (carry: CarryOptions) => {
    const parent = parentName === undefined ? {} : { parent: await runs.find(parentName) };
    const run = await runs.start(manifest, { withFreshId: options.new, ...parent, ...carry });
    if (!run.isNew) say(`Run ${run.runId} was submitted before.`);
    if (run.notice !== undefined) say(`Note: ${run.notice}.`);
    return run;
  };
  // A parent is in a store that is there. What is refused makes none either.
  const mustExist = parentName !== undefined;
  const folder = storeFolder(options.store);
  if (!mustExist && folder !== undefined && !isStore(folder)) await trySubmission(manifest);
  return withRuns(options, (runs) => carryOn(runs, options, start(runs), key), { ...workers, mustExist });
}

export async function resumeVerb(
  name: string,
  options: CarryOnOptions & { new: boolean; from?: string },
): Promise<ExitCode> {
  const { new: isNew, from } = options;
  if (from !== undefined && !isNew) {
    throw new UsageError("--from: expected --new beside it, for a run goes on from another step only as a new run");
  }
  const key = await keyOf(options);
  const resume = (runs: Runs, runId: string) =>
    carryOn(
      runs,
      options,
      (carry) => (isNew ? resumeAsNew(runs, runId, { ...carry, from }) : runs.resume(runId, carry)),
      key,
    );
  return withRun(options, name, resume, workersOf(options));
}

async function resumeAsNew(runs: Runs, runId: string, options: ResumeAsNewOptions): Promise<RunUnderWay> {
  const run = await runs.resumeAsNew(runId, options);
  say(
    `Run ${run.runId} goes on from run ${runId}, ${formatPoint(run.resumedFrom)}; ${run.reusable} of its states can be reused.`,
  );
  return run;
}

/**
 * Takes a run as far as it goes, shows it on the way, and prints what became of it.
 * @param key signs it once it succeeded
 */
export async function carryOn(
  runs: Runs,
  options: CarryOnOptions,
  begin: (carry: CarryOptions) => Promise<RunUnderWay>,
  key?: SigningKey,
): Promise<ExitCode> {
  const interruption = new AbortController();
  const cancellation = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => {
    // The second signal leaves the run where it is, also while it is being cancelled.
    const isFirst = !cancellation.signal.aborted;
    if (options.onSignal === "cancel" && isFirst) cancellation.abort(`${signal} came`);
    else interruption.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const view = progressView(process.stderr.isTTY === true);
  let run: RunUnderWay;
  let isWorkDone = false;
  try {
    const carry = { signal: interruption.signal, cancel: cancellation.signal };
    const told: EventEnvelope[] = [];
    let tell = (event: EventEnvelope): unknown => told.push(event);
    run = await begin({
      ...carry,
      onEvent: (event) => {
        isWorkDone = true;
        tell(event);
      },
    });
    // What another process did is told first, so that totals and times are those of the run.
    const past = run.isNew ? [] : await eventsBefore(runs, run.runId, told);
    for (const event of past) view.before(event);
    const last = past.at(-1)?.seq ?? 0;
    tell = (event) => event.seq > last && view.take(event);
    for (const event of told) tell(event);
    await run.outcome;
  } finally {
    view.end();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
  const summary = await runs.summary(run.runId);
  print(options.json ? JSON.stringify({ ...summary, store: options.store }) : formatSummary(summary));
  const hasEnded = summary.state === "succeeded" || summary.state === "failed";
  if (hasEnded && !isWorkDone && !options.json) say("It had ended before: nothing was left to do.");
  if (key !== undefined && hasEnded) await signAtEnd(runs, run.runId, key);
  return sayWhatNext(summary, options);
}

/** The log up to the first event that was told, or up to its end where none was. */
async function eventsBefore(runs: Runs, runId: string, told: readonly EventEnvelope[]): Promise<EventEnvelope[]> {
  const past: EventEnvelope[] = [];
  for await (const event of runs.events(runId)) past.push(event);
  const [first] = told;
  return first === undefined ? past : past.filter(({ seq }) => seq < first.seq);
}

function sayWhatNext(summary: RunSummary, options: RunOptions): ExitCode {
  const { store, json } = options;
  const { run_id: runId } = summary;
  if (summary.state === "succeeded") {
    const folder = storeFolder(store);
    if (!json && summary.is_published && folder !== undefined) {
      say(`Files in ${join(folder, "bundles", summary.bundle?.slice("artifact://".length) ?? "")}`);
    }
    if (summary.reason === "incomplete") {
      say("It is incomplete: functions that its runs need are missing, so those runs end in a trap.");
      return ExitCode.incomplete;
    }
    if (!json) say(`Run it: ${nextCommand(options, "exec", runId, "--", "<args>")}`);
    return ExitCode.succeeded;
  }
  if (summary.state === "failed") {
    if (!json && summary.started_at !== undefined) {
      if (isOfItsManifests(summary))
        say("A cause in its manifests stays there: correct them, pack again, and run that.");
      const asNew = nextCommand(options, "resume", runId, "--new");
      if (summary.phase === "cancelled") say(`To go on from there as a new run: ${asNew}`);
      else say(`Once its cause is gone, go on from there as a new run: ${asNew}`);
    }
    return exitCodeOfName(summary.error ?? "");
  }
  if (summary.state === "blocked") {
    say(whyItWaits(summary, options) ?? "");
    return ExitCode.blocked;
  }
  if (options.isCloud === true)
    say(`It goes on there. Follow it with: ${nextCommand(options, "events", runId, "--follow")}`);
  else say(`Interrupted. Go on with: ${nextCommand(options, "resume", runId)}`);
  return ExitCode.interrupted;
}

/** Whether what a run was given may be why it failed: a run that goes on from it is given the same. */
function isOfItsManifests({ error }: RunSummary): boolean {
  const category = meaningOf(error ?? "")?.category;
  return category !== undefined && OF_MANIFESTS.includes(category);
}

const OF_MANIFESTS: readonly ErrorCategory[] = ["contract", "parsing_input", "validation"];

/** A thread takes some 50 MB: more than this is a mistake in typing. */
const MOST_WORKERS = 1_024;

/** The worker threads a run's handlers work in, and how its Maps are carried out. */
export function workersOf({ workers, maps }: RunOptions): Pick<RunsOptions, "workers" | "maps"> {
  return {
    ...(workers === undefined ? {} : { workers: parseCount("--workers", workers, 1, MOST_WORKERS) }),
    ...(maps === undefined ? {} : { maps }),
  };
}
