import { CompleteInput, CompleteOutput } from "../contracts/stages.ts";
import { defineStage } from "./stage.ts";

/** The end of a run that succeeded. */
export const complete = defineStage({
  name: "complete",
  meta: { tags: ["report"], sideEffects: "pure" },
  input: CompleteInput,
  output: CompleteOutput,
  closesRun: "completed",
  async run({ bundle }, { emit }) {
    emit({ name: "recomp.run.completed", payload: { state: "succeeded", bundle } });
    return { state: "succeeded", bundle } as const;
  },
});
