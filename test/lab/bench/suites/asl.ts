/** How fast the state machine interpreter is and how much memory it takes, against aws-local-stepfunctions. */

import { join } from "node:path";
import { isOnDisk } from "../asl/disk.ts";
import { findPeer, PEER, type PeerRuntime, type Runtime } from "../asl/peer.ts";
import { startWorker, type WorkerProcess } from "../asl/worker-process.ts";
import { OWN_WORKER, PEER_WORKER } from "../asl/workers.ts";
import { WORKLOADS, type Workload } from "../asl/workloads.ts";
import type { BenchCase, Contender, Metric, Suite, SuiteContext } from "../suite.ts";

const SPEED: Metric = { name: "transitions_per_second", unit: "transitions/s", better: "higher" };
const MEMORY: Metric = { name: "peak_memory", unit: "MiB", better: "lower" };
const GROWTH: Metric = { name: "memory_growth", unit: "x", better: "lower" };

const MIB = 1 << 20;

/** Executions are run until a sample is this long. */
const SAMPLE = { milliseconds: 300, executions: 1 };

/** Milliseconds in which a sample must be done: the slowest takes some five seconds on an idle machine. */
const LIMIT = 120_000;

/** The same number of items in all, so that what differs is how many one Map has. */
const FEW_ITEMS = { workload: "distributed-map-10000", executions: 10 } as const;
const MANY_ITEMS = { workload: "distributed-map-100000", executions: 1 } as const;

interface Mode {
  readonly suffix: "" | "-durable";
  /** Where durable histories are kept. */
  readonly folder: string | undefined;
}

export const aslSuite = aslSuiteAgainst(findPeer);

/** The suite, with another way to find what runs the peer. */
export function aslSuiteAgainst(find: (getNode: SuiteContext["getNode"]) => PeerRuntime): Suite {
  return {
    name: "asl",
    summary: `state transitions per second and peak memory, against ${PEER}`,
    cases: async function* (context) {
      const peer = find(context.getNode);
      if ("missing" in peer) context.warn(`asl: measured without comparison: ${peer.missing}`);
      const modes = modesOn(context);
      for (const workload of WORKLOADS) {
        const isComparable = "node" in peer && (await canRun(peer, workload, context));
        for (const mode of modes) yield* speedCases(workload, mode, isComparable ? peer : undefined);
      }
      for (const mode of modes) yield growthCase(mode);
    },
  };
}

/** One case; each contender has a process of its own, for as long as the case is measured. */
async function* speedCases(workload: Workload, mode: Mode, peer: Runtime | undefined): AsyncGenerator<BenchCase> {
  const own = startOwn(workload.name, mode);
  const other = peer && startPeer(peer, workload);
  const alone = {
    name: `${workload.name}${mode.suffix}`,
    metrics: [SPEED, MEMORY],
    subject: contender("restep", own),
  };
  try {
    yield other === undefined ? alone : { ...alone, against: contender(PEER, other) };
  } finally {
    await Promise.all([own.close(), other?.close()]);
  }
}

function modesOn({ scratch, warn }: SuiteContext): readonly Mode[] {
  const inMemory: Mode = { suffix: "", folder: undefined };
  if (isOnDisk(scratch)) return [inMemory, { suffix: "-durable", folder: join(scratch, "histories") }];
  warn(`asl: the durable cases are left out: ${scratch} is in memory; set TMPDIR to a folder on a disk`);
  return [inMemory];
}

function startOwn(workload: string, { folder }: Mode): WorkerProcess {
  const folders = folder === undefined ? [] : [folder];
  return startWorker([process.execPath, OWN_WORKER, workload, ...folders], LIMIT);
}

function startPeer({ node }: Runtime, { name }: Workload): WorkerProcess {
  return startWorker([node, PEER_WORKER, name], LIMIT);
}

/** Has the peer run a workload once; where it fails, or does not come to an end, there is nothing to compare with. */
async function canRun(peer: Runtime, workload: Workload, { warn }: SuiteContext): Promise<boolean> {
  const worker = startPeer(peer, workload);
  try {
    await worker.run({ milliseconds: 0, executions: 1 });
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    warn(`asl: ${workload.name} is measured without comparison: ${PEER}: ${reason}`);
    return false;
  } finally {
    await worker.close();
  }
}

function contender(name: string, worker: WorkerProcess): Contender {
  return {
    name,
    sample: async () => {
      const { transitions, milliseconds, peakBytes } = await worker.run(SAMPLE);
      return { transitions_per_second: (transitions / milliseconds) * 1000, peak_memory: peakBytes / MIB };
    },
  };
}

/** Peak memory of a Distributed Map with many items over that of one with few, each in a process of its own. */
function growthCase(mode: Mode): BenchCase {
  const peak = async ({ workload, executions }: typeof FEW_ITEMS | typeof MANY_ITEMS) => {
    const worker = startOwn(workload, mode);
    try {
      return (await worker.run({ milliseconds: 0, executions })).peakBytes;
    } finally {
      await worker.close();
    }
  };
  return {
    name: `distributed-map-growth${mode.suffix}`,
    metrics: [GROWTH],
    subject: {
      name: "restep",
      sample: async () => {
        const few = await peak(FEW_ITEMS);
        return { memory_growth: (await peak(MANY_ITEMS)) / few };
      },
    },
  };
}
