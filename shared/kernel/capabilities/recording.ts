import { recordFailure } from "../failure.ts";
import type { Statement } from "../recorder.ts";
import { endOf, entryOf } from "../state-events.ts";
import { defineCapability } from "./capability.ts";
import { appliesSideEffect, beginRecording, type Recordable, type Recorded } from "./recorded.ts";
import { recordBatch } from "./recording-batch.ts";

/**
 * Records the state's entry, and its end together with the stage's own events, or how it failed. What the log refuses at the
 * entry leaves no trace in it.
 */
export const recording = defineCapability<Recordable, Recorded>("recording", 2, {
  async around(attempt, next) {
    const { recorded, within, end } = beginRecording(attempt);
    const { stage, log } = recorded;
    // A stage that changes nothing outside need not wait for its entry: whatever it records comes behind that.
    const entered = write(recorded, await entryOf(recorded));
    if (appliesSideEffect(stage)) await entered;
    entered.catch(() => {});
    log.info({}, "state entered");
    try {
      const output = await next(within);
      await entered;
      await write(recorded, await endOf(recorded, output));
      log.info({}, "state completed");
      return output;
    } catch (error) {
      end();
      await recordFailure(recorded, attempt.verdictOn(error));
      throw error;
    }
  },
  aroundBatch: (attempts, next, _state, mode) => recordBatch(attempts.map(beginRecording), next, mode),
});

function write({ stage, recorder }: Recordable & Recorded, statements: readonly Statement[]): Promise<void> {
  return appliesSideEffect(stage) ? recorder.record(...statements) : recorder.enqueue(...statements);
}
