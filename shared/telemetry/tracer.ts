/** What a span tells of itself. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** One piece of work in a trace. A span of the OpenTelemetry API is one. */
export interface Span {
  setAttribute(name: string, value: string | number | boolean): unknown;
  recordException(error: Error): unknown;
  /** @param code of OpenTelemetry: 1 ok, 2 error */
  setStatus(status: { readonly code: 1 | 2; readonly message?: string }): unknown;
  end(): void;
}

/** Where spans come from. */
export interface Tracer {
  /** @param traceId of W3C Trace Context: 32 lowercase hex digits, not all zero */
  startSpan(name: string, options: { readonly traceId: string; readonly attributes: Attributes }): Span;
  /** Resolves when all spans that have ended are on their way. */
  flush?(): Promise<void>;
}

const NO_SPAN: Span = { setAttribute: () => {}, recordException: () => {}, setStatus: () => {}, end: () => {} };

/** Traces nothing. */
export const noTracer: Tracer = { startSpan: () => NO_SPAN };

/** A run is one trace, wherever its attempts are made: a UUID is 128 bits, as is a trace's id. */
export function traceIdOf(runId: string): string {
  return runId.replaceAll("-", "").toLowerCase();
}

/** A span that has ended, kept for who looks. */
export interface EndedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly attributes: Attributes;
  readonly status: "unset" | "ok" | "error";
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
          status = code === 1 ? "ok" : "error";
        },
        end: () => void spans.push({ ...span, status }),
      };
    },
  };
}
