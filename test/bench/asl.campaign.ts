import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compileStateMachine, fileHistoryLog, HistoryJournal, Interpreter } from "../../shared/asl/index.ts";
import { isOnDisk } from "../lab/bench/asl/disk.ts";
import { BUCKET, ITEMS_KEY, itemOf, itemStore } from "../lab/bench/asl/item-store.ts";
import { ownEngine } from "../lab/bench/asl/own-engine.ts";
import { peakMemory } from "../lab/bench/asl/peak-memory.ts";
import { findPeer, type PeerRuntime } from "../lab/bench/asl/peer.ts";
import { answer } from "../lab/bench/asl/protocol.ts";
import { type Engine, run, serve } from "../lab/bench/asl/work.ts";
import { startWorker } from "../lab/bench/asl/worker-process.ts";
import { OWN_WORKER, PEER_WORKER } from "../lab/bench/asl/workers.ts";
import { WORKLOADS, workloadNamed } from "../lab/bench/asl/workloads.ts";
import { finish } from "../lab/bench/processes.ts";
import type { BenchCase } from "../lab/bench/suite.ts";
import { aslSuiteAgainst } from "../lab/bench/suites/asl.ts";
import { keptNode } from "../lab/nodes.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "restep-bench-asl-"));
});
afterEach(() => rmSync(scratch, { recursive: true }));

/** Said on standard error, when the peer cannot be run; an error where RESTEP_REQUIRE_TOOLS=1 demands it. */
function isMissing(runtime: PeerRuntime): boolean {
  if ("node" in runtime) return false;
  if (process.env.RESTEP_REQUIRE_TOOLS === "1")
    throw new Error(`${runtime.missing}, and RESTEP_REQUIRE_TOOLS=1 requires it`);
  process.stderr.write(`SKIPPED: ${runtime.missing}\n`);
  return true;
}

const LIMIT = 25_000;
const once = { milliseconds: 0, executions: 1 };

describe("the workloads", () => {
  it.each(WORKLOADS.filter(({ isWithinLimits }) => isWithinLimits))(
    "$name enters $transitions states, by its own history and within the limits",
    async ({ own, transitions }) => {
      const result = await new Interpreter().run(compileStateMachine(own.definition), own.input());
      expect(own.isRight(result.output)).toBe(true);
      expect(result.history.filter(({ type }) => type.endsWith("StateEntered"))).toHaveLength(transitions);
    },
  );

  it("tell a right output from a wrong one", () => {
    for (const { own, peer } of WORKLOADS) {
      expect([own.isRight({ count: -1 }), own.isRight(undefined), peer.isRight([])]).toEqual([false, false, false]);
    }
  });

  it("have the Distributed Map handle every item it reads, and the peer as many in its input", async () => {
    const workload = workloadNamed("distributed-map-10000");
    expect(await ownEngine(workload, undefined).execute()).toEqual({ count: 10_000, last: itemOf(9_999) });
    expect(workload.peer.input()).toHaveLength(10_000);
  });

  it("are named in the refusal of one there is not", () => {
    expect(() => workloadNamed("map-7")).toThrow(/no workload "map-7"; there are: pass-chain, map-1000, /);
  });
});

describe("the item store", () => {
  it("gives as many lines as there are items", async () => {
    let text = "";
    for await (const piece of itemStore(2_500).get(BUCKET, ITEMS_KEY)) text += Buffer.from(piece).toString();
    const items = text.split("\n").slice(0, -1);
    expect(items.map((line) => JSON.parse(line) as unknown)).toEqual(
      Array.from({ length: 2_500 }, (_, id) => itemOf(id)),
    );
  });

  it("counts the results written, files that are no results left out, until it is asked", async () => {
    const store = itemStore(0);
    await store.put(BUCKET, "results/SUCCEEDED_0.jsonl", '{"id":0}\n{"id":1}\n');
    await store.put(BUCKET, "results/SUCCEEDED_1.jsonl", '{"id":2}\n');
    await store.put(BUCKET, "results/manifest.json", "{}");
    expect(store.takeWritten()).toEqual({ count: 3, last: { id: 2 } });
    expect(store.takeWritten()).toEqual({ count: 0, last: null });
  });

  it("has no other object", async () => {
    await expect(itemStore(1).get(BUCKET, "other")[Symbol.asyncIterator]().next()).rejects.toThrow(
      "expected bench/items.jsonl, found bench/other",
    );
  });
});

const job = {
  name: "double",
  transitions: 3,
  atOnce: 2,
  program: { isRight: (output: unknown) => output === "right" },
};

/** Answers with the outputs one after the other, the last one again and again. */
function scripted(...outputs: readonly unknown[]): Engine & { executions: number; cleared: number } {
  return {
    executions: 0,
    cleared: 0,
    async execute() {
      return outputs[Math.min(this.executions++, outputs.length - 1)];
    },
    async clear() {
      this.cleared++;
    },
  };
}

/** A clock that moves on by so many milliseconds each time it is read. */
function ticking(step: number): () => number {
  let now = 0;
  return () => (now += step);
}

describe("working off a request", () => {
  it.each([
    { request: { milliseconds: 0, executions: 1 }, executions: 2 },
    { request: { milliseconds: 0, executions: 5 }, executions: 6 },
    { request: { milliseconds: 25, executions: 1 }, executions: 6 },
  ])("runs whole rounds until $request is reached", async ({ request, executions }) => {
    const engine = scripted("right");
    const report = await run(engine, job, request, ticking(10));
    expect(report).toMatchObject({ transitions: executions * 3, milliseconds: (executions / 2) * 10 });
    expect(engine).toMatchObject({ executions, cleared: 1 });
  });

  it.each([{ wrong: "left" }, { wrong: undefined }])("gives a wrong output ($wrong) no time", async ({ wrong }) => {
    await expect(run(scripted("right", wrong), job, once)).rejects.toThrow(
      `double: wrong output: ${JSON.stringify(wrong)}`,
    );
  });

  it("answers each line with one, a failure too", async () => {
    const said: unknown[] = [];
    async function* lines() {
      yield* [once, once].map((request) => JSON.stringify(request));
    }
    await serve(scripted("right", "right", "left"), job, lines(), (line) => said.push(answer.parse(JSON.parse(line))));
    expect(said).toEqual([
      { transitions: 6, milliseconds: expect.any(Number), peakBytes: expect.any(Number) },
      { error: 'double: wrong output: "left"' },
    ]);
  });

  it("tells a peak no lower than what is resident", () => {
    expect(peakMemory()).toBeGreaterThanOrEqual(process.memoryUsage.rss() / 2);
  });
});

describe("keeping histories durable", () => {
  it("writes every event of every execution, and takes the files away after the request", async () => {
    const workload = workloadNamed("pass-chain");
    const folder = join(scratch, "histories");
    const engine = ownEngine(workload, folder);
    await Promise.all([engine.execute(), engine.execute()]);
    const histories = [0, 1].map((key) =>
      new HistoryJournal(fileHistoryLog(join(folder, "journal.jsonl"))).of(key).read(),
    );
    for (const history of await Promise.all(histories)) {
      // Start and end of the execution, entry and exit of each state.
      expect(history).toHaveLength(2 + 2 * workload.transitions);
    }
    await engine.clear?.();
    expect(readdirSync(scratch)).toEqual([]);
  });

  it("has a Distributed Map write its own history and that of its children", async () => {
    const folder = join(scratch, "histories");
    const engine = ownEngine(workloadNamed("distributed-map-10000"), folder);
    await engine.execute();
    expect(readdirSync(folder).toSorted()).toEqual(["0", "0.jsonl"]);
    const [children] = readdirSync(join(folder, "0"));
    const events = new HistoryJournal(fileHistoryLog(join(folder, "0", children!))).records();
    let count = 0;
    for await (const { record } of events) count += record.kind.type.endsWith("StateEntered") ? 1 : 0;
    expect(count).toBe(20_000);
    await engine.clear?.();
  });
});

describe("a worker's process", () => {
  const node = (script: string) => [process.execPath, "-e", script] as const;

  it("measures what it is started for, more than once", async () => {
    const worker = startWorker([process.execPath, OWN_WORKER, "choice-loop"], LIMIT);
    const reports = [await worker.run(once), await worker.run({ milliseconds: 0, executions: 3 })];
    await worker.close();
    expect(reports.map(({ transitions }) => transitions)).toEqual([2_001, 6_003]);
    expect(reports[1]!.peakBytes).toBeGreaterThanOrEqual(reports[0]!.peakBytes);
  });

  it("that fails says why", async () => {
    const worker = startWorker([process.execPath, OWN_WORKER, "map-7"], LIMIT);
    await expect(worker.run(once)).rejects.toThrow(/the process ended: [\s\S]*no workload "map-7"/);
    await expect(worker.run(once)).rejects.toThrow("the process ended");
    await worker.close();
  });

  it("that reports an error is not measured", async () => {
    const worker = startWorker(node(`process.stdin.once("data", () => console.log('{"error":"no luck"}'))`), LIMIT);
    await expect(worker.run(once)).rejects.toThrow("no luck");
    await worker.close();
  });

  it("that answers with something else is refused", async () => {
    const worker = startWorker(node(`process.stdin.once("data", () => console.log('{"transitions":1}'))`), LIMIT);
    await expect(worker.run(once)).rejects.toThrow("peakBytes");
    await worker.close();
  });

  it("that is not there says so", async () => {
    const worker = startWorker(["/nowhere/node"], LIMIT);
    await expect(worker.run(once)).rejects.toThrow("ENOENT");
    await worker.close();
  });

  it("that does not answer in time is ended", async () => {
    const worker = startWorker(node("process.stdin.resume()"), 1);
    await expect(worker.run(once)).rejects.toThrow("no answer within 0.001 s");
    await worker.close();
  });
});

const peer = findPeer(keptNode);

describe("the peer", () => {
  it("is missing, and says why, where no Node can run it", () => {
    expect(findPeer(() => ({ missing: "npm has none: get one" }), "20.20.2")).toEqual({
      missing: "aws-local-stepfunctions needs Node 22: npm has none: get one",
    });
  });

  it("is run by the Node that is asked for, or by the one that runs where that is new enough", () => {
    expect(findPeer((major) => ({ node: `/nodes/${major}` }), "20.20.2")).toEqual({ node: "/nodes/22" });
    for (const running of ["22.0.0", "26.9.0"]) {
      expect(findPeer(() => ({ missing: "never asked" }), running)).toEqual({ node: process.execPath });
    }
  });

  describe.skipIf(isMissing(peer))("with its Node", () => {
    const { node } = peer as { readonly node: string };

    it("runs on Node 22 or later", () => {
      expect(Number.parseInt(finish([node], ["--version"]).output.slice(1), 10)).toBeGreaterThanOrEqual(22);
    });

    it.each(WORKLOADS.filter(({ isWithinLimits }) => isWithinLimits))("answers $name rightly", async (workload) => {
      const worker = startWorker([node, PEER_WORKER, workload.name], LIMIT);
      const { transitions } = await worker.run(once);
      await worker.close();
      expect(transitions).toBe(workload.atOnce * workload.transitions);
    });
  });
});

/** A machine without any tool, whose clock stands still. */
const alone = () => ({
  now: () => 0,
  scratch,
  isInstalled: () => false,
  getNode: () => ({ missing: "no network" }),
});
const aslSuiteAlone = aslSuiteAgainst((getNode) => findPeer(getNode, "20.18.0"));

describe("the asl suite", () => {
  it("measures every case in memory and durable, without comparison where the peer is missing", async () => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const cases: BenchCase[] = [];
    for await (const benchCase of aslSuiteAlone.cases({ ...alone(), warn })) {
      cases.push(benchCase);
    }
    expect(cases.map(({ name, metrics }) => `${name}: ${metrics.map((metric) => metric.name)}`)).toEqual(
      [
        "pass-chain",
        "map-1000",
        "choice-loop",
        "map-100000",
        "distributed-map-10000",
        "distributed-map-100000",
        "distributed-map-growth",
      ].flatMap((name) => {
        const metrics = name.endsWith("growth") ? "memory_growth" : "transitions_per_second,peak_memory";
        return isOnDisk(scratch) ? [`${name}: ${metrics}`, `${name}-durable: ${metrics}`] : [`${name}: ${metrics}`];
      }),
    );
    expect(cases.some((benchCase) => "against" in benchCase)).toBe(false);
    expect(warnings[0]).toBe("asl: measured without comparison: aws-local-stepfunctions needs Node 22: no network");
  });

  it("has no comparison where the peer fails, and says so for each workload", async () => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const suite = aslSuiteAgainst(() => ({ node: "/nowhere/node" }));
    for await (const benchCase of suite.cases({ ...alone(), warn })) {
      expect(benchCase).not.toHaveProperty("against");
    }
    const failed = warnings.filter((warning) => warning.includes("ENOENT"));
    expect(failed.map((warning) => warning.split(":")[1])).toEqual(
      WORKLOADS.map(({ name }) => ` ${name} is measured without comparison`),
    );
  });

  it("gives speed and memory as positive numbers", async () => {
    const cases = aslSuiteAlone.cases({ ...alone(), warn: () => {} });
    const { value } = await cases.next();
    const sample = await value!.subject.sample();
    await cases.return();
    expect(sample.transitions_per_second).toBeGreaterThan(0);
    expect(sample.peak_memory).toBeGreaterThan(10);
  });
});
