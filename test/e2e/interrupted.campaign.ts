import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lastLine, restep, said, start, temporaryFolder } from "./cli.ts";
import { packExample } from "./packed.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const TIMEOUT = 90_000;

describe("a run whose process died", () => {
  const store = join(folder.path, "died");
  const inStore = (...words: string[]) => restep([...words, "--store", store]);

  /** One shard of many is being validated, and somebody watches. */
  async function underWay(name: string, perShard: number) {
    const config = { functions_per_shard: perShard, validation: { random_states: 1_000 } };
    const { manifest, runId } = await packExample(join(folder.path, name), config);
    const { child, finished } = start("run", manifest, "--store", store, "--workers", "1");
    await said(child.stderr, "✓ link");
    const watcher = start("events", runId, "--follow", "--store", store);
    await said(watcher.child.stdout, "validate.shard_0");
    return { runId, child, finished, watcher };
  }

  it(
    "is interrupted, not running: list, status, summary and events say so, and the command to go on",
    async () => {
      const { runId, child, finished, watcher } = await underWay("killed", 6);
      child.kill("SIGKILL");
      await said(watcher.child.stderr, "Nobody works on run");
      watcher.child.kill("SIGINT");
      expect((await finished).stderr).toMatch(new RegExp(`^Run ${runId}\n✓ intake`));
      const resume = `npm run -s restep -- resume ${runId} --store ${store}`;

      expect((await watcher.finished).stderr).toContain(resume);
      const listed = await inStore("list");
      expect(listed.stdout.toString()).toMatch(new RegExp(`${runId} +sha256-be +running, interrupted +validate `));
      expect(listed.stderr).toContain(resume);
      expect(lastLine(await inStore("status", "latest", "--json"))).toMatchObject({
        state: "running",
        interrupted: true,
      });
      const summary = await inStore("summary", "latest");
      expect(summary.stdout.toString()).toContain(`Run ${runId}: running (interrupted), `);
      expect(summary.stdout.toString()).toMatch(/… validate 0\/3 /);
      expect(summary.stdout.toString()).toMatch(/^Steps: 16 \(6 completed, 1 under way, 9 to come\)$/m);
      expect(summary.stderr).toContain(resume);

      const resumed = await restep(["resume", "latest", "--store", store, "--json"]);
      expect(resumed.stderr).toMatch(new RegExp(`^Run ${runId} goes on behind intake, plan, lift, link\n`));
      expect(resumed.stderr).toMatch(/✓ validate 3\/3 /);
      expect(lastLine(resumed)).toMatchObject({ state: "succeeded", retries: 0, reentries: 1 });
      expect(lastLine(resumed)).not.toHaveProperty("interrupted");
    },
    TIMEOUT,
  );

  it(
    "or does not answer is asked to cancel for as long as one is willing to wait",
    async () => {
      const { runId, child, finished, watcher } = await underWay("stopped", 5);
      child.kill("SIGSTOP");
      watcher.child.kill("SIGINT");
      const words = ["--by", "alice", "--reason", "wrong binary", "--timeout", "1"];
      const asked = await inStore("cancel", "latest", ...words);
      child.kill("SIGKILL");
      child.kill("SIGCONT");
      await finished;
      expect(asked.stderr).toMatch(
        new RegExp(`run ${runId}: asked, but local \\(process \\d+\\) has not heard for 1 s`),
      );
      expect(asked.code).toBe(1);
    },
    TIMEOUT,
  );
});
