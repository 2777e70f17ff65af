import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { effectOf } from "../../shared/contracts/error-registry.ts";
import { createWorkerPool } from "../../shared/local/worker-pool.ts";
import { createWorkerThreads } from "../../shared/local/worker-threads.ts";
import { openFileSystemStores } from "../../shared/stores/filesystem/open.ts";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const build = { restep_version: "0", state_machines: {} };
const LOCKED = /\{ name: "recording", version: \d+ \}/;

/** The worker with its parts, in which each text is replaced wherever it stands. @returns the file to start */
async function editedWorker(folder: string, edits: readonly (readonly [RegExp, string])[]): Promise<string> {
  const made = join(folder, "dist");
  await cp(join(dist, "functions", "local-worker.js"), join(made, "functions", "local-worker.js"));
  const parts = (await readdir(dist)).filter((name) => name.endsWith(".js"));
  const edited = new Set<RegExp>();
  for (const name of parts) {
    let source = await readFile(join(dist, name), "utf8");
    for (const [text, other] of edits) {
      if (source.search(text) >= 0) edited.add(text);
      source = source.replace(text, other);
    }
    await writeFile(join(made, name), source);
  }
  expect([...edited]).toHaveLength(edits.length);
  return join(made, "functions", "local-worker.js");
}

it("a worker whose chain is not the one of the lock it was built with takes no call, and ends the process's work on the run", async () => {
  const folder = await mkdtemp(join(tmpdir(), "restep-worker-"));
  const entry = await editedWorker(folder, [[LOCKED, '{ name: "recording", version: 99 }']]);
  await (await openFileSystemStores(folder)).close();
  const settings = { store: folder, build, variables: {} };
  const pool = createWorkerPool({
    entry: pathToFileURL(entry),
    size: 1,
    settings,
    services: {},
    threads: createWorkerThreads(0),
  });
  try {
    await expect(pool.call("Intake", {}, new AbortController().signal)).rejects.toMatchObject({
      name: "ChainMismatch",
      message: expect.stringMatching(/place \d+: expected recording version 99, found recording version \d+/),
    });
    expect(effectOf("ChainMismatch")).toBe("stops");
  } finally {
    await pool.close();
    await rm(folder, { recursive: true, force: true });
  }
});

it("a worker that is closed cleans up what stood around its attempts, the innermost layer first", async () => {
  const folder = await mkdtemp(join(tmpdir(), "restep-worker-"));
  const noted = join(folder, "cleaned.txt");
  const note = (name: string) =>
    `process.getBuiltinModule("node:fs").appendFileSync(${JSON.stringify(noted)}, "${name} ")`;
  const CACHES = /cleanup: \(caches\) => caches\.clear\(\)/;
  const SPANS = /cleanup: \(tracer\) => tracer\.flush\?\.\(\)/;
  const entry = await editedWorker(folder, [
    [CACHES, `cleanup: () => ${note("caches")}`],
    [SPANS, `cleanup: () => ${note("spans")}`],
  ]);
  await (await openFileSystemStores(folder)).close();
  const pool = createWorkerPool({
    entry: pathToFileURL(entry),
    size: 1,
    settings: { store: folder, build, variables: {} },
    services: {},
    threads: createWorkerThreads(0),
  });
  try {
    await expect(pool.call("Intake", {}, new AbortController().signal)).rejects.toMatchObject({
      name: "ValidationFailed",
    });
    await pool.close();
    expect(await readFile(noted, "utf8")).toBe("caches spans ");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
