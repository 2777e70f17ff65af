import type { ArtifactRef } from "../contracts/ids.ts";

/** One file of a published bundle. */
export interface PublishedFile {
  /** A plain name, no folders. */
  readonly path: string;
  readonly artifact: ArtifactRef;
}

/** Where bundles become available under their hash. */
export interface PublicationStore {
  /**
   * Makes a bundle available, all its files or none. Publishing it again changes nothing.
   * @returns where it is, in the adapter's own terms (a folder, a key prefix)
   */
  publish(bundle: ArtifactRef, files: readonly PublishedFile[]): Promise<string>;
  /** Where a bundle was published, or undefined. */
  find(bundle: ArtifactRef): Promise<string | undefined>;
}
