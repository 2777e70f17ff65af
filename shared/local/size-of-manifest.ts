import { IntakeOutput, PlanOutput, type StageCall } from "../contracts/stages.ts";
import { attemptStage } from "../kernel/attempt.ts";
import { storedRunLog } from "../kernel/run/stored-log.ts";
import { createWorld } from "../kernel/world.ts";
import type { RunSize } from "../runs/cost/estimate.ts";
import { flowOfRun } from "../runs/flow-of-run.ts";
import { submit } from "../runs/submit.ts";
import { FLOWS } from "../stages/flows.ts";
import { intake } from "../stages/intake.ts";
import { plan } from "../stages/plan.ts";
import { openStores } from "../stores/open.ts";
import { createLogger } from "../telemetry/logger.ts";
import { folderSubmission } from "./submission-folder.ts";

/**
 * How large a manifest's run would be: what its first two stages say of it, in stores that are forgotten.
 * @throws as a run's beginning does for what cannot be one
 */
export async function sizeOfManifest(
  manifestPath: string,
  environment: (name: string) => string | undefined,
): Promise<RunSize> {
  const stores = await openStores("memory:");
  const { submission } = await submit(stores, folderSubmission(manifestPath), { environment });
  const flow = await flowOfRun(stores, submission.run_id);
  const world = createWorld({
    stores,
    log: storedRunLog(stores),
    logger: (fields, redact) => createLogger("silent", fields, undefined, redact),
    flows: FLOWS,
    build: { restep_version: "not a run", state_machines: {} },
    environment,
  });
  const call: StageCall = {
    run_id: submission.run_id,
    flow: flow.name,
    attempt: 0,
    config: submission.config_manifest,
    input: { submission },
  };
  const { route } = IntakeOutput.parse(await attemptStage(intake, call, world));
  const { functions, shards } = PlanOutput.parse(await attemptStage(plan, call, world));
  return { functions, shards: shards.length, route };
}
