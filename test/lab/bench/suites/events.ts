/** What the run log costs: appends, rebuilding a run's status, and the share of a run that is not stages' work. */

import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { v4 as uuidV4 } from "uuid";
import type { NewEvent } from "../../../../shared/contracts/event.ts";
import { PrincipalId, RunId } from "../../../../shared/contracts/ids.ts";
import { projectStatus } from "../../../../shared/kernel/run/status.ts";
import { createGuard } from "../../../../shared/kernel/secrets-guard.ts";
import { localExecutor } from "../../../../shared/local/executor.ts";
import { packageRoot } from "../../../../shared/local/installation/package.ts";
import { folderSubmission } from "../../../../shared/local/submission-folder.ts";
import { readRun } from "../../../../shared/runs/read-run.ts";
import { submit } from "../../../../shared/runs/submit.ts";
import { systemClock } from "../../../../shared/stores/clock.ts";
import { sha256 } from "../../../../shared/stores/digest.ts";
import { openStores } from "../../../../shared/stores/open.ts";
import { manyWriters, oneAfterTheOther } from "../many-writers.ts";
import type { BenchCase, Contender, Metric, Suite, SuiteContext } from "../suite.ts";

const APPENDS: Metric = { name: "appends", unit: "1/s", better: "higher" };
const REBUILD: Metric = { name: "rebuild_time", unit: "ms", better: "lower" };
const OUTSIDE: Metric = { name: "outside_stages", unit: "%", better: "lower" };
const START_UP: Metric = { name: "start_up", unit: "ms", better: "lower" };

const ELAPSED: Metric = { name: "elapsed", unit: "ms", better: "lower" };

const GUARD: Metric = { name: "guard", unit: "µs", better: "lower" };

const APPENDED = 2_000;
const GUARDED = 5_000;
const WRITERS = 120;
const LOGGED = 100_000;
/** What the house allows a run to spend outside its stages. */
const ALLOWED_PERCENT = 5;

export const eventsSuite: Suite = {
  name: "events",
  summary: "the run log: durable appends, many writers, rebuilding a status, what a run spends outside its stages",
  cases: async function* (context) {
    yield appendCase("one-writer", 1, context);
    yield appendCase("eight-writers", 8, context);
    yield guardCase(context);
    yield rebuildCase(context);
    for (const processes of [1, WRITERS]) yield manyWritersCase(processes, context);
    for (const example of ["sha256", "dispatch"]) yield outsideCase(example, context);
  },
};

const actor = PrincipalId.parse("bench");

function anEvent(index: number): NewEvent {
  const ts = new Date(1_700_000_000_000 + index).toISOString();
  const payload = { stage: "lift", shard: index, counts: { lifted: 64, not_lifted: 0 } };
  return { ts, actor, attempt: 0, kind: "domain", name: "recomp.run.stage.completed", payload };
}

/** Each writer appends an event, waits until it is durable, and appends the next; all to one run. */
function appendCase(name: string, writers: number, { now, scratch }: SuiteContext): BenchCase {
  return {
    name: `append-${name}`,
    metrics: [APPENDS],
    subject: {
      name: "restep",
      async sample() {
        const stores = await openStores(join(scratch, "events"));
        const runId = RunId.parse(uuidV4());
        await stores.runs.create(runId, {});
        const lease = await stores.leases.acquire(runId, actor);
        let next = 0;
        const write = async () => {
          while (next < APPENDED) {
            const seq = next++;
            await stores.events.append(runId, seq, [anEvent(seq)]);
          }
        };
        const begun = now();
        await Promise.all(Array.from({ length: writers }, write));
        const seconds = (now() - begun) / 1_000;
        const { seq } = await stores.events.head(runId);
        if (seq !== APPENDED) throw new Error(`expected ${APPENDED} events in the log, found ${seq}`);
        await lease.release();
        await stores.close();
        return { appends: APPENDED / seconds };
      },
    },
    against: plainAppends(now, scratch),
  };
}

/** The least a durable append can do: write the line, fdatasync. */
function plainAppends(now: () => number, scratch: string): Contender {
  return {
    name: "write and fdatasync",
    sample() {
      const file = openSync(join(scratch, `plain-${uuidV4()}`), "a");
      const begun = now();
      for (let index = 0; index < APPENDED; index++) {
        writeSync(file, `${JSON.stringify(anEvent(index))}\n`);
        fdatasyncSync(file);
      }
      const seconds = (now() - begun) / 1_000;
      closeSync(file);
      return { appends: APPENDED / seconds };
    },
  };
}

/** What the look for secrets costs each event; against writing it as JSON. */
function guardCase({ now }: SuiteContext): BenchCase {
  const events = Array.from({ length: GUARDED }, (_, index) => ({
    ...anEvent(index),
    run_id: uuidV4(),
    prev: sha256(String(index)),
  }));
  const each = (use: (event: unknown) => void) => () => {
    const begun = now();
    for (const event of events) use(event);
    return { guard: ((now() - begun) * 1_000) / GUARDED };
  };
  const { refuse } = createGuard([]);
  return {
    name: "guard",
    metrics: [GUARD],
    subject: { name: "restep", sample: each((event) => refuse("event", event)) },
    against: { name: "JSON.stringify", sample: each((event) => JSON.stringify(event)) },
  };
}

/** Reads a log of 100,000 events, checks its chain, folds it and projects the status; against only parsing its lines. */
function rebuildCase({ now, scratch }: SuiteContext): BenchCase {
  const root = join(scratch, "rebuild");
  const runId = RunId.parse(uuidV4());
  let isWritten = false;
  const write = async () => {
    if (isWritten) return;
    const stores = await openStores(root);
    await stores.runs.create(runId, { run_id: runId, task_lane: "general" });
    const lease = await stores.leases.acquire(runId, actor);
    const batch = 1_000;
    for (let seq = 0; seq < LOGGED; seq += batch) {
      await stores.events.append(
        runId,
        seq,
        Array.from({ length: batch }, (_, index) => anEvent(seq + index)),
      );
    }
    await lease.release();
    await stores.close();
    isWritten = true;
  };
  return {
    name: "rebuild-100000",
    metrics: [REBUILD],
    subject: {
      name: "restep",
      async sample() {
        await write();
        const stores = await openStores(root);
        const begun = now();
        const { submission, record } = await readRun(stores, runId);
        projectStatus(submission, record);
        const elapsed = now() - begun;
        if (record.seq !== LOGGED) throw new Error(`expected seq ${LOGGED}, found ${record.seq}`);
        await stores.close();
        return { rebuild_time: elapsed };
      },
    },
    against: {
      name: "JSON.parse",
      async sample() {
        await write();
        const begun = now();
        let last: unknown;
        for (const line of readFileSync(join(root, "runs", runId, "events.jsonl"), "utf8").split("\n")) {
          if (line !== "") last = JSON.parse(line);
        }
        const elapsed = now() - begun;
        if (last === undefined) throw new Error("expected a log, found none");
        return { rebuild_time: elapsed };
      },
    },
  };
}

/** Shards that enter and complete their states over a network, against the same appends one after the other. */
function manyWritersCase(processes: number, { now }: SuiteContext): BenchCase {
  const time = { delay: systemClock.delay, random: Math.random };
  const elapsed = async (work: (runId: RunId) => Promise<unknown>) => {
    const begun = now();
    await work(RunId.parse(uuidV4()));
    return { elapsed: now() - begun };
  };
  return {
    name: `${WRITERS}-writers-${processes === 1 ? "one-process" : "a-process-each"}`,
    metrics: [ELAPSED],
    subject: {
      name: "restep",
      sample: () =>
        elapsed(async (runId) => {
          const { failures } = await manyWriters(runId, { writers: WRITERS, processes, time });
          if (failures.length > 0)
            throw new Error(`${failures.length} of ${WRITERS} writers failed`, { cause: failures[0] });
        }),
    },
    against: {
      name: "one after the other",
      sample: () => elapsed((runId) => oneAfterTheOther(runId, { writers: WRITERS, time })),
    },
  };
}

/**
 * A whole run of an example: what no stage was at work in, as a share of the time from `run_started` to `run_completed`.
 * What comes before, mostly the start of a worker thread, is measured apart: it is the process's, and does not grow.
 */
function outsideCase(example: string, { now, scratch }: SuiteContext): BenchCase {
  const manifest = join(packageRoot, "examples", example, "manifest.json");
  return {
    name: `run-${example}`,
    metrics: [OUTSIDE, START_UP],
    subject: {
      name: "restep",
      async sample() {
        const root = join(scratch, `run-${uuidV4()}`);
        const stores = await openStores(root);
        const { submission } = await submit(stores, folderSubmission(manifest));
        const log = join(root, "runs", submission.run_id, "log.jsonl");
        const begun = now();
        let started = begun;
        let ended = begun;
        const outcome = await localExecutor((name) => process.env[name])({ url: root, stores }, submission.run_id, {
          signal: new AbortController().signal,
          onEvent: ({ name }) => {
            if (name === "run_started") started = now();
            if (name === "run_completed") ended = now();
          },
        });
        await stores.close();
        if (outcome !== "ended") throw new Error(`expected the run to end, found it ${outcome}`);
        const elapsed = ended - started;
        const outside = elapsed - timeInStages(readFileSync(log, "utf8"));
        return { outside_stages: (100 * outside) / elapsed, start_up: started - begun };
      },
    },
    against: { name: "allowed", sample: () => ({ outside_stages: ALLOWED_PERCENT }) },
  };
}

/** Milliseconds in which at least one stage was at work: the union of what the handlers logged. */
export function timeInStages(log: string): number {
  const spans = log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { time: string; stage_ms?: number })
    .flatMap(({ time, stage_ms }) =>
      stage_ms === undefined ? [] : [{ from: Date.parse(time) - stage_ms, to: Date.parse(time) }],
    )
    .sort((a, b) => a.from - b.from);
  let total = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const { from, to } of spans) {
    total += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return total;
}
