import { setTimeout as after } from "node:timers/promises";
import type { ErrorInfo } from "../../shared/contracts/error-info.ts";
import { type HandedIn, handIn } from "../../shared/local/hand-in.ts";
import { otherMode } from "../../shared/runs/execution-mode.ts";
import type { CarryOptions, Runs, RunUnderWay } from "../../shared/runs/runs.ts";
import { openUploads } from "../../shared/stores/open-deployed.ts";
import { say, withRuns } from "../cli/context.ts";
import { type ExitCode, UsageError } from "../cli/exit-codes.ts";
import { type CarryOnOptions, carryOn } from "./run.ts";
import { keyOf } from "./sign.ts";

interface CloudRunOptions extends CarryOnOptions {
  readonly new: boolean;
  readonly parent?: string;
}

/** Options that say how this machine carries a run out. */
const OF_THIS_MACHINE = ["parent", "workers", "maps"] as const;

/** How long a deployment may take to begin, and how often it is asked. Milliseconds. */
const PATIENCE = 300_000;
const BETWEEN_LOOKS = 1_000;

/** Hands a manifest in to the deployment and shows what becomes of its run there: without this process it goes on as well. */
export async function runInCloud(manifest: string, options: CloudRunOptions): Promise<ExitCode> {
  const here = OF_THIS_MACHINE.find((name) => options[name] !== undefined);
  if (here !== undefined)
    throw new UsageError(`--${here}: expected without --cloud, for it says what this machine does`);
  if (options.onSignal === "cancel") {
    throw new UsageError("--on-signal cancel: expected without --cloud; a run there is ended by `restep cancel`");
  }
  const key = await keyOf(options);
  const uploads = await openUploads(options.store);
  try {
    const environment = (name: string) => process.env[name];
    const handedIn = await handIn(manifest, uploads, { withFreshId: options.new, environment });
    const { submission } = handedIn;
    say(`Run ${submission.run_id} is handed in to ${options.store}, and goes on there without this command.`);
    const notice = otherMode(submission, "cloud");
    if (notice !== undefined) say(`Note: ${notice}.`);
    return await withRuns(options, (runs) =>
      carryOn(runs, options, async (carry) => follow(runs, handedIn, carry), key),
    );
  } finally {
    uploads.close();
  }
}

function follow(runs: Runs, handedIn: HandedIn, { signal, onEvent }: CarryOptions): RunUnderWay {
  const runId = handedIn.submission.run_id;
  const untilItStops = async () => {
    await hasArrived(runs, handedIn, signal);
    for await (const event of runs.events(runId, { follow: true, ...(signal && { signal }) })) {
      onEvent?.(event);
      if (event.name === "recomp.gate.opened" && (await runs.status(runId)).state === "blocked") return "blocked";
    }
    return signal?.aborted === true ? "interrupted" : "ended";
  };
  return { runId, isNew: true, outcome: untilItStops() };
}

/** @throws what the deployment refused it for */
async function hasArrived(runs: Runs, { submission, refusal }: HandedIn, signal: AbortSignal | undefined) {
  const latest = performance.now() + PATIENCE;
  while (performance.now() < latest) {
    if (await isThere(runs, submission.run_id)) return;
    const refused = (await refusal()) as ErrorInfo | undefined;
    if (refused !== undefined) throw Object.assign(new Error(refused.message), { name: refused.name });
    await after(BETWEEN_LOOKS, undefined, signal && { signal });
  }
  throw new Error(
    `run ${submission.run_id} is handed in, but did not begin within ${PATIENCE / 1_000} s; \`restep redrive --cloud --dry-run\` says what the deployment gave up`,
  );
}

/** Asks for this run alone: a deployment may have any number. */
async function isThere(runs: Runs, runId: string): Promise<boolean> {
  try {
    await runs.status(runId);
    return true;
  } catch (error) {
    if ((error as Error).name === "NotFoundError") return false;
    throw error;
  }
}
