import type { FactIndex } from "../contracts/facts.ts";
import type { ArtifactRef, RunId } from "../contracts/ids.ts";
import { putDocument } from "../kernel/documents.ts";
import { factIndex } from "../kernel/io/fact-index.ts";
import type { Stores } from "../stores/ports.ts";
import { readRun } from "./read-run.ts";

/** Keeps the index of a run's facts as an artifact, for another run to name in its config as `run.facts`. */
export async function keepFacts(
  stores: Stores,
  runId: RunId,
): Promise<{ readonly ref: ArtifactRef; readonly index: FactIndex }> {
  const { record } = await readRun(stores, runId);
  const index = factIndex(record.facts);
  return { ref: await putDocument(stores.artifacts, "output", index), index };
}
