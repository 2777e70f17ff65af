import { IdempotencyKeyChanged } from "../errors.ts";
import type { EffectKey } from "../stage-meta.ts";
import { type Attempt, defineCapability, extend } from "./capability.ts";
import type { Viewed } from "./read-back.ts";

export interface Keyed {
  /** Of a stage that declares a key, and whose input is one. */
  readonly effect: EffectKey | undefined;
}

/** The key of the effect that a state applies, which stays the same however often it is entered. */
export const idempotency = defineCapability<Attempt & Viewed, Keyed>("idempotency", 1, {
  async around(attempt, next) {
    const { stateId, view } = attempt;
    const key = keyOf(attempt);
    const before = view.step?.idempotencyKey;
    if (key !== undefined && before !== undefined && key !== before) {
      throw new IdempotencyKeyChanged(stateId, before, key);
    }
    const effect = key === undefined ? undefined : { key, wasEntered: before === key };
    return next(extend(attempt, { effect }));
  },
});

/** What is wrong with an input that is none, `schema_in` says, once the entry is recorded. */
function keyOf({ stage, input }: Attempt): string | undefined {
  const { idempotency } = stage.meta;
  if (idempotency === undefined) return undefined;
  const checked = stage.input.safeParse(input);
  return checked.success ? idempotency.derive(checked.data) : undefined;
}
