import type { ErrorInfo } from "../contracts/error-info.ts";
import type { FactIndexEntry } from "../contracts/facts.ts";
import type { BuildStamp } from "../contracts/provenance.ts";
import { recordableError } from "../kernel/error-records.ts";
import { RecordedError } from "../kernel/io/errors.ts";

/**
 * What the pool tells a worker: what to make its handlers from, to call one, the answer to the worker's own question, or to clean
 * up and say when it has. Between that and the next settings it has no handlers.
 */
export type ToWorker =
  | { readonly type: "open"; readonly settings: WorkerSettings }
  | { readonly type: "call"; readonly id: number; readonly handler: string; readonly event: unknown }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "refusal"; readonly id: number; readonly error: WireError }
  | { readonly type: "close" };

/**
 * What a worker tells the pool: that its modules are loaded, that it can be called, and then what became of each call. Questions
 * go to services that only the main thread may offer, such as the log.
 */
export type FromWorker =
  | { readonly type: "loaded" }
  | { readonly type: "ready" }
  /** Nothing of what it did is left, so that it may be opened for another run. */
  | { readonly type: "closed"; readonly isReusable: boolean }
  | { readonly type: "output"; readonly id: number; readonly output: unknown }
  | { readonly type: "error"; readonly id: number; readonly error: WireError }
  | { readonly type: "question"; readonly id: number; readonly method: string; readonly args: readonly unknown[] };

/** An error on its way between threads: what is recorded of one, and where it was thrown. */
export interface WireError {
  readonly info: ErrorInfo;
  readonly stack: string;
}

/** What a worker needs to know of the run that it works for. */
export interface WorkerSettings {
  /** URL or folder of the stores. */
  readonly store: string;
  /** File for what the handlers log; nothing is logged where left out. */
  readonly log?: string;
  /** What this program was built from, for the provenance. */
  readonly build: BuildStamp;
  /** The variables that the run may read. They go from thread to thread, and into no file. */
  readonly variables: Readonly<Record<string, string>>;
  /** Answer every external call from these facts, and make none. */
  readonly replay?: { readonly facts: readonly FactIndexEntry[] };
}

export function toWireError(error: unknown): WireError {
  const stack = error instanceof Error ? error.stack : undefined;
  return { info: recordableError(error), stack: stack ?? "" };
}

/** The error under its own name, to be told by that: its class stayed in the other thread. */
export function fromWireError({ info, stack }: WireError): Error {
  return Object.assign(new RecordedError(info), { stack });
}
