import { type StepCounter, StepsExceeded } from "../isolation/steps.ts";
import type { JsonObject } from "../json.ts";

/** Values that a path may still look at, one as often as it is looked at. In a thread that can be ended: any number. */
export const visits: StepCounter = { left: Number.MAX_SAFE_INTEGER };

/** @throws StepsExceeded */
export function visitKeys(object: JsonObject): readonly string[] {
  const keys = Object.keys(object);
  visit(keys.length);
  return keys;
}

/** @throws StepsExceeded */
export function visit(count: number): void {
  visits.left -= count;
  if (visits.left < 0) throw new StepsExceeded();
}
