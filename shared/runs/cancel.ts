import type { Cancellation } from "../contracts/cancellation.ts";
import type { RunId } from "../contracts/ids.ts";
import { GateRefusal, RunCancelled } from "../kernel/errors.ts";
import type { RunPhase } from "../kernel/run/record.ts";
import { isTerminal } from "../kernel/run/transitions.ts";
import { expectGuardedConfig } from "../kernel/run-configs.ts";

import type { Stores } from "../stores/ports.ts";
import { type CarryingCancelled, carryUntilHeard } from "./cancel-children.ts";
import { type ExecutionControl, stopElsewhere } from "./elsewhere.ts";
import { readRun } from "./read-run.ts";

/**
 * What became of the wish to cancel a run: done, or left to the process that carries the run out, which has heard, or has
 * not as long as one was willing to wait. It hears then when it looks next, or whoever goes on with the run does.
 */
export type CancelOutcome = "cancelled" | "asked" | "unheard";

export interface CancelOptions extends CarryingCancelled {
  environment(name: string): string | undefined;
  /** Aborting ends the waiting for whoever carries the run out to hear. */
  readonly patience?: AbortSignal;
  /** Stops the execution of a run that Step Functions carries out. */
  readonly elsewhere?: ExecutionControl | undefined;
}

/**
 * Asks for a run to be cancelled, and its child runs with it. Whoever carries the run out does so; where nobody does,
 * `carryOn` has to. Returns when the run is cancelled, or when whoever carries it out has heard.
 * @throws {GateRefusal} when the run has ended, also where it came to its end before it was reached
 * @throws {SecretRefused} when the reason holds a secret of the run, or of a child run
 * @throws what kept a child run from being cancelled; the run itself then is
 */
export async function cancelRun(
  stores: Stores,
  runId: RunId,
  cancellation: Cancellation,
  { environment, patience, elsewhere, ...carrying }: CancelOptions,
): Promise<CancelOutcome> {
  const { record } = await readRun(stores, runId);
  if (isTerminal(record.phase)) throw nothingToCancel(runId, record.phase);
  await expectNoSecret(stores, runId, cancellation.reason, environment);
  const wanted = await stores.cancellations.request(runId, cancellation);
  if (record.executionArn !== undefined) {
    await stopElsewhere(runId, record.executionArn, new RunCancelled(wanted), elsewhere);
    return "asked";
  }
  const { phase, cancellation: heard } = await carryUntilHeard(stores, runId, {
    ...carrying,
    signal: patience === undefined ? carrying.signal : AbortSignal.any([carrying.signal, patience]),
  });
  if (isTerminal(phase) && phase !== "cancelled") throw nothingToCancel(runId, phase);
  if (phase === "cancelled") return "cancelled";
  return heard === undefined && patience?.aborted === true ? "unheard" : "asked";
}

function nothingToCancel(runId: RunId, phase: RunPhase): GateRefusal {
  return new GateRefusal(`run ${runId}: expected a run that goes on, found it ${phase}; there is nothing to cancel`);
}

/** The reason comes to stand in the logs of child runs too, each of which has secrets of its own. */
async function expectNoSecret(
  stores: Stores,
  runId: RunId,
  reason: string,
  environment: CancelOptions["environment"],
): Promise<void> {
  const family = new Set([runId]);
  for (const member of family) {
    const read = await familyOf(stores, member, environment).catch((error) => {
      // A child that cannot be read is told of when it is to be cancelled.
      if (member === runId) throw error;
    });
    if (read === undefined) continue;
    read.guard.refuse("reason", reason);
    for (const child of read.children) family.add(child);
  }
}

async function familyOf(stores: Stores, runId: RunId, environment: CancelOptions["environment"]) {
  const { submission, record } = await readRun(stores, runId);
  const source = { artifacts: stores.artifacts, environment };
  const { guard } = await expectGuardedConfig(source, submission.config_manifest);
  const running = [...record.children.values()].filter(({ status }) => status === "running");
  return { guard, children: running.map((child) => child.runId) };
}
