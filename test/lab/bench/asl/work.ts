/** The side of a worker that works. It is measured, so it loads nothing it can do without. */

import { createInterface } from "node:readline";
import { peakMemory } from "./peak-memory.ts";
import type { Answer, RunReport, RunRequest } from "./protocol.ts";
import type { Program, Workload } from "./workloads.ts";

/** Runs one program, again and again; the machine is built already. */
export interface Engine {
  /** Resolves to the output of one execution; rejects if it did not succeed. */
  execute(): Promise<unknown>;
  /** Lets go of what the executions of a request left behind. */
  clear?(): Promise<void>;
}

type Job = Pick<Workload, "name" | "transitions" | "atOnce"> & { readonly program: Pick<Program, "isRight"> };

/** Answers the requests that come as lines, until there are no more. */
export async function serve(
  engine: Engine,
  job: Job,
  lines: AsyncIterable<string>,
  say: (line: string) => void,
): Promise<void> {
  for await (const line of lines) {
    const answer = await run(engine, job, JSON.parse(line) as RunRequest).catch(toAnswer);
    say(`${JSON.stringify(answer)}\n`);
  }
}

/** Serves whoever started this process. */
export function serveParent(engine: Engine, job: Job): Promise<void> {
  return serve(engine, job, createInterface({ input: process.stdin }), (line) => void process.stdout.write(line));
}

const toAnswer = (error: unknown): Answer => ({ error: error instanceof Error ? error.message : String(error) });

/** @throws {Error} when an execution fails or answers wrongly */
export async function run(
  engine: Engine,
  job: Job,
  request: RunRequest,
  now: () => number = () => performance.now(),
): Promise<RunReport> {
  let milliseconds = 0;
  let executions = 0;
  while (milliseconds < request.milliseconds || executions < request.executions) {
    const start = now();
    const outputs = await Promise.all(Array.from({ length: job.atOnce }, () => engine.execute()));
    milliseconds += now() - start;
    executions += outputs.length;
    for (const output of outputs) {
      if (job.program.isRight(output)) continue;
      throw new Error(`${job.name}: wrong output: ${String(JSON.stringify(output)).slice(0, 200)}`);
    }
  }
  await engine.clear?.();
  return { transitions: executions * job.transitions, milliseconds, peakBytes: peakMemory() };
}
