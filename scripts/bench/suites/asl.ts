/** How fast the state machine interpreter is and how much memory it takes, against aws-local-stepfunctions. */

import { join } from "node:path";
import { isOnDisk } from "../asl/disk.ts";
import { findPeer, PEER, type PeerRuntime } from "../asl/peer.ts";
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
  readonly journalFile: string | undefined;
}

export const aslSuite: Suite = {
  name: "asl",
  summary: `state transitions per second and peak memory, against ${PEER}`,
  cases: async function* (context) {
    const peer = findPeer(context.isInstalled);
    if ("missing" in peer) context.warn(`asl: measured without comparison: ${peer.missing}`);
    const modes = modesOn(context);
    for (const workload of WORKLOADS) {
      const isComparable = await canRun(peer, workload, context);
      for (const mode of modes) {
        const own = startOwn(workload.name, mode);
        const other = isComparable ? startPeer(peer, workload) : undefined;
        try {
          yield speedCase(`${workload.name}${mode.suffix}`, own, other);
        } finally {
          await Promise.all([own.close(), other?.close()]);
        }
      }
    }
    for (const mode of modes) yield growthCase(mode);
  },
};

function modesOn({ scratch, warn }: SuiteContext): readonly Mode[] {
  const inMemory: Mode = { suffix: "", journalFile: undefined };
  if (isOnDisk(scratch)) return [inMemory, { suffix: "-durable", journalFile: join(scratch, "journal.jsonl") }];
  warn(`asl: the durable cases are left out: ${scratch} is in memory; set TMPDIR to a folder on a disk`);
  return [inMemory];
}

function startOwn(workload: string, { journalFile }: Mode): WorkerProcess {
  const file = journalFile === undefined ? [] : [journalFile];
  return startWorker([process.execPath, OWN_WORKER, workload, ...file], LIMIT);
}

function startPeer(peer: PeerRuntime, { name }: Workload): WorkerProcess | undefined {
  return "missing" in peer ? undefined : startWorker([peer.node, PEER_WORKER, name], LIMIT);
}

/** Has the peer run a workload once; a failure or a time without end is no comparison. */
async function canRun(peer: PeerRuntime, workload: Workload, { warn }: SuiteContext) {
  const worker = startPeer(peer, workload);
  try {
    await worker?.run({ milliseconds: 0, executions: 1 });
    return worker !== undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    warn(`asl: ${workload.name} is measured without comparison: ${PEER}: ${reason}`);
    return false;
  } finally {
    await worker?.close();
  }
}

function speedCase(name: string, own: WorkerProcess, other: WorkerProcess | undefined): BenchCase {
  const subject = contender("restep", own);
  const alone = { name, metrics: [SPEED, MEMORY], subject };
  return other === undefined ? alone : { ...alone, against: contender(PEER, other) };
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
