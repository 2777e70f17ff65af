import type { ArtifactRef, RunId } from "../contracts/ids.ts";
import type { ArtifactKind } from "./ports.ts";

/**
 * A store as it stands, for those who check it. Nothing is changed, repaired or set aside, and nothing is remembered from
 * one call to the next; a store that may only be read will do.
 */
export interface Inspection {
  /**
   * An artifact's bytes, whatever they hash to; undefined when there are none.
   * @param size that it is recorded with: one that is larger is not read
   * @throws CorruptionError when it is
   */
  artifact(ref: ArtifactRef, size?: number): Promise<Uint8Array | undefined>;
  stored(): Promise<StoredAsFound>;
  /** Whose folders stand where bundles are published, or whose claims do, in order. */
  bundles(): Promise<readonly ArtifactRef[]>;
  kinds(): Promise<KindsAsFound>;
  /**
   * The files of a run that only grow, and what the seal of its last clean release says of them.
   * @throws CorruptionError when the seal is damaged
   */
  files(runId: RunId): Promise<RunFilesAsFound>;
  publication(bundle: ArtifactRef): Promise<PublicationAsFound>;
}

/** What stands where artifacts do. */
export interface StoredAsFound {
  /** In order. What stands there need be no file. */
  readonly refs: readonly ArtifactRef[];
  /** Paths of what has no artifact's name. */
  readonly others: readonly string[];
}

export interface KindsAsFound {
  readonly kindsOf: (ref: ArtifactRef) => ReadonlySet<ArtifactKind>;
  /** Lines that are no entry, by their numbers from 1. */
  readonly damaged: readonly { readonly line: number; readonly text: string }[];
}

export interface Extent {
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of these bytes. */
  readonly sha256: string;
}

export interface RunFilesAsFound {
  readonly isSealed: boolean;
  readonly files: readonly FileAsFound[];
}

export interface FileAsFound {
  readonly name: string;
  /** As sealed; undefined when it was not there then, or there is no seal. */
  readonly sealed: Extent | undefined;
  /** As it stands, and the hash of as much of it as is sealed, if that is; undefined when it is not there. */
  readonly found: { readonly size: number; readonly sealedPart: string | undefined } | undefined;
}

export interface PublicationAsFound {
  /** What stands for each claim, by the name of the run. */
  readonly claims: ReadonlyMap<string, ClaimAsFound>;
  /** What stands where the bundle is published, in order of name; undefined when it is not. */
  readonly files: readonly PublishedAsFound[] | undefined;
}

/** What a claim is: the first, or else what somebody made of it. */
export type ClaimAsFound = "an empty file" | `a file of ${number} bytes` | "a link" | "a folder" | "no file";

export interface PublishedAsFound {
  readonly path: string;
  /** Undefined for what is no file. */
  readonly extent: Extent | undefined;
}
