import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readBundleFolder } from "../../shared/local/bundle-folder.ts";
import { openRuns } from "../../shared/local/open-runs.ts";
import { sha256 } from "../../shared/stores/digest.ts";
import { temporaryFolder } from "../e2e/cli.ts";
import { finishedRun, type StoredRun } from "../runs/verify/finished-run.ts";
import { restepHere } from "../support/command-line.ts";

const folder = temporaryFolder();
let stored: StoredRun;
beforeAll(async () => {
  stored = await finishedRun();
}, 120_000);
afterAll(() => {
  stored.remove();
  folder.remove();
});

it("a bundle that is written to a folder is, file by file, what was published, and can be run from there", async () => {
  const output = join(folder.path, "out");
  const written = await restepHere(["bundle", "latest", "--store", stored.store, "-o", output, "--json"]);
  expect(written, written.stderr).toMatchObject({ code: 0 });
  const { bundle, files } = JSON.parse(written.stdout.toString()) as { bundle: string; files: string[] };
  const runs = await openRuns({ store: stored.store, asFound: true });
  const { index, module } = await runs.program("latest");
  await runs.close();
  expect(files).toEqual([...index.files.map(({ path }) => path), "bundle.json"]);
  const hashOf = (path: string) => `artifact://${sha256(readFileSync(join(output, path)))}`;
  for (const { path, artifact } of index.files) expect(hashOf(path)).toBe(artifact);
  expect(hashOf("bundle.json")).toBe(bundle);
  expect(await readBundleFolder(output)).toEqual({ index, module: Buffer.from(module) });
});
