import { describe, expect, it } from "vitest";
import { TransientIo } from "../../../shared/kernel/errors.ts";
import { createMetricsRegistry } from "../../telemetry/metrics-registry.ts";
import { addOne, createTestRun, manualTimer, settled } from "../support.ts";

/** What would go unseen if two capabilities changed places. */
describe("the order of the chain", () => {
  it("counts an attempt that the log refuses", async () => {
    const metrics = createMetricsRegistry();
    const { attempt } = await createTestRun({ world: { metrics } });
    await attempt(addOne(), { n: 1 });
    await expect(attempt(addOne(), { n: 2 })).rejects.toMatchObject({ name: "IllegalTransition" });
    const outcomes = metrics.series().filter(({ name }) => name === "restep_attempts_total");
    expect(outcomes.map(({ labels, sum }) => [labels.outcome, sum])).toEqual([
      ["completed", 1],
      ["failed", 1],
    ]);
  });

  it("looks at the log when an attempt's turn has come, not before it waits", async () => {
    const timer = manualTimer();
    const run = await createTestRun({ world: { timer, rateLimit: { perSecond: 1, burst: 1 } } });
    let runs = 0;
    const stage = addOne(() => {
      runs++;
    });
    const both = Promise.all([run.attempt(stage, { n: 1 }), run.attempt(stage, { n: 1 })]);
    await settled();
    timer.advance(1_000);
    expect(await both).toEqual([{ sum: 2 }, { sum: 2 }]);
    // The first completed the state meanwhile: the second reads its output back.
    expect(runs).toBe(1);
  });

  it("ends the budget of retries too where not even the entry can be written", async () => {
    const run = await createTestRun({ config: { retry_policy: { max_attempts: 2 } } });
    const away = () => Promise.reject(new TransientIo("the log is away"));
    Object.assign(run.world, { log: { ...run.world.log, push: away } });
    const publishing = addOne(undefined, { name: "publish", meta: { sideEffects: "apply_side_effect" } });
    await expect(run.attempt(publishing, { n: 1 })).rejects.toMatchObject({ name: "TransientIo" });
    await expect(run.attempt(publishing, { n: 1 }, { attempt: 1 })).rejects.toMatchObject({
      name: "RetryBudgetExhausted",
      message: expect.stringContaining("the last failed with TransientIo: the log is away"),
    });
  });

  it("takes secrets out of what is thrown before anything could be recorded", async () => {
    const run = await createTestRun();
    const token = `ghp_${"a1B2c3".repeat(6)}`;
    const view = () => Promise.reject(new TransientIo(`no answer to ${token}`));
    Object.assign(run.world, { log: { ...run.world.log, view } });
    const thrown = await run.attempt(addOne(), { n: 1 }).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ name: "TransientIo", retryable: true });
    expect((thrown as Error).message).toMatch(/^no answer to \[redacted/);
  });
});
