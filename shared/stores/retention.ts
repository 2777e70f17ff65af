import * as z from "zod";
import { ArtifactRef } from "../contracts/ids.ts";

/** An artifact by its age. */
export interface AgedArtifact {
  readonly ref: ArtifactRef;
  /** Bytes. */
  readonly size: number;
  /** When it was put last, also if it was there then. Milliseconds since 1970, by the clock of whoever put it. */
  readonly lastPut: number;
}

/**
 * What became of a removal. `put_since`: it was put after the caller looked, and stays. `gone`: it was not there, another
 * process may have removed it.
 */
export type RemoveOutcome = "removed" | "put_since" | "gone";

/** Something that was taken out of service: damaged bytes, a withdrawn bundle, half a publication. */
export interface SetAside {
  /** Names it in this store. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** When it was set aside, milliseconds since 1970. */
  readonly since: number;
}

/** What a process that died left half done. */
export interface Leftover {
  /** Names it in this store. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** An entry of the record of removals. The last one of an artifact counts. */
export const RemovalEntry = z.strictObject({
  at: z.iso.datetime(),
  artifact: ArtifactRef,
  size: z.int().nonnegative().describe("bytes"),
  why: z.string().min(1),
  /** Written before the removal; `kept` takes it back, for the artifact was put meanwhile. */
  outcome: z.enum(["removed", "kept"]),
});
export type RemovalEntry = z.infer<typeof RemovalEntry>;

/** What can be taken away for good. Apart from the other stores, so that nothing but retention can. */
export interface RetentionStore {
  /** Every artifact, in order of address. */
  artifacts(): AsyncIterable<AgedArtifact>;
  /**
   * The bytes, hashed; damage is reported and left as it is.
   * @throws NotFoundError, CorruptionError
   */
  inspect(ref: ArtifactRef): Promise<Uint8Array>;
  /**
   * Removes an artifact, unless it was put after `lastPut`. Safe beside a put of the same bytes by any process: that
   * either keeps them or brings them back. A power cut may bring back what was removed.
   */
  remove(artifact: Pick<AgedArtifact, "ref" | "lastPut">): Promise<RemoveOutcome>;
  /** In order of name. */
  setAside(): AsyncIterable<SetAside>;
  /** Removes it with its reason. @returns false when it was gone */
  removeSetAside(item: Pick<SetAside, "name">): Promise<boolean>;
  /** In order of name. Opening a store removes them, unless it is opened as found. */
  leftovers(): AsyncIterable<Leftover>;
  /** @returns false when it was gone */
  removeLeftover(leftover: Pick<Leftover, "name">): Promise<boolean>;
  /** Adds to the record of removals; durable when it returns. */
  record(entries: readonly RemovalEntry[]): Promise<void>;
  /** The record of removals, oldest first. An entry that is torn or damaged is passed over. */
  removals(): AsyncIterable<RemovalEntry>;
}
