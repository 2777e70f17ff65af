import type { WorkerSettings } from "../../../shared/local/worker-protocol.ts";
import type { FaultSettings } from "./faults.ts";
import type { JournalSettings } from "./journal.ts";

/** What the worker threads of an attempt are told besides. */
export interface CrashWorkerSettings extends WorkerSettings {
  readonly crash: FaultSettings & {
    /** See `AttemptJob`. */
    readonly played?: number;
    readonly disk?: string;
    readonly journal?: JournalSettings;
  };
}
