import type { FactIndex } from "../contracts/facts.ts";
import { type ArtifactId, type ArtifactRef, artifactRef, type RunId } from "../contracts/ids.ts";
import { putDocument } from "../kernel/documents.ts";
import { factIndex } from "../kernel/io/fact-index.ts";
import { canonicalHash } from "../stores/digest.ts";
import type { Stores } from "../stores/ports.ts";
import { readRun } from "./read-run.ts";

/**
 * The index of a run's facts, and what it is called as an artifact.
 * @param isKept keeps it as that, for another run to name in its config as `run.facts`
 */
export async function readFacts(
  stores: Stores,
  runId: RunId,
  isKept: boolean,
): Promise<{ readonly ref: ArtifactRef; readonly index: FactIndex }> {
  const { record } = await readRun(stores, runId);
  const index = factIndex(record.facts);
  if (isKept) return { ref: await putDocument(stores.artifacts, "output", index), index };
  return { ref: artifactRef(canonicalHash(index) as ArtifactId), index };
}
