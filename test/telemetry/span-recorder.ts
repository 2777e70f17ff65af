import type { Attributes, Tracer } from "../../shared/telemetry/tracer.ts";

/** As OpenTelemetry numbers them. */
const STATUS = ["unset", "ok", "error"] as const;

/** A span that has ended, kept for who looks. */
export interface EndedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly attributes: Attributes;
  readonly status: (typeof STATUS)[number] | undefined;
  readonly exceptions: readonly Error[];
}

/** Keeps the spans that have ended, in the order in which they did. */
export function createSpanRecorder(): Tracer & { readonly spans: readonly EndedSpan[] } {
  const spans: EndedSpan[] = [];
  return {
    spans,
    startSpan(name, { traceId, attributes }) {
      const span = { name, traceId, attributes: { ...attributes }, exceptions: [] as Error[] };
      let status: EndedSpan["status"] = "unset";
      return {
        setAttribute(key, value) {
          span.attributes[key] = value;
        },
        recordException: (error) => span.exceptions.push(error),
        setStatus: ({ code }) => {
          status = STATUS[code];
        },
        end: () => void spans.push({ ...span, status }),
      };
    },
  };
}
