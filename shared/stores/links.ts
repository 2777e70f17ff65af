import type { ArtifactRef } from "../contracts/ids.ts";

/** Addresses of artifacts for whoever has no access to the store. */
export interface ArtifactLinks {
  /** @returns an address where the artifact's bytes can be fetched for a while; it may be that there is none */
  to(ref: ArtifactRef, file: { readonly name: string; readonly type: string }): Promise<string>;
}
