import { describe, expect, it } from "vitest";
import { formatSummary } from "../../scripts/cli/format.ts";
import { summarize } from "../../shared/runs/summary.ts";
import { addOne, createTestRun, runId } from "../kernel/support.ts";

describe("the summary of a run", () => {
  it("tells what its stages warned of: of all shards together, by code, with the first message", async () => {
    const run = await createTestRun();
    const lift = (...messages: string[]) =>
      addOne(
        ({ telemetry }) => {
          for (const message of messages) telemetry.warn("function_not_lifted", message);
        },
        { name: "lift" },
      );
    await run.attempt(lift("f at 0x10", "g at 0x20"), { n: 1 }, { shard: 0 });
    await run.attempt(lift(), { n: 1 }, { shard: 1 });
    await run.attempt(lift("h at 0x30"), { n: 1 }, { shard: 2 });
    const summary = summarize({ run_id: runId } as never, await run.record());
    expect(
      summary.stages.map(({ stage, warnings }) => [stage, warnings]).filter(([, told]) => told !== undefined),
    ).toEqual([["lift", [{ code: "function_not_lifted", message: "f at 0x10", count: 3 }]]]);
    expect(formatSummary(summary)).toMatch(/lift 3\/3 .*\n {6}3 function_not_lifted: f at 0x10, \.\.\.\n/);
  });
});
