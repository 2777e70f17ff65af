import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { PrincipalId, RunId } from "../../shared/contracts/ids.ts";
import { openStores } from "../../shared/stores/open.ts";
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

  it(
    "whose execution was stopped before the process died goes on being cancelled when it is resumed",
    async () => {
      const { manifest, runId } = await packExample(join(folder.path, "stopped"), {
        run: { gates: { manual: ["publish"] } },
      });
      expect((await restep(["run", manifest, "--store", store])).code).toBe(3);
      const stores = await openStores(store);
      const id = RunId.parse(runId);
      const by = PrincipalId.parse("alice");
      const ts = new Date(0).toISOString();
      const [name, payload] = ["recomp.run.cancel_requested", { by, reason: "wrong binary" }];
      const { seq } = await stores.events.head(id);
      await stores.events.append(id, seq, [{ ts, actor: by, attempt: 0, kind: "domain", name, payload }]);
      let last = 0;
      for await (const entry of stores.history.read(id)) last = (entry as { id: number }).id;
      const aborted = { id: last + 1, previousEventId: 0, type: "ExecutionAborted", timestamp: ts };
      await stores.history.append(id, [{ ...aborted, executionAbortedEventDetails: { error: "RunCancelled" } }]);
      await stores.close();
      const resumed = await restep(["resume", runId, "--store", store, "--json"]);
      expect(lastLine(resumed)).toMatchObject({ ...cancelled, cancellation: { by: "alice", reason: "wrong binary" } });
      expect(resumed.code).toBe(4);
      expect((await restep(["verify", runId, "--store", store])).stdout.toString()).toContain("all as recorded");
    },
    TIMEOUT,
  );
});
