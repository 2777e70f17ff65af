import { ROOT_CONTEXT, TraceFlags, type TracerProvider, trace } from "@opentelemetry/api";
import type { Tracer } from "./tracer.ts";

/** A span that nobody recorded stands at the head of a run's trace: its id is the end of the trace's. */
const SPAN_ID_DIGITS = 16;

/**
 * Spans through the OpenTelemetry API: they go where the SDK that the process was started with sends them, a Lambda layer
 * for one, and nowhere where there is none.
 */
export function openTelemetryTracer(provider: TracerProvider = trace.getTracerProvider()): Tracer {
  const tracer = provider.getTracer("restep");
  return {
    startSpan(name, { traceId, attributes }) {
      const spanId = traceId.slice(-SPAN_ID_DIGITS);
      const head = { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
      return tracer.startSpan(name, { attributes: { ...attributes } }, trace.setSpanContext(ROOT_CONTEXT, head));
    },
    flush: async () => void (await flushOf(provider)?.()),
  };
}

/** The API has no word for it, its SDKs have; the provider that the API hands out stands for theirs. */
function flushOf(provider: TracerProvider): (() => Promise<void>) | undefined {
  const { getDelegate } = provider as { getDelegate?: () => TracerProvider };
  const sdk = (getDelegate?.call(provider) ?? provider) as { forceFlush?: () => Promise<void> };
  return sdk.forceFlush?.bind(sdk);
}
