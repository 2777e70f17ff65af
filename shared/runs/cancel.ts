import type { Cancellation } from "../contracts/cancellation.ts";
import { ConfigManifest } from "../contracts/config-manifest.ts";
import type { RunId } from "../contracts/ids.ts";
import { getDocument } from "../kernel/documents.ts";
import { GateRefusal } from "../kernel/errors.ts";
import { isTerminal } from "../kernel/run/transitions.ts";
import { declaredSecrets, secretsGuard } from "../kernel/secrets-guard.ts";
import type { Stores } from "../stores/ports.ts";
import { readRun } from "./read-run.ts";

/** What became of the wish to cancel a run: done, or left to the process that carries the run out. */
export type CancelOutcome = "cancelled" | "asked";

/**
 * Asks for a run to be cancelled, and its child runs with it. Whoever carries the run out does so; where nobody does,
 * `carryOn` has to.
 * @param carryOn takes a run as far as it goes
 * @throws {GateRefusal} when the run has ended
 * @throws {SecretRefused} when the reason holds a secret
 */
export async function cancelRun(
  stores: Stores,
  runId: RunId,
  cancellation: Cancellation,
  environment: (name: string) => string | undefined,
  carryOn: (runId: RunId) => Promise<unknown>,
): Promise<CancelOutcome> {
  const { submission, record } = await readRun(stores, runId);
  if (isTerminal(record.phase)) {
    throw new GateRefusal(
      `run ${runId}: expected a run that goes on, found it ${record.phase}; there is nothing to cancel`,
    );
  }
  const { run } = await getDocument(stores.artifacts, submission.config_manifest, ConfigManifest, "config manifest");
  secretsGuard(declaredSecrets(run, environment)).refuse("reason", cancellation.reason);
  await stores.cancellations.request(runId, cancellation);
  const reason = `its parent run ${runId} was cancelled: ${cancellation.reason}`.slice(0, 1_000);
  for (const child of record.children.values()) {
    if (child.status !== "running") continue;
    await cancelRun(stores, child.runId, { by: cancellation.by, reason }, environment, carryOn).catch(ignoreEnded);
  }
  try {
    await carryOn(runId);
  } catch (error) {
    if ((error as Error).name !== "LeaseHeldError") throw error;
  }
  return isTerminal((await readRun(stores, runId)).record.phase) ? "cancelled" : "asked";
}

/** A child may end while its parent is cancelled. */
function ignoreEnded(error: unknown): void {
  if (!(error instanceof GateRefusal)) throw error;
}
