import type { ArtifactRef } from "../contracts/ids.ts";
import type { WaitingGate } from "../contracts/run-config.ts";
import type { StageContext } from "../kernel/stage.ts";

/**
 * Opens a gate and returns; the state machine then waits for its task token. What a person decides comes back through that
 * token, from `restep approve`, `restep reject` and `restep override`.
 * @returns the input
 */
export async function openGate<T>(
  input: T,
  { emit, stateId, taskToken }: StageContext,
  gate: { readonly kind: "manual" | "override"; readonly name: WaitingGate },
  subject: ArtifactRef,
): Promise<T> {
  emit({
    name: "recomp.gate.opened",
    payload: {
      state_id: stateId,
      gate: gate.name,
      kind: gate.kind,
      subject,
      ...(taskToken === undefined ? {} : { waiting_task: taskToken }),
    },
  });
  return input;
}
