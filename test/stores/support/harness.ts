import type { ArtifactRef, RunId } from "../../../shared/contracts/ids.ts";
import type { RunFormats } from "../../../shared/stores/formats.ts";
import type { StoreNotice, Stores } from "../../../shared/stores/ports.ts";
import type { ManualClock } from "./manual-clock.ts";

export interface Client extends Stores {
  readonly clock: ManualClock;
  readonly notices: readonly StoreNotice[];
}

/** One storage and the means to open it several times, as several processes would, and to damage it. */
export interface Harness {
  open(): Promise<Client>;
  damageArtifact(ref: ArtifactRef, bytes: Uint8Array): Promise<void>;
  /** Replaces the lines of a log. */
  damageLog(runId: RunId, log: "events" | "history", edit: (lines: string[]) => string[]): Promise<void>;
  /** Makes the run one that another version began. */
  reformat(runId: RunId, formats: Partial<RunFormats>): Promise<void>;
  dispose(): Promise<void>;
}

export interface Adapter {
  readonly name: string;
  start(): Promise<Harness>;
}
