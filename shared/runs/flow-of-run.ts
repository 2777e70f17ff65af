import type { RunId } from "../contracts/ids.ts";
import type { Flow } from "../kernel/flow.ts";
import { readGuardedConfig } from "../kernel/run-configs.ts";
import { FLOWS, flowFor } from "../stages/flows.ts";
import type { Stores } from "../stores/ports.ts";
import { readSubmission } from "./read-run.ts";

/**
 * The flow that a run is carried out by: the one of its config's goal. A config that cannot be read goes to the first flow
 * there is, whose opening stage says what is wrong with it.
 */
export async function flowOfRun(stores: Pick<Stores, "runs" | "artifacts">, runId: RunId): Promise<Flow> {
  const { config_manifest } = await readSubmission(stores, runId);
  const source = { artifacts: stores.artifacts, environment: () => undefined };
  const { manifest } = await readGuardedConfig(source, config_manifest);
  return manifest === undefined ? FLOWS[0]! : flowFor(manifest.document);
}
