import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lastLine, restep, start, temporaryFolder } from "./cli.ts";
import { packExample } from "./packed.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const TIMEOUT = 90_000;

describe("two processes that resume one run at once", () => {
  it(
    "one goes on to the end, the other says who holds the run and exits with 1",
    async () => {
      const store = join(folder.path, "store");
      const { manifest, runId } = await packExample(join(folder.path, "packed"), {
        functions_per_shard: 4,
        validation: { random_states: 256 },
      });
      const first = start("run", manifest, "--store", store, "--json", "--workers", "1");
      const hasBegun = new Promise<void>((resolve) => {
        first.child.stderr?.on("data", (chunk: Buffer) => {
          if (chunk.toString().includes("intake")) resolve();
        });
      });
      await hasBegun;
      first.child.kill("SIGKILL");
      await first.finished;
      const both = await Promise.all(
        ["one", "other"].map(() => restep(["resume", runId, "--store", store, "--json", "--workers", "1"])),
      );
      const [winner, loser] = both[0]?.code === 0 ? both : both.toReversed();
      expect(lastLine(winner!)).toMatchObject({ state: "succeeded" });
      expect(loser?.code).toBe(1);
      expect(loser?.stderr).toMatch(/is held by local \(process \d+\) since/);
      expect((await restep(["verify", runId, "--store", store])).code).toBe(0);
    },
    TIMEOUT,
  );
});
