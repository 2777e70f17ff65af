import { AttemptAborted } from "../errors.ts";
import type { Outcome } from "./capability.ts";
import { hasCompleted, outputOf } from "./read-back.ts";
import type { Recordable } from "./recorded.ts";

/**
 * How an attempt ends whose word the log refused, where another attempt at its state is why. They overlap when Step Functions
 * stops waiting for one that Lambda goes on with, or Lambda delivers a call twice. Which of them somebody still waits for,
 * none can tell: so each ends as is right for the one that is waited for.
 * - The state has completed, from the same input: with its output.
 * - Another attempt has taken the state over, or it has ended: aborted, which is retried, and of which nothing is recorded.
 * @param refused what was thrown; left out where nothing was
 * @param hasEntered whether the state was entered by this attempt
 * @returns undefined where no other attempt is why
 */
export async function overtaken(
  { call, stateId, world, log, ending, base }: Recordable,
  refused: unknown,
  hasEntered: boolean,
): Promise<Outcome | undefined> {
  if ((refused as Error | undefined)?.name !== "IllegalTransition") return undefined;
  const { step } = await world.log.view(call.run_id, stateId);
  if (hasCompleted(step, base.ref)) {
    return { status: "fulfilled", value: await outputOf({ world, log, ending }, step) };
  }
  if (!hasEntered || (step?.state === "running" && step.attempt === call.attempt)) return undefined;
  const reason = new AttemptAborted(`${stateId}: another attempt at this state was begun or has ended since`);
  return { status: "rejected", reason };
}
