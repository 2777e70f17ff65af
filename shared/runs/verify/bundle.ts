import { type ArtifactRef, artifactId } from "../../contracts/ids.ts";
import { StoredBundleIndex } from "../../contracts/program.ts";
import type { Submission } from "../../contracts/submission.ts";
import type { RunRecord } from "../../kernel/run/record.ts";
import type { Inspection, PublicationAsFound, PublishedAsFound } from "../../stores/inspection.ts";
import { publicationOf } from "../publication.ts";
import type { RunArtifacts } from "./artifacts.ts";
import type { Findings } from "./findings.ts";

export interface PublishingRun {
  readonly submission: Submission;
  readonly record: RunRecord;
  /** Whether something of the bundle's hash is in quarantine. */
  readonly isSetAside: boolean;
}

/** A bundle that a run made: its index, each of its files, and the published copy of both. */
export async function checkBundle(
  bundle: ArtifactRef,
  run: PublishingRun,
  { inspection, artifacts, findings }: { inspection: Inspection; artifacts: RunArtifacts; findings: Findings },
): Promise<StoredBundleIndex | undefined> {
  const where = `bundle ${bundle}`;
  const index = await artifacts.document({ ref: bundle, in: "the run's bundle", kind: "output" }, StoredBundleIndex);
  if (index === undefined) return undefined;
  for (const field of ["module_manifest", "config_manifest", "provenance_manifest"] as const) {
    findings.same("bundle index", `${where}, field ${field}`, run.submission[field], index[field]);
  }
  for (const { path, artifact, size } of index.files) {
    const bytes = await artifacts.read({ ref: artifact, in: `${where}, file ${path}`, kind: "output" });
    if (bytes !== undefined) findings.same("bundle index", `${where}, size of ${path}`, bytes.length, size);
  }
  await findings.attempt("published bundle", where, async () => {
    const publication = await inspection.publication(bundle);
    checkClaim(bundle, run, publication, findings);
    if (publication.files !== undefined) comparePublished(bundle, index, publication.files, findings);
  });
  return index;
}

/** A run that has published a bundle claims it, and what is claimed stands there; what it has taken back it does not claim. */
function checkClaim(
  bundle: ArtifactRef,
  { submission, record, isSetAside }: PublishingRun,
  { claims, files }: PublicationAsFound,
  findings: Findings,
): void {
  const publish = publicationOf(record);
  const claim = claims.get(submission.run_id);
  const where = `bundle ${bundle}`;
  if (publish === "succeeded" && claim === undefined && files === undefined && isSetAside) {
    findings.notice("published bundle", where, "it was withdrawn");
    return;
  }
  if (publish === "succeeded" && files === undefined) {
    findings.problem("published bundle", where, "the folder that the run published", "nothing");
  }
  const expected = publish === "succeeded" ? "an empty file" : "nothing";
  const found = claim ?? "nothing";
  const isSettled = publish === "succeeded" || publish === "compensated" || publish === "skipped";
  if (isSettled && expected !== found)
    findings.problem("claim of a bundle", `${where}, run ${submission.run_id}`, expected, found);
}

/** What stands where a bundle is published, against its index. */
export function comparePublished(
  bundle: ArtifactRef,
  { files }: StoredBundleIndex,
  published: readonly PublishedAsFound[],
  findings: Findings,
): void {
  const wanted = new Map(files.map(({ path, artifact }) => [path, artifact]));
  wanted.set("bundle.json", bundle);
  const found = new Map(published.map(({ path, extent }) => [path, extent?.sha256 ?? "no file"]));
  for (const [path, artifact] of wanted) {
    const where = `${bundle}, ${path}`;
    findings.same("published file", where, artifactId(artifact), found.get(path) ?? "nothing");
  }
  for (const path of found.keys()) {
    if (!wanted.has(path))
      findings.problem("published file", `${bundle}, ${path}`, "nothing of that name", "something");
  }
}
