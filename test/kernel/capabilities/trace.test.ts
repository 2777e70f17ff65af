import { describe, expect, it } from "vitest";
import { stopCapabilities } from "../../../shared/kernel/attempt.ts";
import { TransientIo } from "../../../shared/kernel/errors.ts";
import { createSpanRecorder } from "../../telemetry/span-recorder.ts";
import { state } from "../run/events.ts";
import { addOne, createTestRun, runId } from "../support.ts";

async function tracedRun() {
  const tracer = createSpanRecorder();
  return { ...(await createTestRun({ world: { tracer } })), spans: tracer.spans };
}

describe("the span of an attempt", () => {
  it("says which attempt it is of, and what its caller knows", async () => {
    const { attempt, spans } = await tracedRun();
    const lift = addOne(undefined, { name: "lift" });
    await attempt(lift, { n: 1 }, { shard: 3, attempt: 2 }, { attributes: { "faas.coldstart": true } });
    expect(spans).toEqual([
      {
        name: "attempt lift",
        traceId: runId.replaceAll("-", ""),
        attributes: {
          "faas.coldstart": true,
          "restep.run_id": runId,
          "restep.state_id": state("lift.shard_3"),
          "restep.stage": "lift",
          "restep.attempt": 2,
        },
        status: "ok",
        exceptions: [],
      },
    ]);
  });

  it("is in the one trace of its run, whatever became of it", async () => {
    const { attempt, spans } = await tracedRun();
    await attempt(addOne(), { n: 1 });
    await attempt(addOne(), { n: 1 });
    await expect(attempt(addOne(), { n: 2 })).rejects.toMatchObject({ name: "IllegalTransition" });
    expect(spans.map(({ status }) => status)).toEqual(["ok", "ok", "error"]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  });

  it("of one that failed holds the error that is thrown, without secrets", async () => {
    const { attempt, spans } = await tracedRun();
    const token = `ghp_${"a1B2c3".repeat(6)}`;
    const failing = addOne(() => {
      throw new TransientIo(`timed out with ${token}`);
    });
    const thrown = await attempt(failing, { n: 1 }).catch((error: unknown) => error);
    expect(spans[0]).toMatchObject({ status: "error", exceptions: [thrown] });
    expect(spans[0]?.exceptions[0]?.message).toMatch(/^timed out with \[redacted/);
  });

  it("is on its way when the world is done with", async () => {
    let flushed = 0;
    const tracer = { ...createSpanRecorder(), flush: async () => void flushed++ };
    const { attempt, world } = await createTestRun({ world: { tracer } });
    await attempt(addOne(), { n: 1 });
    expect(flushed).toBe(0);
    await stopCapabilities(world);
    expect(flushed).toBe(1);
  });
});
