import { CompleteInput, CompleteOutput } from "../contracts/stages.ts";
import { defineStage } from "../kernel/stage.ts";
import { declared } from "./declarations.ts";

/** The end of a run that succeeded. */
export const complete = defineStage({
  ...declared("complete"),
  input: CompleteInput,
  output: CompleteOutput,
  closesRun: () => ({ status: "completed" }),
  async run({ bundle }, { emit }) {
    emit({ name: "recomp.run.completed", payload: { state: "succeeded", bundle } });
    return { state: "succeeded", bundle } as const;
  },
});
