/** The Step Functions server under load: calls beside executions that are always busy, and many executions at once. */

import { join } from "node:path";
import { timedPages, writeEnded } from "../sfn/ended.ts";
import { startServer } from "../sfn/served.ts";
import { type Load, runLoad, startLoops, timedCalls } from "../sfn/work.ts";
import { median } from "../statistics.ts";
import type { BenchCase, Contender, Metric, Suite, SuiteContext } from "../suite.ts";

const P50: Metric = { name: "p50", unit: "ms", better: "lower" };
const P99: Metric = { name: "p99", unit: "ms", better: "lower" };
const PEAK: Metric = { name: "peak_memory", unit: "MiB", better: "lower" };
const SPEED: Metric = { name: "executions_per_second", unit: "1/s", better: "higher" };
const START: Metric = { name: "start_time", unit: "ms", better: "lower" };
const GROWTH: Metric = { name: "memory_growth", unit: "x", better: "lower" };

const MIB = 1 << 20;

export interface SfnWork {
  readonly loops: number;
  readonly calls: number;
  readonly load: Load;
  readonly ended: number;
}

const WORK: SfnWork = {
  loops: 50,
  calls: 300,
  load: { executions: 10_000, atOnce: 2_000, waitSeconds: 5 },
  ended: 50_000,
};

export const sfnSuite = sfnSuiteOf(WORK);

/** The suite, with more or less to do. */
export function sfnSuiteOf({ loops, calls, load, ended }: SfnWork): Suite {
  return {
    name: "sfn",
    summary: `the Step Functions server: calls beside ${loops} busy executions, ${load.executions} executions, ${load.atOnce} at once`,
    cases: async function* (context) {
      yield* besideLoops(context, loops, calls);
      yield endedCase(context, calls, ended);
      yield loadCase(context, load);
    },
  };
}

async function* besideLoops(context: SuiteContext, loops: number, calls: number): AsyncGenerator<BenchCase> {
  const busy = await startServer(join(context.scratch, "busy"));
  const idle = await startServer(join(context.scratch, "idle"));
  const contender = async (name: string, server: typeof busy, count: number): Promise<Contender> => {
    const executionArn = await startLoops(server, count);
    return {
      name,
      async sample() {
        const times = await timedCalls(server, context.now, executionArn, calls);
        const { peakBytes } = await server.memory();
        return { p50: median(times), p99: times[Math.floor(times.length * 0.99)]!, peak_memory: peakBytes / MIB };
      },
    };
  };
  try {
    yield {
      name: `calls-beside-${loops}-loops`,
      metrics: [P50, P99, PEAK],
      subject: await contender("busy", busy, loops),
      against: await contender("idle", idle, 0),
    };
  } finally {
    await Promise.all([busy.close(), idle.close()]);
  }
}

/** A server that is started again on executions that have ended, and asked for pages of them. */
function endedCase({ now, scratch }: SuiteContext, calls: number, count: number): BenchCase {
  return {
    name: `ended-${count}`,
    metrics: [START, P50, P99, PEAK],
    subject: {
      name: "restep",
      async sample() {
        const folder = join(scratch, "ended");
        writeEnded(folder, count);
        // The first start reads them all.
        await (await startServer(folder)).stop();
        const from = now();
        const server = await startServer(folder);
        try {
          const start_time = now() - from;
          const times = await timedPages(server, now, calls);
          const { peakBytes } = await server.memory();
          const p99 = times[Math.floor(times.length * 0.99)]!;
          return { start_time, p50: median(times), p99, peak_memory: peakBytes / MIB };
        } finally {
          await server.close();
        }
      },
    },
  };
}

/** Growth is of resident memory in the last quarter of the executions over that in the one before. */
function loadCase({ now, scratch }: SuiteContext, load: Load): BenchCase {
  return {
    name: `executions-${load.executions}`,
    metrics: [SPEED, PEAK, GROWTH],
    subject: {
      name: "restep",
      async sample() {
        const server = await startServer(join(scratch, "load"));
        try {
          const { milliseconds, residentBytes } = await runLoad(server, now, load);
          const quarter = Math.floor(residentBytes.length / 4);
          const third = residentBytes.slice(-2 * quarter, -quarter);
          return {
            executions_per_second: (load.executions / milliseconds) * 1000,
            peak_memory: (await server.memory()).peakBytes / MIB,
            memory_growth: median(residentBytes.slice(-quarter)) / median(third),
          };
        } finally {
          await server.close();
        }
      },
    },
  };
}
