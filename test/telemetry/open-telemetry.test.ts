import { ROOT_CONTEXT, type TracerProvider, trace } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { openTelemetryTracer } from "../../shared/telemetry/open-telemetry.ts";
import { traceIdOf } from "../../shared/telemetry/tracer.ts";

const RUN_ID = "6f0a3f0e-1111-4222-8333-444455556666";
const traceId = traceIdOf(RUN_ID);

/** As an SDK's: notes what is asked of it. */
function providerOf(asked: unknown[], change: object = {}): TracerProvider {
  const none = trace.getTracerProvider().getTracer("none");
  return {
    getTracer: (name) => ({
      ...none,
      startSpan(span, options, context = ROOT_CONTEXT) {
        asked.push([name, span, options?.attributes, trace.getSpanContext(context)]);
        return none.startSpan(span, options, context);
      },
    }),
    ...change,
  } as TracerProvider;
}

describe("spans through OpenTelemetry", () => {
  it("belong to the run's trace, whose id the run's id is", () => {
    const asked: unknown[] = [];
    openTelemetryTracer(providerOf(asked)).startSpan("attempt lift", {
      traceId,
      attributes: { "restep.stage": "lift" },
    });
    expect(traceId).toBe("6f0a3f0e111142228333444455556666");
    expect(asked).toEqual([
      [
        "restep",
        "attempt lift",
        { "restep.stage": "lift" },
        { traceId, spanId: "8333444455556666", traceFlags: 1, isRemote: true },
      ],
    ]);
    expect(trace.isSpanContextValid({ traceId, spanId: "8333444455556666", traceFlags: 1 })).toBe(true);
  });

  it("go nowhere in a process without an SDK, and fail nothing", async () => {
    const tracer = openTelemetryTracer();
    const span = tracer.startSpan("attempt lift", { traceId, attributes: {} });
    span.setAttribute("a", 1);
    span.recordException(new Error("no"));
    span.setStatus({ code: 2 });
    span.end();
    await expect(tracer.flush?.()).resolves.toBeUndefined();
  });

  it.each(["itself", "behind the API's own"])("are flushed by the SDK's provider, found %s", async (where) => {
    let flushes = 0;
    const sdk = providerOf([], { forceFlush: async () => void flushes++ });
    await openTelemetryTracer(where === "itself" ? sdk : providerOf([], { getDelegate: () => sdk })).flush?.();
    expect(flushes).toBe(1);
  });
});
