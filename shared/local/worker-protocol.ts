import type { FactIndexEntry } from "../contracts/facts.ts";
import type { BuildStamp } from "../contracts/provenance.ts";

/** What the pool tells a worker: call a handler, or the answer to the worker's own question. */
export type ToWorker =
  | { readonly type: "call"; readonly id: number; readonly handler: string; readonly event: unknown }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "refusal"; readonly id: number; readonly error: WireError };

/** What a worker tells the pool: that it can be called, and then what became of each call. Questions go to services that only the main thread may offer, such as the log. */
export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "output"; readonly id: number; readonly output: unknown }
  | { readonly type: "error"; readonly id: number; readonly error: WireError }
  | { readonly type: "question"; readonly id: number; readonly method: string; readonly args: readonly unknown[] };

/** An error on its way between threads, with the fields that matching and messages need. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack: readonly string[];
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What a worker needs to know at its start. */
export interface WorkerSettings {
  /** URL or folder of the stores. */
  readonly store: string;
  /** File for what the handlers log; nothing is logged where left out. */
  readonly log?: string;
  /** What this program was built from, for the provenance. */
  readonly build: BuildStamp;
  /** Answer every external call from these facts, and make none. */
  readonly replay?: { readonly facts: readonly FactIndexEntry[] };
}

export function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: [], fields: {} };
  const { name, message, stack, cause: _cause, ...fields } = error as Error & Record<string, unknown>;
  return {
    name,
    message,
    stack: (stack ?? "")
      .split("\n")
      .slice(1)
      .map((line) => line.trim()),
    fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => isPlain(value))),
  };
}

export function fromWireError(wire: WireError): Error {
  const error = new Error(wire.message);
  return Object.assign(error, wire.fields, {
    name: wire.name,
    stack: [`${wire.name}: ${wire.message}`, ...wire.stack].join("\n    "),
  });
}

function isPlain(value: unknown): boolean {
  return typeof value !== "function" && typeof value !== "symbol" && value !== undefined;
}
