import type { ArtifactRef } from "../contracts/ids.ts";
import type { GateName } from "../contracts/run-config.ts";
import { ApproveInput, ApproveOutput, OverrideInput, OverrideOutput } from "../contracts/stages.ts";
import { defineStage, type StageContext } from "../kernel/stage.ts";
import { DECLARATIONS, declared } from "./declarations.ts";

/**
 * Stages that open a gate and return; the state machine then waits for its task token. What a person decides comes back
 * through that token, from `restep approve`, `restep reject` and `restep override`.
 */

/** Manual gate `publish`: asks for approval of the bundle. */
export const approve = defineStage({
  ...declared("approve"),
  input: ApproveInput,
  output: ApproveOutput,
  run: (input, context) => open(input, context, DECLARATIONS.approve.gate, input.bundle),
});

/** Asks whether functions that the validation gate found disproven may pass. */
export const override = defineStage({
  ...declared("override"),
  input: OverrideInput,
  output: OverrideOutput,
  run: (input, context) => open(input, context, DECLARATIONS.override.gate, input.report),
});

async function open<T>(
  input: T,
  { emit, stateId, taskToken }: StageContext,
  gate: { readonly kind: "manual" | "override"; readonly name: GateName },
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
