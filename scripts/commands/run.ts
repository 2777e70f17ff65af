import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { RunId } from "../../shared/contracts/ids.ts";
import { openGate } from "../../shared/kernel/run/record.ts";
import { executeRun, type RunExecution } from "../../shared/local/run.ts";
import { runAsChild } from "../../shared/runs/children.ts";
import { readRun } from "../../shared/runs/read-run.ts";
import { submit } from "../../shared/runs/submit.ts";
import { summarize } from "../../shared/runs/summary.ts";
import { folderArtifacts } from "../../shared/stores/filesystem/index.ts";
import type { Stores } from "../../shared/stores/ports.ts";
import { parseCount, parseRunId } from "../cli/arguments.ts";
import { readBuildStamp } from "../cli/build-stamp.ts";
import { type GlobalOptions, print, say, withStores } from "../cli/context.ts";
import { ExitCode } from "../cli/exit-codes.ts";
import { formatSummary } from "../cli/format.ts";
import { progressView } from "../cli/progress-view.ts";
import { readStateMachine, workerEntry } from "../cli/resources.ts";

export interface RunOptions extends GlobalOptions {
  readonly workers?: string;
}

export function runVerb(manifest: string, options: RunOptions & { new: boolean; parent?: string }): Promise<ExitCode> {
  return withStores(options, async (stores) => {
    const { submission, isNew } = await submit(stores, manifest, folderArtifacts, {
      withFreshId: options.new,
      environment: (name) => process.env[name],
    });
    if (!isNew) say(`Run ${submission.run_id} was submitted before.`);
    const goOn = () => carryOn(stores, submission.run_id, options);
    return options.parent === undefined ? goOn() : runAsChild(stores, parseRunId(options.parent), submission, goOn);
  });
}

export function resumeVerb(runId: string, options: RunOptions): Promise<ExitCode> {
  return withStores(options, (stores) => carryOn(stores, parseRunId(runId), options));
}

/** Takes a run to its end, shows it on the way, and prints what became of it. */
export async function carryOn(stores: Stores, runId: RunId, options: RunOptions): Promise<ExitCode> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const view = progressView(process.stderr.isTTY === true);
  try {
    await executeRun(stores, runId, {
      stateMachine: await readStateMachine("run-lifecycle"),
      worker: await workerFor(options, join(options.store, "runs", runId, "log.jsonl")),
      signal: interruption.signal,
      onEvent: (event) => view.take(event),
    });
  } finally {
    view.end();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
  const { submission, record } = await readRun(stores, runId);
  const summary = summarize(submission, record);
  print(options.json ? JSON.stringify({ ...summary, store: options.store }) : formatSummary(summary));
  if (summary.state === "succeeded") {
    const isPublished = summary.stages.some(({ stage, state }) => stage === "publish" && state === "succeeded");
    if (!options.json && isPublished) {
      say(`Files in ${options.store}/bundles/${summary.bundle?.slice("artifact://".length)}`);
    }
    if (!options.json) say(`Run it: npm run restep -- exec ${runId} -- <args>`);
    return ExitCode.succeeded;
  }
  if (summary.state === "failed") return ExitCode.failed;
  const gate = openGate(record);
  if (gate !== undefined) {
    const yes = gate.kind === "manual" ? "approve" : "override";
    say(`Blocked at gate ${gate.gate}, which waits for a person to decide on ${gate.subject}. Decide with:`);
    say(`  npm run restep -- ${yes} ${runId} ${gate.gate} --by <you> --reason "..."`);
    say(`  npm run restep -- reject ${runId} ${gate.gate} --by <you> --reason "..."`);
    return ExitCode.blocked;
  }
  say(`Interrupted. Go on with: npm run restep -- resume ${runId}`);
  return ExitCode.interrupted;
}

/** The worker threads a run's handlers work in. @param log file for what they log */
export async function workerFor(options: RunOptions, log?: string): Promise<RunExecution["worker"]> {
  return {
    entry: workerEntry,
    size: options.workers === undefined ? availableParallelism() : parseCount("--workers", options.workers, 1),
    settings: { store: options.store, build: await readBuildStamp(), ...(log === undefined ? {} : { log }) },
  };
}
