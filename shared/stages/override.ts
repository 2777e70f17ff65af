import { OverrideInput, OverrideOutput } from "../contracts/stages.ts";
import { defineStage } from "../kernel/stage.ts";
import { DECLARATIONS, declared } from "./declarations.ts";
import { openGate } from "./waiting-gate.ts";

/** Asks whether functions that the validation gate found disproven may pass. */
export const override = defineStage({
  ...declared("override"),
  input: OverrideInput,
  output: OverrideOutput,
  run: (input, context) => openGate(input, context, DECLARATIONS.override.gate, input.report),
});
