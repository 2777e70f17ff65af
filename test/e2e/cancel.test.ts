import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lastLine, restep, start, temporaryFolder } from "./cli.ts";
import { packExample } from "./packed.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const store = join(folder.path, "store");
const TIMEOUT = 90_000;
/** Long enough to be met under way: every shard is validated on many states. */
const LONG = { random_states: 4_096 };
let many = 0;

/** A run under way, once its first stage has ended. */
async function underWay(name: string, ...options: string[]) {
  const packed = await packExample(join(folder.path, name), { functions_per_shard: ++many, validation: LONG });
  const run = start("run", packed.manifest, "--store", store, "--json", "--workers", "1", ...options);
  await new Promise<void>((resolve) => {
    run.child.stderr?.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("intake")) resolve();
    });
  });
  return { ...packed, ...run };
}

const cancelled = {
  state: "failed",
  phase: "cancelled",
  reason: "cancelled",
  error: "RunCancelled",
};

describe("a run under way", () => {
  it(
    "is cancelled by `restep cancel` from beside, and exits with 4",
    async () => {
      const { runId, finished } = await underWay("beside");
      const cancel = await restep([
        ...["cancel", runId, "--by", "alice", "--reason", "wrong binary", "--store", store, "--json"],
      ]);
      expect(cancel.code).toBe(0);
      expect(lastLine(cancel)).toMatchObject({ cancel: "asked" });
      const run = await finished;
      expect(lastLine(run)).toMatchObject({ ...cancelled, cancellation: { by: "alice", reason: "wrong binary" } });
      expect(run.code).toBe(4);
      expect((await restep(["verify", runId, "--store", store])).code).toBe(0);
      const again = await restep(["cancel", runId, "--by", "bob", "--reason", "me too", "--store", store]);
      expect(again.stderr).toContain("expected a run that goes on, found it cancelled; there is nothing to cancel");
      expect(again.code).toBe(2);
      expect((await restep(["resume", runId, "--store", store])).code).toBe(4);
    },
    TIMEOUT,
  );

  it(
    "is cancelled by a signal where it was told so, and left to be resumed where not",
    async () => {
      const told = await underWay("told", "--on-signal", "cancel");
      told.child.kill("SIGINT");
      const run = await told.finished;
      expect(lastLine(run)).toMatchObject({ ...cancelled, cancellation: { by: "local", reason: "SIGINT came" } });
      expect(run.code).toBe(4);
      const left = await underWay("left");
      left.child.kill("SIGINT");
      expect((await left.finished).code).toBe(130);
    },
    TIMEOUT,
  );

  it(
    "that was killed is cancelled by the command itself, which says what became of it",
    async () => {
      const { runId, child, finished } = await underWay("killed");
      child.kill("SIGKILL");
      await finished;
      const cancel = await restep([
        ...["cancel", runId, "--by", "alice", "--reason", "wrong binary", "--store", store],
      ]);
      expect(cancel.stdout.toString()).toContain(`Run ${runId}: failed (cancelled)`);
      expect(cancel.code).toBe(0);
      expect((await restep(["verify", runId, "--store", store])).code).toBe(0);
    },
    TIMEOUT,
  );
});
