import { countedCheckpoint } from "../checkpoint.ts";
import { recordFailure } from "../failure.ts";
import type { EventDraft } from "../recorder.ts";
import { endOf, entryOf } from "../state-events.ts";
import { defineCapability, type Outcome } from "./capability.ts";
import { overtaken } from "./overtaken.ts";
import { appliesSideEffect, beginRecording, type Recordable, type Recorded } from "./recorded.ts";
import { recordBatch } from "./recording-batch.ts";

/**
 * Records the state's entry, and its end together with the stage's own events, or how it failed. What the log refuses at the
 * entry leaves no trace in it.
 */
export const recording = defineCapability<Recordable, Recorded>("recording", 3, {
  async around(attempt, next) {
    const { recorded, within, end } = beginRecording(attempt);
    const { stage, log } = recorded;
    // A stage that changes nothing outside need not wait for its entry: whatever it records comes behind that.
    const entered = write(recorded, await entryOf(recorded));
    entered.catch(() => {});
    if (appliesSideEffect(stage)) {
      const refusal = await entered.then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      if (refusal !== undefined) return settle(await overtaken(recorded, refusal.error, false), refusal.error);
    }
    log.info({}, "state entered");
    let hasEntered = false;
    try {
      const output = await next(within);
      await entered;
      hasEntered = true;
      await write(recorded, await endOf(recorded, output));
      log.info({}, "state completed");
      const counted = recorded.stage.closesRun?.(output) === undefined ? await countedCheckpoint(recorded) : [];
      if (counted.length > 0) await write(recorded, counted);
      return output;
    } catch (error) {
      end();
      const ended = await overtaken(recorded, error, hasEntered);
      if (ended !== undefined) return settle(ended, error);
      const unrecorded = await recordFailure(recorded, attempt.classify(error));
      return settle(await overtaken(recorded, unrecorded, false), error);
    }
  },
  aroundBatch: (attempts, next, _state, mode) => recordBatch(attempts.map(beginRecording), next, mode),
});

/** @throws what it ended with; `error` where nothing else is known of that */
function settle(ended: Outcome | undefined, error: unknown): unknown {
  if (ended?.status === "fulfilled") return ended.value;
  throw ended?.reason ?? error;
}

function write({ stage, recorder }: Recordable & Recorded, drafts: readonly EventDraft[]): Promise<void> {
  return appliesSideEffect(stage) ? recorder.record(...drafts) : recorder.enqueue(...drafts);
}
