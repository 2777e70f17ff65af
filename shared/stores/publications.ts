import type { ArtifactRef, RunId } from "../contracts/ids.ts";

/** One file of a published bundle. */
export interface PublishedFile {
  /** A plain name, no folders. */
  readonly path: string;
  readonly artifact: ArtifactRef;
}

export interface Publication {
  /** In the adapter's own terms: a folder, a key prefix. */
  readonly location: string;
  /** False when the bundle was published before. */
  readonly isNew: boolean;
}

/**
 * Where bundles become available under their hash. Several runs may come to the same bundle, so each that publishes it claims
 * it, and it stays for as long as any claim does.
 */
export interface PublicationStore {
  /**
   * Makes a bundle available, all its files or none, and keeps it so until the claimant withdraws. The claim comes first and
   * stays when the rest fails. Publishing a bundle again adds no more than the claim. What was half made when an artifact
   * turned out to be missing or damaged is set aside with a reason, and never served.
   * @throws NotFoundError, CorruptionError naming the artifact
   * @throws IoError when another run's withdrawal of the bundle is under way and does not end
   * @throws InvalidInputError for a path that is not a plain name, or is there twice; for a claimant that is no run id
   */
  publish(bundle: ArtifactRef, files: readonly PublishedFile[], claimant: RunId): Promise<Publication>;
  /**
   * Whether the claimant has published the bundle and not withdrawn it; then it is as durable as `publish` leaves it.
   * @throws as `publish` does
   */
  confirm(bundle: ArtifactRef, claimant: RunId): Promise<boolean>;
  /** Where a bundle was published, or undefined. */
  find(bundle: ArtifactRef): Promise<string | undefined>;
  /**
   * Takes the claimant's claim back, if there is one. A bundle that no run claims any more goes out of service: to quarantine
   * with the reason, and may be published again. May be called again after a failure, or by one that never published.
   * @returns where the bundle is now, or undefined when it stays, was not published, or is set aside already
   * @throws InvalidInputError for a claimant that is no run id
   */
  withdraw(bundle: ArtifactRef, claimant: RunId, reason: string): Promise<string | undefined>;
}
