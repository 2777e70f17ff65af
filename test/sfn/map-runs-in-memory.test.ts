import { describe, expect, it } from "vitest";
import { distributed, serveMapRuns } from "./served-map-runs.ts";

const runs = serveMapRuns({ isInMemory: true });

describe("a server without a folder", () => {
  it("tells of Map Runs and their children, too", async () => {
    runs.failOn(2);
    const { executionArn, mapRunArn } = await runs.begin(distributed("quick", { ToleratedFailureCount: 1 }), [1, 2, 3]);
    await runs.ended(executionArn);
    expect(await runs.describeRun(mapRunArn)).toMatchObject({ itemCounts: { total: 3, succeeded: 2, failed: 1 } });
    const [child] = await runs.childrenOf(mapRunArn, { statusFilter: "FAILED" });
    expect(await runs.describe(child!.executionArn!)).toMatchObject({ status: "FAILED", input: "2", error: "Oops" });
    expect((await runs.historyOf(child!.executionArn!)).at(-1)!.type).toBe("ExecutionFailed");
  });
});
