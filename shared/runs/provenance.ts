import type { RunId } from "../contracts/ids.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import type { Stores } from "../stores/ports.ts";
import { readRun } from "./read-run.ts";

/** The role that each form of it is emitted in. */
const ROLES = { restep: "provenance", slsa: "attestation" } as const;

/**
 * The provenance of a run's bundle, or the same as an in-toto statement: the artifact's own bytes.
 * @throws {ContractInputMissing} for a run that has made no bundle yet
 */
export async function readProvenance(stores: Stores, runId: RunId, form: keyof typeof ROLES): Promise<Uint8Array> {
  const { record } = await readRun(stores, runId);
  const ref = record.roles.get(ROLES[form]);
  if (ref === undefined) {
    throw new ContractInputMissing(
      `run ${runId} has no provenance: it is ${record.phase}; a run has it once its bundle is made`,
    );
  }
  return stores.artifacts.get(ref);
}
