import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { effectOf } from "../../shared/contracts/error-registry.ts";
import { createWorkerPool } from "../../shared/local/worker-pool.ts";
import { openFileSystemStores } from "../../shared/stores/filesystem/open.ts";

const worker = new URL("../../dist/functions/local-worker.js", import.meta.url);
const build = { restep_version: "0", state_machines: {} };
const LOCKED = /\{ name: "recording", version: \d+ \}/;

it("a worker whose chain is not the one of the lock it was built with takes no call, and ends the process's work on the run", async () => {
  const folder = await mkdtemp(join(tmpdir(), "restep-worker-"));
  const source = await readFile(worker, "utf8");
  expect(source).toMatch(LOCKED);
  const entry = join(folder, "worker.mjs");
  await writeFile(entry, source.replace(LOCKED, '{ name: "recording", version: 99 }'));
  await (await openFileSystemStores(folder)).close();
  const settings = { store: folder, build, variables: {} };
  const pool = createWorkerPool({ entry: pathToFileURL(entry), size: 1, settings, services: {} });
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
  const source = await readFile(worker, "utf8");
  const noted = join(folder, "cleaned.txt");
  const note = (name: string) =>
    `process.getBuiltinModule("node:fs").appendFileSync(${JSON.stringify(noted)}, "${name} ")`;
  const CACHES = "cleanup: (caches) => caches.clear()";
  const SPANS = "cleanup: (tracer) => tracer.flush?.()";
  expect(source).toContain(CACHES);
  expect(source).toContain(SPANS);
  const entry = join(folder, "worker.mjs");
  const told = source
    .replace(CACHES, `cleanup: () => ${note("caches")}`)
    .replace(SPANS, `cleanup: () => ${note("spans")}`);
  await writeFile(entry, told);
  await (await openFileSystemStores(folder)).close();
  const pool = createWorkerPool({
    entry: pathToFileURL(entry),
    size: 1,
    settings: { store: folder, build, variables: {} },
    services: {},
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
