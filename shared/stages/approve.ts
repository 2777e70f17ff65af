import { ApproveInput, ApproveOutput } from "../contracts/stages.ts";
import { defineStage } from "../kernel/stage.ts";
import { DECLARATIONS, declared } from "./declarations.ts";
import { openGate } from "./waiting-gate.ts";

/** Manual gate `publish`: asks for approval of the bundle. */
export const approve = defineStage({
  ...declared("approve"),
  input: ApproveInput,
  output: ApproveOutput,
  run: (input, context) => openGate(input, context, DECLARATIONS.approve.gate, input.bundle),
});
