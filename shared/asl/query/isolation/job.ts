import type { MessagePort } from "node:worker_threads";
import { parseExact, stringifyExact } from "../exact/json.ts";
import { plainJson } from "../exact/plain.ts";

/** What is evaluated in a thread of its own: an expression, a path, a function or a rule, and what it sees. */
export type Job = ComparisonJob | IntrinsicJob | JsonataJob | PathJob;

export interface JsonataJob {
  readonly kind: "jsonata";
  readonly text: string;
  /** What the expression looks up, by name. */
  readonly bindings: Readonly<Record<string, unknown>>;
  readonly entropy: EntropySeed;
}

export interface PathJob {
  readonly kind: "path";
  readonly text: string;
  /** Where the path starts. */
  readonly document: unknown;
}

export interface IntrinsicJob {
  readonly kind: "intrinsic";
  /** The function's name. It draws no numbers. */
  readonly text: string;
  readonly values: readonly unknown[];
}

export interface ComparisonJob {
  readonly kind: "comparison";
  /** The operator of a choice rule. */
  readonly text: string;
  readonly values: readonly [value: unknown, wanted: unknown];
}

/** From which the thread draws: the first of each is what the execution gave, the next ones follow from it. */
export interface EntropySeed {
  /** Milliseconds since the epoch, for the whole evaluation. */
  readonly now: number;
  readonly random: number;
  readonly uuid: string;
}

/**
 * A value as JSON text, which takes the thread that asked less time to read than a value that is cloned; undefined for nothing.
 * A failure is worded to follow `... threw an error during evaluation`.
 */
export type Answer = { readonly json: string | undefined } | { readonly failure: string };

/** An answer as the one who asked keeps it. */
export type Answered = { readonly value: unknown } | { readonly failure: string };

export function answered(answer: Answer): Answered {
  if ("failure" in answer) return answer;
  return { value: answer.json === undefined ? undefined : parseExact(answer.json) };
}

/** A job as it is sent: itself where it can be cloned, or its JSON text where values in it are to stay as they were spelt. */
export type SentJob = Job | { readonly json: string };

/** @throws DOMException if it is neither JSON nor can be cloned */
export function sendJob(port: MessagePort, job: Job): void {
  try {
    port.postMessage(job);
  } catch (error) {
    if (plainJson(job) === job) throw error;
    port.postMessage({ json: stringifyExact(job) } satisfies SentJob);
  }
}

export const receivedJob = (sent: SentJob): Job => ("json" in sent ? (parseExact(sent.json) as Job) : sent);

/** What the thread is started with. */
export interface ThreadData {
  readonly port: MessagePort;
  /** Counts the answers, for one that waits for them without a turn of its event loop. */
  readonly answered: Int32Array<SharedArrayBuffer>;
}
