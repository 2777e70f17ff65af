import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openRuns } from "../../shared/local/open-runs.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import type { Runs } from "../../shared/runs/runs.ts";
import { temporaryFolder } from "../e2e/cli.ts";
import { packedExit } from "./exit-program.ts";

const folder = temporaryFolder();
let runs: Runs;
beforeAll(async () => {
  runs = await openRuns({ store: join(folder.path, "store"), workers: 1 });
});
afterAll(async () => {
  await runs.close();
  folder.remove();
});

const manual = (many: number) =>
  packageSource(packedExit({ functions_per_shard: many, run: { gates: { manual: ["publish"] } } }));

it("a child run that is begun while this process carries its parent out does not break the parent", {
  timeout: 60_000,
}, async () => {
  let child: Promise<string> | undefined;
  const parent = await runs.start(manual(2), {
    onEvent({ name, run_id }) {
      if (name !== "run_started") return;
      child ??= runs.start(manual(3), { parent: run_id }).then(({ outcome }) => outcome);
    },
  });
  expect(await parent.outcome).toBe("blocked");
  expect(await child).toBe("blocked");
  const names = [];
  for await (const { name } of runs.events(parent.runId)) names.push(name);
  expect(names.filter((name) => name === "child_run_spawned")).toHaveLength(1);
});
