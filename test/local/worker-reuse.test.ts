import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RunId } from "../../shared/contracts/ids.ts";
import type { BuildStamp } from "../../shared/contracts/provenance.ts";
import { readBuildStamp } from "../../shared/local/installation/build-stamp.ts";
import { readStateMachine, workerEntry } from "../../shared/local/installation/package.ts";
import { executeRun } from "../../shared/local/run.ts";
import { createWorkerThreads, type WorkerThread, type WorkerThreads } from "../../shared/local/worker-threads.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import { readProvenance } from "../../shared/runs/provenance.ts";
import { readRun } from "../../shared/runs/read-run.ts";
import { submit } from "../../shared/runs/submit.ts";
import { RECOMPILE } from "../../shared/stages/flows.ts";
import { openStores } from "../../shared/stores/open.ts";
import { temporaryFolder } from "../e2e/cli.ts";
import { packedExit } from "../runs/exit-program.ts";

const folder = temporaryFolder();
const kept = createWorkerThreads();
/** Every thread that runs worked in, in order. */
const taken: WorkerThread[] = [];
const threads: WorkerThreads = {
  ...kept,
  take(...args) {
    const thread = kept.take(...args);
    taken.push(thread);
    return thread;
  },
};
let stateMachine: string;
let build: BuildStamp;
beforeAll(async () => {
  stateMachine = await readStateMachine(RECOMPILE.stateMachine);
  build = await readBuildStamp();
});
afterAll(async () => {
  await kept.close();
  folder.remove();
});

interface Carried {
  readonly runId: RunId;
  readonly phase: string;
  readonly environment: unknown;
  /** What its handlers logged. */
  readonly log: string;
}

/** Carries a run out in a store of its own, by one thread. @param setting the variable that its programs may see, if it is set */
async function carriedOut(name: string, setting: string | undefined, config: object = {}): Promise<Carried> {
  const store = join(folder.path, name);
  const stores = await openStores(store);
  try {
    const source = packageSource(packedExit({ run: { exec: { env_allowlist: ["SETTING"] } }, ...config }));
    const environment = (asked: string) => (asked === "SETTING" ? setting : undefined);
    const { run_id: runId } = (await submit(stores, source, { environment })).submission;
    const log = join(store, "runs", runId, "log.jsonl");
    await executeRun(stores, runId, {
      flow: RECOMPILE,
      stateMachine,
      worker: { entry: workerEntry, size: 1, threads, settings: { store, build, log } },
      environment,
      signal: new AbortController().signal,
      carryChildOn: () => Promise.reject(new Error("it has no child runs")),
    });
    const { record } = await readRun(stores, runId);
    const said =
      record.phase === "succeeded"
        ? JSON.parse(Buffer.from(await readProvenance(stores, runId, "restep")).toString())
        : {};
    return { runId, phase: record.phase, environment: said.build?.environment, log: readFileSync(log, "utf8") };
  } finally {
    await stores.close();
  }
}

/** Files of the stores that are still open in this process. */
function openFiles(): string[] {
  const descriptors = "/proc/self/fd";
  if (!existsSync(descriptors)) return [];
  return readdirSync(descriptors).flatMap((fd) => {
    try {
      const path = readlinkSync(join(descriptors, fd));
      return path.startsWith(folder.path) ? [path] : [];
    } catch {
      // The one that the folder itself was read with.
      return [];
    }
  });
}

it("runs that one thread carries out, one after the other, know nothing of each other", {
  timeout: 60_000,
}, async () => {
  const first = await carriedOut("first", "of the first");
  const second = await carriedOut("second", "of the second");
  const third = await carriedOut("third", undefined);
  expect(new Set(taken).size).toBe(1);
  expect(taken).toHaveLength(3);
  expect([first, second, third]).toMatchObject([
    { phase: "succeeded", environment: { SETTING: "of the first" } },
    { phase: "succeeded", environment: { SETTING: "of the second" } },
    { phase: "succeeded", environment: {} },
  ]);
  for (const { runId, log } of [first, second, third]) {
    const named = new Set(
      log
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).run_id),
    );
    expect([...named]).toEqual([runId]);
  }
  expect(openFiles()).toEqual([]);
});

it("a run that failed leaves its thread to nobody", { timeout: 60_000 }, async () => {
  taken.splice(0);
  const failed = await carriedOut("failed", undefined, { include: ["no such function"] });
  expect(failed.phase).not.toBe("succeeded");
  await carriedOut("behind", undefined);
  expect(new Set(taken).size).toBe(2);
});
