import type { RunId } from "../contracts/ids.ts";
import type { DsseEnvelope } from "../contracts/signature.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import { canonicalBytes } from "../stores/digest.ts";
import type { Stores } from "../stores/ports.ts";
import { readRun } from "./read-run.ts";
import { IN_TOTO, payloadSignedBy } from "./signing/dsse.ts";
import { keyBeside } from "./signing/keys.ts";

/** The role that each form of it is emitted in. */
const ROLES = { restep: "provenance", slsa: "attestation", dsse: "attestation" } as const;

export type ProvenanceForm = keyof typeof ROLES;

/**
 * The provenance of a run's bundle, or the same as an in-toto statement: the artifact's own bytes. As `dsse`, that statement in
 * an envelope with every signature that keys have made of it; what stands there as one and does not hold is left out.
 * @throws {ContractInputMissing} for a run that has made no bundle yet; for an envelope, of one that nobody signed
 */
export async function readProvenance(stores: Stores, runId: RunId, form: ProvenanceForm): Promise<Uint8Array> {
  const { record } = await readRun(stores, runId);
  const ref = record.roles.get(ROLES[form]);
  if (ref === undefined) {
    throw new ContractInputMissing(
      `run ${runId} has no provenance: it has come to ${record.phase}; a run has it once its bundle is made`,
    );
  }
  const bytes = await stores.artifacts.get(ref);
  return form === "dsse" ? canonicalBytes(await envelopeOf(stores, runId, bytes)) : bytes;
}

async function envelopeOf(stores: Stores, runId: RunId, statement: Uint8Array): Promise<DsseEnvelope> {
  const payload = Buffer.from(statement).toString("base64");
  const signed = (await stores.signatures.list(runId)).flatMap((signature) => {
    const { attestation } = signature;
    const key = keyBeside(signature);
    const isOfIt = attestation?.payload === payload && attestation.signatures.length === 1;
    return isOfIt && key && payloadSignedBy(key, IN_TOTO, attestation) ? [attestation] : [];
  });
  const [first, ...others] = signed;
  if (first === undefined)
    throw new ContractInputMissing(
      `run ${runId}: expected a signature of its provenance, found none; see \`restep sign\``,
    );
  return { ...first, signatures: [first, ...others].flatMap(({ signatures }) => signatures) };
}
