import { createTelemetry, type StageTelemetry, type TelemetryState } from "../../telemetry/stage-telemetry.ts";
import { toErrorInfo } from "../errors.ts";
import { type Attempt, defineCapability, extend } from "./capability.ts";

export interface Measured {
  readonly telemetry: StageTelemetry & { readonly state: TelemetryState };
  /** How the attempt ends when it does not fail; whoever answers for the stage says so. */
  readonly ending: { outcome: "completed" | "read_back" | "reused" };
}

/** Counts attempts by how they ended, what their stages counted, and the time they took. */
export const metrics = defineCapability<Attempt, Measured>("metrics", 1, {
  async around(attempt, next) {
    const { world, stage } = attempt;
    const telemetry = createTelemetry();
    const ending: Measured["ending"] = { outcome: "completed" };
    const begun = world.timer.now();
    const tell = (outcome: string) => {
      const seconds = (world.timer.now() - begun) / 1_000;
      world.metrics.count("restep_attempts_total", { stage: stage.name, outcome });
      world.metrics.observe("restep_attempt_duration_seconds", { stage: stage.name }, seconds);
      for (const [event, by] of telemetry.state.counters) {
        world.metrics.count("restep_stage_events_total", { stage: stage.name, event }, by);
      }
      for (const { code, count } of telemetry.state.warnings) {
        world.metrics.count("restep_stage_warnings_total", { stage: stage.name, code }, count);
      }
    };
    try {
      const output = await next(extend(attempt, { telemetry, ending }));
      tell(ending.outcome);
      return output;
    } catch (error) {
      tell(toErrorInfo(error).retryable ? "retried" : "failed");
      throw error;
    }
  },
});
