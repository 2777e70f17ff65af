import type { ArtifactRef } from "../../contracts/ids.ts";
import { StoredBundleIndex } from "../../contracts/program.ts";
import type { Inspection } from "../../stores/inspection.ts";
import { runArtifacts } from "./artifacts.ts";
import type { StoresToVerify } from "./as-found.ts";
import { comparePublished } from "./bundle.ts";
import { type Findings, type Notice, newFindings, type Problem } from "./findings.ts";
import { documentIn } from "./references.ts";
import { type Verification, type VerifyOptions, verifyRun } from "./verify-run.ts";

export interface StoreVerification {
  readonly ok: boolean;
  readonly runs: readonly Verification[];
  /** All that are there; those among them that no run led to. */
  readonly artifacts: number;
  readonly unreferenced: number;
  readonly bundles: number;
  /** Those of no run; each run has its own. */
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
}

/** Checks every run of a store, and then what no run leads to: artifacts, bundles, claims. Changes nothing. */
export async function verifyStore(
  stores: StoresToVerify,
  inspection: Inspection,
  options: Pick<VerifyOptions, "secretKey" | "keys"> = {},
): Promise<StoreVerification> {
  const findings = newFindings();
  const looked = new Set<ArtifactRef>();
  const runs: Verification[] = [];
  const ids = (await findings.attempt("runs", "the store", () => stores.runs.list())) ?? [];
  for (const runId of ids) runs.push(await verifyRun(stores, inspection, runId, { ...options, looked }));
  const stored = await findings.attempt("artifacts", "the store", () => inspection.stored());
  const { refs, others } = stored ?? { refs: [], others: [] };
  const unreferenced = refs.filter((ref) => !looked.has(ref));
  const ofNoRun = runArtifacts(inspection, { collected: new Map(), sizes: new Map(), looked }, findings);
  for (const ref of unreferenced) await ofNoRun.read({ ref, in: "no run" });
  for (const path of others) findings.notice("artifacts", path, "it is no artifact by its name");
  const bundles = (await findings.attempt("bundles", "the store", () => inspection.bundles())) ?? [];
  for (const bundle of bundles) {
    await findings.attempt("published bundle", bundle, () => checkPublication(bundle, ids, inspection, findings));
  }
  return {
    ok: findings.problems.length === 0 && runs.every(({ ok }) => ok),
    runs,
    artifacts: refs.length,
    unreferenced: unreferenced.length,
    bundles: bundles.length,
    problems: findings.problems,
    notices: findings.notices,
  };
}

/** A bundle against its index, whichever runs claim it. A run checks its own claim. */
async function checkPublication(
  bundle: ArtifactRef,
  runs: readonly string[],
  inspection: Inspection,
  findings: Findings,
): Promise<void> {
  const { claims, files } = await inspection.publication(bundle);
  for (const [claimant, found] of claims) {
    if (found !== "an empty file")
      findings.problem("claim of a bundle", `bundle ${bundle}, run ${claimant}`, "an empty file", found);
    else if (!runs.includes(claimant))
      findings.problem(
        "claim of a bundle",
        `bundle ${bundle}, run ${claimant}`,
        "the run that made it",
        "none of that id",
      );
  }
  if (files === undefined) return;
  const bytes = await inspection.artifact(bundle);
  const index = StoredBundleIndex.safeParse(bytes && documentIn(bytes));
  if (index.success) comparePublished(bundle, index.data, files, findings);
  else
    findings.notice(
      "published bundle",
      `bundle ${bundle}`,
      "its index is no artifact of the store; it was not compared",
    );
}
