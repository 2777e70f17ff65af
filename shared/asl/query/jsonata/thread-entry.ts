/** The thread in which expressions are evaluated whose cost has no bound that can be shown. `thread.ts` starts and ends it. */

import { type MessagePort, workerData } from "node:worker_threads";
import type { Entropy } from "../scope.ts";
import { Channel } from "./channel.ts";
import { compileEvaluation, type Evaluation } from "./evaluation.ts";

export interface ThreadStart {
  readonly port: MessagePort;
  /** What was sent to the thread that asks, and to this one. */
  readonly here: Int32Array;
  readonly there: Int32Array;
}

export interface Job {
  readonly text: string;
  readonly bindings: Readonly<Record<string, unknown>>;
}

export type Answer =
  | { readonly value: unknown }
  | { readonly failure: string }
  /** Randomness, identifiers and the clock are the execution's, which records them. */
  | { readonly draw: keyof Entropy };

/** Compiled expressions that are kept; all are forgotten when there are more. */
const MOST_COMPILED = 1_000;

const { port, here, there } = workerData as ThreadStart;
const channel = new Channel(port, there, here);
const compiled = new Map<string, Evaluation>();

const draw = (what: keyof Entropy): unknown => {
  channel.send({ draw: what } satisfies Answer);
  return channel.receive<{ readonly drawn: unknown }>()?.drawn;
};
const entropy: Entropy = {
  random: () => draw("random") as number,
  uuid: () => draw("uuid") as string,
  now: () => new Date(draw("now") as number),
};

function evaluationOf(text: string): Evaluation {
  let evaluation = compiled.get(text);
  if (evaluation !== undefined) return evaluation;
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  evaluation = compileEvaluation(text);
  compiled.set(text, evaluation);
  return evaluation;
}

function answer({ text, bindings }: Job): Answer {
  try {
    return { value: evaluationOf(text)(bindings, entropy) };
  } catch (error) {
    return { failure: (error as Error).message };
  }
}

// The library is loaded before the time of the first expression begins.
evaluationOf("1")({}, entropy);
channel.send({ ready: true });
for (;;) {
  const job = channel.receive<Job>();
  if (job !== undefined) channel.send(answer(job));
}
