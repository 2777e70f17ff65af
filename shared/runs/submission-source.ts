import type { ArtifactReader } from "../stores/ports.ts";

/** Where a submission comes from: a folder, a bucket, or what a program has just packed. */
export interface SubmissionSource {
  /** What messages call its manifest, such as the path. */
  readonly name: string;
  /** The bytes of `manifest.json`. */
  manifest(): Promise<Uint8Array>;
  /** The artifacts that come with it. Those it lacks are looked for in the store. */
  readonly artifacts: Pick<ArtifactReader, "get" | "has">;
  /** Where these are, in messages: `the artifacts folder beside the manifest`. */
  readonly artifactsAt: string;
}
