import { z } from "zod";
import { RecordFailureInput, RecordFailureOutput } from "../contracts/stages.ts";
import { defineStage } from "./stage.ts";

/** What Lambda makes of a thrown error, as the Cause of a failed Task. */
const LambdaCause = z.object({ errorMessage: z.string() });

/** The end of a run that failed: says with which error. */
export const recordFailure = defineStage({
  name: "record_failure",
  meta: { tags: ["report"], sideEffects: "pure" },
  input: RecordFailureInput,
  output: RecordFailureOutput,
  closesRun: "failed",
  async run({ error }, { emit }) {
    const cause = messageOf(error.Cause);
    if (error.Error === "HardGateFailed") emit({ name: "recomp.gate.failed", payload: { cause } });
    emit({ name: "recomp.run.completed", payload: { state: "failed", error: error.Error, cause } });
    return { state: "failed", error: error.Error, cause } as const;
  },
});

function messageOf(cause: string): string {
  try {
    return LambdaCause.parse(JSON.parse(cause)).errorMessage;
  } catch {
    return cause;
  }
}
