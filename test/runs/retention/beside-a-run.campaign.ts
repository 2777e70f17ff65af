import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { ArtifactRef, RunId } from "../../../shared/contracts/ids.ts";
import { collectGarbage } from "../../../shared/runs/retention/collect.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { sha256 } from "../../../shared/stores/digest.ts";
import { openStores } from "../../../shared/stores/open.ts";
import type { Stores } from "../../../shared/stores/ports.ts";
import { lastLine, restep, start, temporaryFolder } from "../../e2e/cli.ts";

// A busy machine takes its time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const MANIFEST = "examples/sha256/manifest.json";
const ZERO = { keepFailed: 0, keepIntermediates: 0, grace: 0 };

const folder = temporaryFolder();
const store = join(folder.path, "store");
afterAll(() => folder.remove());

describe("a run of the sha256 example, while everything that may go goes at once", () => {
  let stores: Stores;
  let bundle: unknown;
  let intermediates: ArtifactRef[];

  // A run before it leaves all the bytes that this one will put again, and nobody wants them any more.
  beforeAll(async () => {
    const finished = await restep(["run", MANIFEST, "--store", store, "--json"]);
    expect(finished.stderr).not.toContain("restep:");
    bundle = lastLine(finished).bundle;
    stores = await openStores(store);
    const foreseen = await collectGarbage(stores, { policy: ZERO, isDryRun: true });
    intermediates = foreseen.removed.map(({ name }) => name as ArtifactRef);
  });

  it("publishes the same bundle, beside two collections that never stop", async () => {
    expect(intermediates.length).toBeGreaterThan(5);
    const { finished } = start("run", MANIFEST, "--new", "--store", store, "--json");
    let isOver = false;
    const end = finished.then((one) => {
      isOver = true;
      return one;
    });
    const keepCollecting = async () => {
      const removed: string[] = [];
      let rounds = 0;
      for (; !isOver; rounds += 1) {
        const collection = await collectGarbage(stores, { policy: ZERO });
        expect(collection.problems).toEqual([]);
        removed.push(...collection.removed.map(({ name }) => name));
        await new Promise((resolve) => setImmediate(resolve));
      }
      return { removed, rounds };
    };
    const collections = await Promise.all([keepCollecting(), keepCollecting()]);
    const run = await end;

    expect(run.code).toBe(0);
    expect(lastLine(run)).toMatchObject({ state: "succeeded", bundle });
    for (const { rounds } of collections) expect(rounds).toBeGreaterThan(5);
    // What the first run left went, although the second put the same bytes again.
    const removed = new Set(collections.flatMap((one) => one.removed));
    expect(intermediates.filter((ref) => !removed.has(ref))).toEqual([]);
  });

  it("has the bundle whole afterwards, and only what is kept for good", async () => {
    await collectGarbage(stores, { policy: ZERO });
    const stayed = (await collect(stores.retention.artifacts())).map(({ ref }) => ref);
    expect(intermediates.filter((ref) => stayed.includes(ref))).toEqual([]);
    const place = await stores.publications.find(bundle as ArtifactRef);
    const index = JSON.parse(readFileSync(join(place!, "bundle.json"), "utf8")) as {
      files: { path: string; artifact: ArtifactRef }[];
    };
    for (const { path, artifact } of index.files) {
      expect(`artifact://${sha256(readFileSync(join(place!, path)))}`).toBe(artifact);
      expect(Buffer.from(await stores.artifacts.get(artifact))).toEqual(readFileSync(join(place!, path)));
    }
  });

  it("runs the recompiled program still", async () => {
    const finished = await restep(["exec", bundle as string, "--store", store], "abc");
    expect(finished.stdout.toString()).toBe(`${sha256("abc")}  -\n`);
  });

  it("resumes to the same bundle after it was killed half-way and everything that may go went", async () => {
    const { child, finished } = start("run", MANIFEST, "--new", "--store", store, "--workers", "1");
    child.stderr?.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("lift")) child.kill("SIGKILL");
    });
    expect((await finished).signal).toBe("SIGKILL");
    const { kept, problems } = await collectGarbage(stores, { policy: ZERO });
    expect(problems).toEqual([]);
    expect(kept.run_not_ended.count).toBeGreaterThan(5);
    const [runId] = await runsNotEnded(stores);
    const resumed = await restep(["resume", runId!, "--store", store, "--json"]);
    expect(lastLine(resumed)).toMatchObject({ state: "succeeded", bundle });
  });
});

async function runsNotEnded({ runs, events }: Stores): Promise<RunId[]> {
  const running: RunId[] = [];
  for (const runId of await runs.list()) {
    const names = (await collect(events.read(runId))).map(({ name }) => name);
    if (!names.includes("run_completed")) running.push(runId);
  }
  return running;
}
