import { type Span, type Tracer, traceIdOf } from "../../telemetry/tracer.ts";
import { type Attempt, defineCapability, extend } from "./capability.ts";

export interface Traced {
  readonly span: Span;
}

/** Every attempt is a span of its run's trace. */
export const trace = defineCapability<Attempt, Traced, Tracer>("trace", 1, {
  setup: ({ tracer }) => tracer,
  async around(attempt, next) {
    const { call, stage, stateId, world, attributes } = attempt;
    const span = world.tracer.startSpan(`attempt ${stage.name}`, {
      traceId: traceIdOf(call.run_id),
      attributes: {
        ...attributes,
        "restep.run_id": call.run_id,
        "restep.state_id": stateId,
        "restep.stage": stage.name,
        "restep.attempt": call.attempt,
      },
    });
    try {
      const output = await next(extend(attempt, { span }));
      span.setStatus({ code: 1 });
      return output;
    } catch (error) {
      // Without secrets: `secrets_guard` is further in.
      const seen = error instanceof Error ? error : new Error(String(error));
      span.recordException(seen);
      span.setStatus({ code: 2, message: seen.name });
      throw error;
    } finally {
      span.end();
    }
  },
  cleanup: (tracer) => tracer.flush?.(),
});
