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
