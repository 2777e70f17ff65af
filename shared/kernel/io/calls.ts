import type { FactKey, FactOutcome } from "../../contracts/facts.ts";
import type { ArtifactRef } from "../../contracts/ids.ts";
import type { Json } from "../../stores/ports.ts";

/** A call as it is looked up and recorded. */
export interface Asked {
  readonly key: FactKey;
  readonly namespace: string;
  readonly request: Json;
  readonly requestSha256: string;
}

/** A call that has ended, in whichever way, and is on record. */
export interface Ended {
  readonly outcome: FactOutcome;
  readonly payload: ArtifactRef;
  /** Live: what was thrown, for those who look at this process. */
  readonly cause?: unknown;
}
